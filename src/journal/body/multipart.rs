//! Finds the parts of a multipart body, as ranges of its bytes.

use std::convert::Infallible;
use std::ops::Range;

use bytes::Bytes;
use futures_util::{FutureExt as _, stream};
use multer::Multipart;

use super::disposition::parameters;

/// One part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Its field's name.
    pub(crate) name: String,
    /// Whether it is a file.
    pub(crate) is_file: bool,
    /// The range of its content within the body.
    pub(crate) content: Range<usize>,
}

/// The parts of a body of this content type. A body that is not multipart has none; of a broken body, those that can be found.
pub(crate) fn parts(content_type: &str, body: &[u8]) -> Vec<Part> {
    let Ok(boundary) = multer::parse_boundary(content_type) else { return Vec::new() };
    let delimiter = format!("\r\n--{boundary}");
    let mut parts = Vec::new();
    // The first boundary may stand at the very beginning, without a line break before it.
    let mut at = find(body, &delimiter.as_bytes()[2..], 0).map(|first| first + delimiter.len() - 2);
    while let Some(blank) = at.and_then(|start| find(body, b"\r\n\r\n", start)) {
        let start = blank + 4;
        let next = find(body, delimiter.as_bytes(), start);
        let head = &body[at.unwrap_or(blank)..blank];
        if let Some((name, is_file)) = name_in_multer(head).or_else(|| name_in_any_spelling(head)) {
            parts.push(Part { name, is_file, content: start..next.unwrap_or(body.len()) });
        }
        at = next.map(|next| next + delimiter.len());
    }
    parts
}

/// The name of a part and whether it is a file, as the parser of the endpoints (multer) reads the part's headers.
fn name_in_multer(head: &[u8]) -> Option<(String, bool)> {
    let whole = Bytes::from([b"--x", head, b"\r\n\r\n\r\n--x--"].concat());
    let mut parts = Multipart::new(stream::iter([Ok::<_, Infallible>(whole)]), "x");
    // The whole body is in memory, so the future is ready at once.
    let part = parts.next_field().now_or_never()?.ok()??;
    Some((part.name()?.to_owned(), part.file_name().is_some()))
}

/// The same for headers that multer refuses. A part that no endpoint reads may hold a secret all the same.
fn name_in_any_spelling(head: &[u8]) -> Option<(String, bool)> {
    let head = String::from_utf8_lossy(head);
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = fields.find(|(name, _)| name.trim().eq_ignore_ascii_case("content-disposition"))?;
    Some((parameter(value, "name")?, parameter(value, "filename").is_some()))
}

fn parameter(value: &str, name: &str) -> Option<String> {
    parameters(value).find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// How many parts a body seems to have, judged by `Content-Disposition` headers: its boundary may differ from the declared one.
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
        let found: Vec<_> = parts
            .iter()
            .map(|part| (part.name.as_str(), part.is_file, &body[part.content.clone()]))
            .collect();
        assert_eq!(found, [("a", false, &b"one"[..]), ("f", true, b"")]);
    }

    #[test]
    fn names_are_read_as_endpoints_do_and_in_any_other_spelling() {
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
    fn broken_bodies_have_no_parts() {
        for body in [&b""[..], b"--x", b"--x\r\n\r\n", b"--x\r\n\r\n--x", b"no"] {
            assert!(parts("multipart/form-data; boundary=x", body).is_empty(), "{}", body.escape_ascii());
        }
        assert!(parts("text/plain", b"--x").is_empty());
    }
}
