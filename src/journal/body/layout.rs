//! Which fields a body has, and where in it they are.

use std::borrow::Cow;
use std::mem::size_of;
use std::ops::Range;

use super::form::{self, Pair};
use super::format::{Format, media_type};
use super::multipart::{self, Part};

/// The fields of a body, as ranges of its bytes. It is valid for the body that it was computed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// The pairs of an urlencoded form.
    Form(Box<[Pair]>),
    /// The parts of a multipart body.
    Multipart(Box<[Part]>),
    /// Anything else, JSON and XML included.
    Other,
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    /// A text, decoded. Bytes that are not UTF-8 are replaced.
    Text(Cow<'a, str>),
    /// A file: its name as it was sent, and the range of its content.
    File(&'a str, Range<usize>),
}

impl Layout {
    /// The layout of a body in the format that its content type declares.
    pub(crate) fn of(content_type: &str, body: &[u8]) -> Self {
        match Format::declared(&media_type(content_type)) {
            Some(Format::Multipart) => multipart::parts(content_type, body)
                .map_or(Self::Other, |parts| Self::Multipart(parts.into())),
            Some(Format::Urlencoded) => Self::form(body),
            _ => Self::Other,
        }
    }

    /// The layout of a body that is read as a form, whatever its content type is.
    pub(crate) fn form(body: &[u8]) -> Self {
        Self::Form(form::pairs(body))
    }

    /// The names and values of the fields, in order. Names may repeat. Parts without a name are left out, and so is one that
    /// the body breaks off in.
    pub(crate) fn fields<'a>(&'a self, body: &'a [u8]) -> impl DoubleEndedIterator<Item = Field<'a>> {
        let len = match self {
            Self::Form(pairs) => pairs.len(),
            Self::Multipart(parts) => parts.len(),
            Self::Other => 0,
        };
        (0..len).filter_map(move |at| match self {
            Self::Form(pairs) => Some((pairs[at].name(body), Value::Text(pairs[at].value(body)))),
            Self::Multipart(parts) => parts[at].field(body),
            Self::Other => None,
        })
    }

    /// The sizes of the memory blocks that it takes.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = usize> {
        let (list, parts) = match self {
            Self::Form(pairs) => (size_of::<Pair>() * pairs.len(), &[][..]),
            Self::Multipart(parts) => (size_of::<Part>() * parts.len(), &parts[..]),
            Self::Other => (0, &[][..]),
        };
        let texts = parts.iter().flat_map(|part| [&part.name, &part.file_name]).flatten();
        std::iter::once(list).chain(texts.map(|text| text.len()))
    }
}

impl Part {
    fn field<'a>(&'a self, body: &'a [u8]) -> Option<Field<'a>> {
        // The rest of a part without a boundary after it is unknown.
        let name = self.name.as_deref().filter(|_| self.is_complete)?;
        let content = self.content.clone();
        let value = match &self.file_name {
            Some(file_name) => Value::File(file_name, content),
            None => Value::Text(String::from_utf8_lossy(&body[content])),
        };
        Some((Cow::Borrowed(name), value))
    }
}

/// The name and the value of a field.
pub(crate) type Field<'a> = (Cow<'a, str>, Value<'a>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_multipart_bodies_have_fields() {
        let text = |name: &'static str, value: &'static str| (name.into(), Value::Text(value.into()));
        let form = b"a=1&b+c=%C3%A9&a=2";
        let layout = Layout::of("Application/X-WWW-Form-Urlencoded; charset=utf-8", form);
        let expected = [text("a", "1"), text("b c", "é"), text("a", "2")];
        assert_eq!(layout.fields(form).collect::<Vec<_>>(), expected);

        let parts = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n\
            --x\r\nContent-Disposition: form-data; name=f; filename=n\r\n\r\n2\r\n\
            --x\r\nContent-Disposition: form-data\r\n\r\nnameless\r\n\
            --x\r\nContent-Disposition: form-data; name=cut\r\n\r\n3";
        let layout = Layout::of("multipart/form-data; boundary=x", parts);
        let fields: Vec<_> = layout.fields(parts).collect();
        let (name, Value::File(file, content)) = &fields[1] else { panic!("{fields:?}") };
        assert_eq!(
            (&fields[0], &**name, *file, &parts[content.clone()]),
            (&text("a", "1"), "f", "n", &b"2"[..])
        );
        assert_eq!(fields.len(), 2, "{fields:?}");

        assert_eq!(Layout::of("application/json", b"a=1"), Layout::Other);
        assert_eq!(Layout::of("multipart/form-data", parts), Layout::Other);
    }
}
