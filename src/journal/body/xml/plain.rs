//! Documents of elements without attributes and text without references, as most clients send. quick-xml takes 2.6 times as
//! many instructions for them.

use std::borrow::Cow;

use memchr::{memchr, memchr3};

use super::{MAX_DEPTH, Visitor, is_blank, is_name};

/// Reads a document whose characters are allowed. `None` if there is anything else in it, if it is not well-formed, or if
/// the visitor refuses it.
pub(super) fn read<'a, V: Visitor<'a> + Default>(text: &'a str) -> Option<V> {
    // References, line ends that are to be normalized, and what may be the end of a CDATA section.
    if memchr3(b'&', b'\r', b']', text.as_bytes()).is_some() {
        return None;
    }
    let mut visitor = V::default();
    let mut open: Vec<&str> = Vec::new();
    let bytes = text.as_bytes();
    // Where the next tag begins.
    let mut start = memchr(b'<', bytes)?;
    if !is_blank(&text[..start]) {
        return None;
    }
    loop {
        // Unlike text, tags are too short for `memchr`.
        let end = start + bytes[start..].iter().position(|byte| *byte == b'>')?;
        let tag = &text[start + 1..end];
        match tag.strip_prefix('/') {
            Some(name) if open.pop()? == name.trim_ascii_end() => visitor.close()?,
            Some(_) => return None,
            None if open.len() == MAX_DEPTH => return None,
            None => {
                let name = tag.strip_suffix('/').unwrap_or(tag);
                let is_empty = name.len() < tag.len();
                let name = name.trim_ascii_end();
                // Attributes, comments, CDATA sections and instructions are no names.
                if !is_name(name) {
                    return None;
                }
                visitor.open(name)?;
                match is_empty {
                    true => visitor.close()?,
                    false => open.push(name),
                }
            }
        }
        if open.is_empty() {
            // A document has one root element.
            return is_blank(&text[end + 1..]).then_some(visitor);
        }
        start = end + 1 + memchr(b'<', &bytes[end + 1..])?;
        if start > end + 1 {
            visitor.text(Cow::Borrowed(&text[end + 1..start]))?;
        }
    }
}
