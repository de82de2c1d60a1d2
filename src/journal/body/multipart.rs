//! Finds the parts of a multipart body, as ranges of its bytes.
//!
//! Source: RFC 7578 and RFC 2046. The body is in memory, so that nothing needs to be streamed or copied.

use std::ops::Range;

use memchr::memmem::Finder;

use super::disposition::{names, parameter};

/// One part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Its field's name.
    pub(crate) name: Option<Box<str>>,
    /// The name of its file as it was sent, if it is a file.
    pub(crate) file_name: Option<Box<str>>,
    /// The range of its content within the body.
    pub(crate) content: Range<usize>,
    /// Whether a boundary follows. Otherwise its content goes on to the end of the body.
    pub(crate) is_complete: bool,
}

/// The parts of a body of this content type; `None` if that is not `multipart/form-data` with a boundary. Of a broken body,
/// those before the place where it is broken.
pub(crate) fn parts(content_type: &str, body: &[u8]) -> Option<Vec<Part>> {
    let delimiter = format!("\r\n--{}", boundary(content_type)?);
    let (first, next) = (Finder::new(&delimiter[2..]), Finder::new(&delimiter));
    let blank_line = Finder::new("\r\n\r\n");
    let find = |finder: &Finder<'_>, from: usize| finder.find(&body[from..]).map(|at| from + at);
    let mut parts = Vec::new();
    // The first boundary may stand at the very beginning, without a line break before it.
    let mut at = find(&first, 0).map(|at| at + delimiter.len() - 2);
    while let Some(line) = at.and_then(|at| end_of_boundary(body, at)) {
        let Some(blank) = find(&blank_line, line) else { break };
        let start = blank + 4;
        let end = find(&next, start);
        // Without headers, the line of the boundary ends in the blank line.
        let (name, file_name) = names(body.get(line + 2..blank).unwrap_or_default());
        let content = start..end.unwrap_or(body.len());
        parts.push(Part { name, file_name, content, is_complete: end.is_some() });
        at = end.map(|end| end + delimiter.len());
    }
    Some(parts)
}

/// The boundary that a content type declares.
fn boundary(content_type: &str) -> Option<String> {
    let (media, rest) = content_type.split_once(';')?;
    let boundary =
        parameter(rest, "boundary").filter(|_| media.trim().eq_ignore_ascii_case("multipart/form-data"))?;
    // RFC 2046, section 5.1.1, forbids a space at the end. Any other printable characters are accepted.
    let is_valid = boundary.bytes().all(|byte| matches!(byte, b' '..=b'~')) && !boundary.ends_with(' ');
    (is_valid && !boundary.is_empty()).then_some(boundary)
}

/// Where the line of the boundary that ends at `at` has its line break; `None` for the last boundary, and for what only begins
/// like one.
fn end_of_boundary(body: &[u8], at: usize) -> Option<usize> {
    let padding = body[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    body[at + padding..].starts_with(b"\r\n").then_some(at + padding)
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

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &str = "multipart/form-data; boundary=x";

    fn contents<'a>(kind: &str, body: &'a [u8]) -> Vec<(Option<String>, bool, &'a [u8])> {
        let parts = parts(kind, body).unwrap_or_default().into_iter();
        parts.map(|part| (part.name.map(Into::into), part.is_complete, &body[part.content])).collect()
    }

    #[test]
    fn parts_have_names_and_places() {
        let body = b"preamble\r\n--x \t\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n\
            --x\r\nContent-Disposition: form-data; name=f; filename=\"n\"\r\n\r\n\r\n--x--\r\n\
            --x\r\n\r\nepilogue\r\n--x--";
        let found = parts(KIND, body).expect("parts");
        assert_eq!(
            contents(KIND, body),
            [(Some("a".to_owned()), true, &b"one"[..]), (Some("f".to_owned()), true, b"")]
        );
        assert_eq!((found[0].file_name.as_deref(), found[1].file_name.as_deref()), (None, Some("n")));
    }

    #[test]
    fn boundaries_may_be_quoted() {
        for kind in [
            "Multipart/Form-Data; charset=utf-8; Boundary=\"x y;\"",
            "multipart/form-data;boundary=\"x y;\" ",
        ] {
            assert_eq!(contents(kind, b"--x y;\r\n\r\n1\r\n--x y;--"), [(None, true, &b"1"[..])], "{kind}");
        }
        for none in [
            "",
            "multipart/form-data",
            "multipart/form-data; boundary",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=\"x \"",
            "multipart/form-data; boundary=\u{e9}",
            "multipart/mixed; boundary=x",
            "text/plain; boundary=x",
        ] {
            assert_eq!(parts(none, b"--x\r\n\r\n1\r\n--x--"), None, "{none}");
        }
    }

    #[test]
    fn a_broken_body_has_the_parts_before_the_break() {
        for body in [&b""[..], b"--x", b"--x\r\n", b"--x--\r\n\r\n", b"--xy\r\n\r\n1", b"no", b"--x\rn"] {
            assert_eq!(contents(KIND, body), [], "{}", body.escape_ascii());
        }
        assert_eq!(contents(KIND, b"--x\r\n\r\n1\r\n--x"), [(None, true, &b"1"[..])]);
        assert_eq!(contents(KIND, b"--x\r\n\r\n1\r\n--xy\r\n\r\n2"), [(None, true, &b"1"[..])]);
        assert_eq!(contents(KIND, b"--x\r\n\r\n1\r\n--"), [(None, false, &b"1\r\n--"[..])]);
    }
}
