//! What the header `Content-Disposition` of a part of a form says of its file, beyond what the parser of forms reads.
//!
//! Source: RFC 6266 with RFC 8187, `filename*=utf-8''r%C3%A9sum%C3%A9.exe`.

use http::{HeaderMap, header};
use percent_encoding::percent_decode_str;

/// The file name in the extended form, `filename*`, decoded as UTF-8, the only charset that RFC 8187 lets senders use;
/// `None` if there is none. Bytes that are not UTF-8 are replaced.
#[must_use]
pub fn extended_file_name(part: &HeaderMap) -> Option<String> {
    let value = part.get(header::CONTENT_DISPOSITION)?;
    let value = String::from_utf8_lossy(value.as_bytes());
    let (_, value) =
        parameters(&value).into_iter().find(|(name, _)| name.eq_ignore_ascii_case("filename*"))?;
    let mut pieces = value.trim_matches('"').splitn(3, '\'');
    let (_charset, _language, text) = (pieces.next()?, pieces.next()?, pieces.next()?);
    Some(percent_decode_str(text).decode_utf8_lossy().into_owned())
}

/// The parameters of a header's value, as they are written. A semicolon in quotes parts nothing.
fn parameters(value: &str) -> Vec<(&str, &str)> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = value.split(|character| {
        let was_escaped = std::mem::take(&mut escaped);
        match character {
            '"' if !was_escaped => quoted = !quoted,
            '\\' if quoted => escaped = !was_escaped,
            ';' => return !quoted,
            _ => {}
        }
        false
    });
    parts.filter_map(|part| part.split_once('=')).map(|(name, value)| (name.trim(), value.trim())).collect()
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
