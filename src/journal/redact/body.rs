//! Bodies: what a body is read as, and what happens if it does not parse as that.

use std::borrow::Cow;

use percent_encoding::percent_decode;

use super::edit::{Edit, apply};
use super::names::Secret;
use super::{BYTE_ORDER_MARK, Redactor, structure, text};

/// How deep a body may be in a string of another one.
const DEPTH: usize = 8;

/// What a body is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Xml,
    Multipart,
    Urlencoded,
    Text,
}

/// A body of this content type without its secrets. `depth` counts the bodies that it is inside of.
pub(crate) fn redact<'a>(
    redactor: &Redactor,
    content_type: &str,
    body: &'a [u8],
    depth: usize,
) -> Cow<'a, [u8]> {
    let media = media_type(content_type);
    let declared = Form::declared(&media);
    let form = declared.unwrap_or_else(|| Form::looks_like(body));
    let note = || {
        let what = if declared.is_some() { &*media } else { form.name() };
        Cow::Owned(format!("[redacted: {} bytes that do not parse as {what}]", body.len()).into_bytes())
    };
    if depth > DEPTH {
        return if names_a_secret(body) { note() } else { Cow::Borrowed(body) };
    }
    let parsed = match form {
        Form::Json => structure::json(body, redactor, depth),
        Form::Xml => structure::xml(body, redactor),
        Form::Multipart => structure::multipart(content_type, body, redactor, depth),
        Form::Text => Some(text::prose(body, redactor)),
        Form::Urlencoded => urlencoded(body, redactor, depth),
    };
    match parsed {
        Some(edits) => apply(body, edits),
        None if names_a_secret(body) => note(),
        None => apply(body, text::shapes(body, redactor)),
    }
}

/// Some APIs read JSON and XML whatever the content type says, and some clients call every body a form.
fn urlencoded(body: &[u8], redactor: &Redactor, depth: usize) -> Option<Vec<Edit>> {
    let mut edits = text::form(body, redactor, 0);
    match Form::looks_like(body) {
        Form::Json => edits.extend(structure::json(body, redactor, depth).unwrap_or_default()),
        Form::Xml => edits.extend(structure::xml(body, redactor).unwrap_or_default()),
        Form::Multipart => return None,
        Form::Text | Form::Urlencoded => return Some(edits),
    }
    // What looks like something else and turns out to be neither is no form either.
    if edits.is_empty() && names_a_secret(body) && !parses(body) { None } else { Some(edits) }
}

fn parses(body: &[u8]) -> bool {
    let redactor = Redactor::default();
    structure::json(body, &redactor, DEPTH).is_some() || structure::xml(body, &redactor).is_some()
}

/// A content type without its parameters, in lower case.
fn media_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a content type is that of an urlencoded form.
pub(crate) fn is_form(content_type: &str) -> bool {
    Form::declared(&media_type(content_type)) == Some(Form::Urlencoded)
}

impl Form {
    fn declared(media: &str) -> Option<Self> {
        let subtype = media.split('/').nth(1).unwrap_or_default();
        let is = |name: &str| {
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

    fn looks_like(body: &[u8]) -> Self {
        let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body).trim_ascii_start();
        let first_line = body.split(|byte| *byte == b'\n').next().unwrap_or_default();
        match body {
            [b'{' | b'[', ..] => Self::Json,
            [b'<', ..] => Self::Xml,
            [b'-', b'-', ..] => Self::Multipart,
            _ if first_line.contains(&b'=') && !first_line.contains(&b' ') => Self::Urlencoded,
            _ => Self::Text,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Xml => "XML",
            Self::Multipart => "multipart/form-data",
            Self::Urlencoded => "application/x-www-form-urlencoded",
            Self::Text => "text",
        }
    }
}

/// Whether any word of a body, encoded or not, looks like the name of a secret.
fn names_a_secret(body: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_%\\".contains(byte);
    body.split(|byte| !is_part(byte)).filter(|word| !word.is_empty()).any(|word| {
        // An escape of JSON in a word hides which word it is.
        let has_escape = word.windows(2).any(|pair| pair == b"\\u");
        has_escape || Secret::named(&percent_decode(word).decode_utf8_lossy()).is_some()
    })
}
