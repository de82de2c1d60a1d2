//! The `Content-Disposition` header of a part: the name of its field, and of its file.
//!
//! Source: RFC 7578; for the extended file name, `filename*=utf-8''r%C3%A9sum%C3%A9.exe`, RFC 6266 with RFC 8187. Names of
//! parameters ignore case, and of a repeated header the last one counts, as in Django.

use percent_encoding::percent_decode_str;

/// The names of the field and of the file that the headers of a part give. An extended file name comes first.
pub(super) fn names(head: &[u8]) -> (Option<Box<str>>, Option<Box<str>>) {
    let head = String::from_utf8_lossy(head);
    let headers = head.lines().filter_map(|line| line.split_once(':'));
    let mut found = headers.filter(|(name, _)| name.trim().eq_ignore_ascii_case("content-disposition"));
    let Some((_, value)) = found.next_back() else { return (None, None) };
    let file = parameter(value, "filename*").and_then(|text| extended(&text));
    (parameter(value, "name").map(Into::into), file.or_else(|| parameter(value, "filename")).map(Into::into))
}

/// The value of a parameter.
pub(super) fn parameter(value: &str, name: &str) -> Option<String> {
    parameters(value).find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// An extended value, decoded as UTF-8: the only charset that RFC 8187 lets senders use. Bytes that are not UTF-8 are
/// replaced.
fn extended(value: &str) -> Option<String> {
    // The text itself may contain apostrophes.
    let mut pieces = value.splitn(3, '\'');
    let (_charset, _language, text) = (pieces.next()?, pieces.next()?, pieces.next()?);
    Some(percent_decode_str(text).decode_utf8_lossy().into_owned())
}

/// The parameters of a header's value, in order: names and unquoted values, trimmed.
fn parameters(value: &str) -> impl Iterator<Item = (&str, String)> {
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

/// The text up to the closing quotation mark, and the rest after it. Some clients send a path with backslashes, so only
/// quotation marks and backslashes can be escaped.
fn unquoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, &text[at + 1..]),
            '\\' => {
                let escaped = letters.next_if(|(_, letter)| matches!(letter, '"' | '\\'));
                value.push(escaped.map_or('\\', |(_, letter)| letter));
            }
            letter => value.push(letter),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(disposition: &str) -> (Option<String>, Option<String>) {
        let (name, file) = names(format!("Content-Disposition: {disposition}").as_bytes());
        (name.map(Into::into), file.map(Into::into))
    }

    #[test]
    fn names_are_read_in_any_spelling() {
        for value in [
            "form-data; name=\"a\"",
            "form-data;name=\"a\"",
            "form-data;\tNAME = \"a\" ; filename=x",
            "form-data; Name=a; name=\"no\"",
            "name=a",
            "form-data; NAME= a ;",
            "form-data; filename=\"n;\"; nAme=\"a",
            "form-data; x=\";name=no;\"; name=a",
        ] {
            assert_eq!(named(value).0.as_deref(), Some("a"), "{value}");
        }
        assert_eq!(named(r#"form-data; name="a\";\\b""#).0.as_deref(), Some("a\";\\b"));
        assert_eq!(named(r#"form-data; filename="C:\x\a.exe""#), (None, Some(r"C:\x\a.exe".to_owned())));
        assert_eq!(named("form-data; filename=\"n\"; name").0, None);
        let twice = b"Content-Disposition: form-data; name=a\r\nContent-disposition : form-data; name=b";
        assert_eq!(names(twice).0.as_deref(), Some("b"));
    }

    #[test]
    fn the_extended_form_is_decoded_as_utf_8() {
        let resume = Some("résumé.exe".to_owned());
        assert_eq!(named("form-data; name=\"file\"; filename*=utf-8''r%C3%A9sum%C3%A9.exe").1, resume);
        assert_eq!(
            named("form-data; filename=\"x\"; FILENAME* = UTF-8'en'r%c3%a9sum%C3%A9.exe; name=a").1,
            resume
        );
        assert_eq!(named("form-data; filename*=\"utf-8''r%C3%A9sum%C3%A9.exe\"").1, resume);
        assert_eq!(named("form-data; filename*=utf-8''it's%ff").1, Some("it's\u{fffd}".to_owned()));
        assert_eq!(named("form-data; filename=a; filename*=plain").1.as_deref(), Some("a"));
    }

    #[test]
    fn anything_else_names_no_file() {
        for none in [
            "form-data",
            "form-data; filename*=plain",
            "form-data; filename*=utf-8'plain",
            "form-data; name=\"; filename*=utf-8''a\"",
            "form-data; name=\"\\\"; filename*=utf-8''a\"",
        ] {
            assert_eq!(named(none).1, None, "{none}");
        }
        assert_eq!(names(b""), (None, None));
    }
}
