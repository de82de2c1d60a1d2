//! The `Content-Disposition` header of a form's part: its parameters, and the extended file name, which multer does not
//! read.
//!
//! Source: RFC 6266 with RFC 8187, `filename*=utf-8''r%C3%A9sum%C3%A9.exe`.

use http::{HeaderMap, header};
use percent_encoding::percent_decode_str;

/// The value of `filename*`, if there is one, decoded as UTF-8: the only charset that RFC 8187 lets senders use. Bytes
/// that are not UTF-8 are replaced.
#[must_use]
pub(crate) fn extended_file_name(part: &HeaderMap) -> Option<String> {
    let value = part.get(header::CONTENT_DISPOSITION)?;
    let value = String::from_utf8_lossy(value.as_bytes());
    let (_, value) = parameters(&value).find(|(name, _)| name.eq_ignore_ascii_case("filename*"))?;
    let mut pieces = value.splitn(3, '\'');
    let (_charset, _language, text) = (pieces.next()?, pieces.next()?, pieces.next()?);
    Some(percent_decode_str(text).decode_utf8_lossy().into_owned())
}

/// The parameters of a header's value, in order: names and unquoted values, trimmed.
pub(super) fn parameters(value: &str) -> impl Iterator<Item = (&str, String)> {
    let mut rest = value;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let end = rest.find([';', '=']).unwrap_or(rest.len());
            let (name, behind) = rest.split_at(end);
            let Some(text) = behind.strip_prefix('=') else {
                rest = behind.get(1..).unwrap_or_default();
                continue;
            };
            let (value, behind) = match text.trim_start().strip_prefix('"') {
                Some(quoted) => unquoted(quoted),
                None => {
                    let end = text.find(';').unwrap_or(text.len());
                    (text[..end].trim().to_owned(), &text[end..])
                }
            };
            rest = behind.split_once(';').map_or("", |(_, rest)| rest);
            return Some((name.trim(), value));
        }
        None
    })
}

/// The text up to the closing quotation mark, and the rest after it.
fn unquoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.extend(letters.next().map(|(_, escaped)| escaped)),
            letter => value.push(letter),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn name(disposition: &str) -> Option<String> {
        let mut part = HeaderMap::new();
        part.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(disposition).expect("a header"));
        extended_file_name(&part)
    }

    #[test]
    fn the_extended_form_is_decoded_as_utf_8() {
        let resume = Some("résumé.exe".to_owned());
        assert_eq!(name("form-data; name=\"file\"; filename*=utf-8''r%C3%A9sum%C3%A9.exe"), resume);
        assert_eq!(
            name("form-data; filename=\"x\"; FILENAME* = UTF-8'en'r%c3%a9sum%C3%A9.exe; name=a"),
            resume
        );
        assert_eq!(name("form-data; filename*=\"utf-8''r%C3%A9sum%C3%A9.exe\""), resume);
        assert_eq!(name("form-data; filename*=utf-8''it's%ff"), Some("it's\u{fffd}".to_owned()));
    }

    #[test]
    fn anything_else_is_none() {
        for none in [
            "form-data",
            "form-data; filename=\"a\"",
            "form-data; filename*=plain",
            "form-data; filename*=utf-8'plain",
            "form-data; name=\"; filename*=utf-8''a\"",
            "form-data; name=\"\\\"; filename*=utf-8''a\"",
        ] {
            assert_eq!(name(none), None, "{none}");
        }
        assert_eq!(extended_file_name(&HeaderMap::new()), None);
    }
}
