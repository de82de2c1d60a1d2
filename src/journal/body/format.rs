//! The format of a body: as its content type declares it, or as it looks.

use std::borrow::Cow;

/// The UTF-8 byte order mark, which may stand before JSON and XML.
pub(crate) const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The format of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Xml,
    Multipart,
    Urlencoded,
    Text,
}

/// A content type without its parameters, in lower case.
pub(crate) fn media_type(content_type: &str) -> Cow<'_, str> {
    let end = memchr::memchr(b';', content_type.as_bytes()).unwrap_or(content_type.len());
    let media_type = content_type[..end].trim();
    // Without a branch for each byte, so that the compiler makes vector instructions of it.
    match media_type.bytes().fold(false, |any, byte| any | byte.is_ascii_uppercase()) {
        true => Cow::Owned(media_type.to_ascii_lowercase()),
        false => Cow::Borrowed(media_type),
    }
}

impl Format {
    /// The format that a media type declares; `None` for one that says nothing about fields.
    pub(crate) fn declared(media: &str) -> Option<Self> {
        let subtype = media.split_once('/').map_or("", |(_, subtype)| subtype);
        let is = |name: &str| {
            // A suffix such as that of `application/problem+json` names the format too.
            subtype == name || subtype.strip_suffix(name).is_some_and(|rest| rest.ends_with('+'))
        };
        if is("json") {
            Some(Self::Json)
        } else if is("xml") {
            Some(Self::Xml)
        } else if media.starts_with("multipart/") {
            Some(Self::Multipart)
        } else if media == "application/x-www-form-urlencoded" {
            Some(Self::Urlencoded)
        } else {
            None
        }
    }

    /// The format that a body seems to have.
    pub(crate) fn looks_like(body: &[u8]) -> Self {
        let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body).trim_ascii_start();
        let first_line = body.split(|byte| *byte == b'\n').next().unwrap_or_default();
        match body {
            [b'{' | b'[', ..] => Self::Json,
            [b'<', ..] => Self::Xml,
            [b'-', b'-', ..] => Self::Multipart,
            // Plain text may contain an equals sign, but then it also has spaces, which a form encodes.
            _ if first_line.contains(&b'=') && !first_line.contains(&b' ') => Self::Urlencoded,
            _ => Self::Text,
        }
    }

    /// Its name in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Xml => "XML",
            Self::Multipart => "multipart/form-data",
            Self::Urlencoded => "application/x-www-form-urlencoded",
            Self::Text => "text",
        }
    }
}
