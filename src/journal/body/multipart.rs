//! The parts of a multipart body, found without taking it apart.

use std::convert::Infallible;
use std::ops::Range;

use bytes::Bytes;
use futures_util::{FutureExt as _, stream};
use multer::Multipart;

/// One part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Its field's name.
    pub(crate) name: String,
    /// Whether it is a file.
    pub(crate) is_file: bool,
    /// Where its content stands in the body.
    pub(crate) content: Range<usize>,
}

/// The parts of a body of this content type; none if it is no multipart body. Of a broken one, what can be found.
pub(crate) fn parts(content_type: &str, body: &[u8]) -> Vec<Part> {
    let Ok(boundary) = multer::parse_boundary(content_type) else { return Vec::new() };
    let fence = format!("\r\n--{boundary}");
    let mut parts = Vec::new();
    // Before the first fence no line need end.
    let mut at = find(body, &fence.as_bytes()[2..], 0).map(|first| first + fence.len() - 2);
    while let Some(blank) = at.and_then(|start| find(body, b"\r\n\r\n", start)) {
        let start = blank + 4;
        let next = find(body, fence.as_bytes(), start);
        let head = &body[at.unwrap_or(blank)..blank];
        if let Some((name, is_file)) = as_rooms_read(head).or_else(|| as_people_read(head)) {
            parts.push(Part { name, is_file, content: start..next.unwrap_or(body.len()) });
        }
        at = next.map(|next| next + fence.len());
    }
    parts
}

/// A part's name, and whether it is a file, as rooms read its head.
fn as_rooms_read(head: &[u8]) -> Option<(String, bool)> {
    let whole = Bytes::from([b"--x", head, b"\r\n\r\n\r\n--x--"].concat());
    let mut parts = Multipart::new(stream::iter([Ok::<_, Infallible>(whole)]), "x");
    // All of it is there, so nothing is waited for.
    let part = parts.next_field().now_or_never()?.ok()??;
    Some((part.name()?.to_owned(), part.file_name().is_some()))
}

/// The same of a head that no room reads, but a person would.
fn as_people_read(head: &[u8]) -> Option<(String, bool)> {
    let head = String::from_utf8_lossy(head);
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = fields.find(|(name, _)| name.trim().eq_ignore_ascii_case("content-disposition"))?;
    Some((parameter(value, "name")?, parameter(value, "filename").is_some()))
}

fn parameter(value: &str, name: &str) -> Option<String> {
    parameters(value).find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// The parameters behind the semicolons, blanks around them left out.
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

/// The text up to the closing quotation mark, and what is behind that.
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

/// How many heads of parts a body seems to have, whatever its boundary is.
pub(crate) fn heads(body: &[u8]) -> usize {
    let is_head = |colon: &usize| {
        const NAME: &[u8] = b"content-disposition";
        let before = body[..*colon].trim_ascii_end();
        before.len().checked_sub(NAME.len()).is_some_and(|from| before[from..].eq_ignore_ascii_case(NAME))
    };
    memchr::memchr_iter(b':', body).filter(is_head).count()
}

/// The first place of `needle` from `from` on.
fn find(text: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    memchr::memmem::find(text.get(from..)?, needle).map(|at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_names_and_places() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n\
            --x\r\nContent-Disposition: form-data; name=f; filename=\"n\"\r\n\r\n\r\n--x--\r\n";
        let parts = parts("multipart/form-data; boundary=x", body);
        let shown: Vec<_> = parts
            .iter()
            .map(|part| (part.name.as_str(), part.is_file, &body[part.content.clone()]))
            .collect();
        assert_eq!(shown, [("a", false, &b"one"[..]), ("f", true, b"")]);
    }

    #[test]
    fn names_are_read_as_rooms_do_and_in_any_other_spelling() {
        let name = |value: &str| {
            let body = format!("--x\r\nContent-Disposition: {value}\r\n\r\n1\r\n--x--");
            parts("multipart/form-data; boundary=x", body.as_bytes()).pop().map(|part| part.name)
        };
        for value in [
            "form-data; name=\"a\"",
            "form-data;name=\"a\"",
            "form-data;\tNAME = \"a\" ; filename=x",
            "form-data; Name=no; name=\"a\"",
            "form-data; x=\";name=a;\"",
            "form-data name = a",
            "form-data; NAME= a ;",
            "form-data; filename=\"n;\"; nAme=\"a",
        ] {
            assert_eq!(name(value).as_deref(), Some("a"), "{value}");
        }
        assert_eq!(name(r#"form-data; NAME="a\";b""#).as_deref(), Some("a\";b"));
        assert_eq!(name("form-data; filename=\"n\"; name"), None);
        let twice = "--x\r\nContent-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b\r\n\r\n1";
        assert_eq!(parts("multipart/form-data; boundary=x", twice.as_bytes())[0].name, "b");
    }

    #[test]
    fn broken_bodies_give_what_can_be_found() {
        for body in [&b""[..], b"--x", b"--x\r\n\r\n", b"--x\r\n\r\n--x", b"no"] {
            assert!(parts("multipart/form-data; boundary=x", body).is_empty(), "{}", body.escape_ascii());
        }
        assert!(parts("text/plain", b"--x").is_empty());
    }
}
