//! ReplyReader a body: JSON, urlencoded or multipart, on every endpoint, as Django REST framework does.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::stream;
use http::header;
use multer::Multipart;

use super::error;
use super::file_name;
use super::python_json::{self, Json};
use crate::journal::Reply;
use crate::journal::body::disposition;
use crate::vendors::Call;

/// The fields of a body.
#[derive(Clone, Debug)]
pub(super) enum Fields {
    /// The entries of a JSON object.
    Object(Vec<(String, Json)>),
    /// The fields of a form, in order.
    Form(Vec<(String, Value)>),
}

/// The value of a form's field.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    File(File),
}

/// A file in a form.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) content: Bytes,
}

/// Why a field has no usable value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    Missing,
    Null,
    NoText,
}

impl Flaw {
    /// The framework's words for it.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Missing => error::REQUIRED,
            Self::Null => "This field may not be null.",
            Self::NoText => "Not a valid string.",
        }
    }
}

/// The fields of a call's body. An empty body has none, whatever its content type says.
pub(super) async fn read(call: &Call) -> Result<Fields, Reply> {
    let Some(body) = call.body() else { return Err(error::too_large()) };
    if body.is_empty() {
        return Ok(Fields::Form(Vec::new()));
    }
    match call.content_type().as_str() {
        "application/json" => object(body),
        "application/x-www-form-urlencoded" => {
            let pairs = form_urlencoded::parse(body);
            Ok(Fields::Form(
                pairs.map(|(name, value)| (name.into_owned(), Value::Text(value.into_owned()))).collect(),
            ))
        }
        "multipart/form-data" => multipart(call, body).await,
        _ => Err(error::media_type(&raw_content_type(call))),
    }
}

/// Whether the body is JSON, or there is none.
pub(super) fn is_json(call: &Call) -> bool {
    call.body().is_none_or(Bytes::is_empty) || call.content_type() == "application/json"
}

fn raw_content_type(call: &Call) -> String {
    call.header(header::CONTENT_TYPE.as_str()).unwrap_or_default().into_owned()
}

fn object(body: &[u8]) -> Result<Fields, Reply> {
    match python_json::parse(body) {
        Ok(Json::Object(entries)) => Ok(Fields::Object(entries)),
        Ok(other) => Err(error::no_object(other.type_name())),
        Err(complaint) => Err(error::malformed(&format!("JSON parse error - {complaint}"))),
    }
}

/// The parts of a multipart body. Like Django, a body that breaks off gives the parts before the break, and a file
/// without a name is none.
async fn multipart(call: &Call, body: &Bytes) -> Result<Fields, Reply> {
    let Ok(boundary) = multer::parse_boundary(raw_content_type(call)) else {
        return Err(error::malformed("Multipart form parse error - Invalid boundary in multipart: None"));
    };
    let mut parts = Multipart::new(stream::iter([Ok::<_, Infallible>(body.clone())]), boundary);
    let mut fields = Vec::new();
    while let Ok(Some(part)) = parts.next_field().await {
        let Some(name) = part.name().map(str::to_owned) else { continue };
        let extended = disposition::extended_file_name(part.headers());
        let said = extended.or_else(|| part.file_name().map(str::to_owned));
        let Ok(content) = part.bytes().await else { break };
        fields.push(match said {
            None => (name, Value::Text(String::from_utf8_lossy(&content).into_owned())),
            Some(said) => match file_name::kept(&said) {
                Some(file) => (name, Value::File(File { name: file, content })),
                None => continue,
            },
        });
    }
    Ok(Fields::Form(fields))
}

impl Fields {
    /// The one text of a field; of several the last. Numbers count as written.
    pub(super) fn text(&self, name: &str) -> Result<String, Flaw> {
        match self {
            Self::Object(entries) => text_of(last(entries, name)?),
            Self::Form(fields) => last(fields, name)?.text().ok_or(Flaw::NoText),
        }
    }

    /// The file of a field; of several the last.
    pub(super) fn file(&self, name: &str) -> Result<&File, Flaw> {
        match self {
            Self::Object(entries) => last(entries, name).and(Err(Flaw::NoText)),
            Self::Form(fields) => match last(fields, name)? {
                Value::File(file) => Ok(file),
                Value::Text(_) => Err(Flaw::NoText),
            },
        }
    }

    /// The texts of a field: a list, a repeated field, or one text.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, Flaw> {
        match self {
            Self::Object(entries) => match last(entries, name)? {
                Json::List(items) => {
                    items.iter().map(|item| text_of(item).map_err(|_| Flaw::NoText)).collect()
                }
                single => Ok(vec![text_of(single)?]),
            },
            Self::Form(fields) => {
                let of_name = fields.iter().filter(|(key, _)| key == name);
                let values: Option<Vec<String>> = of_name.map(|(_, value)| value.text()).collect();
                match values {
                    Some(values) if values.is_empty() => Err(Flaw::Missing),
                    values => values.ok_or(Flaw::NoText),
                }
            }
        }
    }
}

impl Value {
    fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::File(_) => None,
        }
    }
}

fn last<'a, T>(entries: &'a [(String, T)], name: &str) -> Result<&'a T, Flaw> {
    entries.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value).ok_or(Flaw::Missing)
}

fn text_of(value: &Json) -> Result<String, Flaw> {
    match value {
        Json::Text(text) | Json::Number { text, .. } => Ok(text.clone()),
        Json::Null => Err(Flaw::Null),
        _ => Err(Flaw::NoText),
    }
}
