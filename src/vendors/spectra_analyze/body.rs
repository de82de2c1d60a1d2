//! Request bodies: JSON, urlencoded or multipart, on every endpoint, as Django REST framework reads them.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::stream;
use http::header;
use multer::Multipart;
use serde_json::{Map, Value};

use super::error;
use super::file_name;
use crate::journal::Reply;
use crate::journal::body::disposition;
use crate::vendors::Call;

/// The fields of a body.
#[derive(Clone, Debug)]
pub(super) enum Fields {
    /// The entries of a JSON object.
    Object(Map<String, Value>),
    /// The fields of a form, in order; names may repeat.
    Form(Vec<(String, FormValue)>),
}

/// The value of a form's field.
#[derive(Clone, Debug)]
pub(super) enum FormValue {
    Text(String),
    File(File),
}

/// A file in a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) content: Bytes,
}

/// Why a field has no usable value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldError {
    Missing,
    Null,
    NotText,
}

impl FieldError {
    /// The framework's message.
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Missing => error::REQUIRED,
            Self::Null => "This field may not be null.",
            Self::NotText => "Not a valid string.",
        }
    }
}

/// The fields of a call's body. An empty body has none, whatever its content type.
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
                pairs.map(|(name, value)| (name.into_owned(), FormValue::Text(value.into_owned()))).collect(),
            ))
        }
        "multipart/form-data" => multipart(call, body).await,
        _ => Err(error::media_type(&raw_content_type(call))),
    }
}

/// Whether the body is JSON or empty.
pub(super) fn is_json(call: &Call) -> bool {
    call.body().is_none_or(Bytes::is_empty) || call.content_type() == "application/json"
}

fn raw_content_type(call: &Call) -> String {
    call.header(header::CONTENT_TYPE.as_str()).unwrap_or_default().into_owned()
}

fn object(body: &[u8]) -> Result<Fields, Reply> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(entries)) => Ok(Fields::Object(entries)),
        Ok(other) => Err(error::no_object(&other)),
        Err(error) => Err(error::malformed(&format!("JSON parse error - {error}"))),
    }
}

/// The parts of a multipart body. As in Django, a truncated body gives the parts that are complete, and a file without a
/// name is ignored.
async fn multipart(call: &Call, body: &Bytes) -> Result<Fields, Reply> {
    let Ok(boundary) = multer::parse_boundary(raw_content_type(call)) else {
        return Err(error::malformed("Multipart form parse error - Invalid boundary in multipart: None"));
    };
    let mut parts = Multipart::new(stream::iter([Ok::<_, Infallible>(body.clone())]), boundary);
    let mut fields = Vec::new();
    while let Ok(Some(part)) = parts.next_field().await {
        let Some(name) = part.name().map(str::to_owned) else { continue };
        let extended = disposition::extended_file_name(part.headers());
        let file_name = extended.or_else(|| part.file_name().map(str::to_owned));
        let Ok(content) = part.bytes().await else { break };
        fields.push(match file_name {
            None => (name, FormValue::Text(String::from_utf8_lossy(&content).into_owned())),
            Some(sent) => match file_name::kept(&sent) {
                Some(kept) => (name, FormValue::File(File { name: kept, content })),
                None => continue,
            },
        });
    }
    Ok(Fields::Form(fields))
}

impl Fields {
    /// The text of a field; of a repeated field, the last one. A number counts as its text.
    pub(super) fn text(&self, name: &str) -> Result<String, FieldError> {
        match self {
            Self::Object(entries) => text_of(entries.get(name).ok_or(FieldError::Missing)?),
            Self::Form(fields) => last(fields, name)?.text().ok_or(FieldError::NotText),
        }
    }

    /// The file of a field; of a repeated field, the last one.
    pub(super) fn file(&self, name: &str) -> Result<&File, FieldError> {
        match self {
            Self::Object(entries) => {
                entries.get(name).ok_or(FieldError::Missing).and(Err(FieldError::NotText))
            }
            Self::Form(fields) => match last(fields, name)? {
                FormValue::File(file) => Ok(file),
                FormValue::Text(_) => Err(FieldError::NotText),
            },
        }
    }

    /// The texts of a field: a list or one text in JSON; in a form a repeated field, one with an index in brackets, or one with
    /// commas.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, FieldError> {
        match self {
            Self::Object(entries) => match entries.get(name).ok_or(FieldError::Missing)? {
                Value::Array(items) => {
                    items.iter().map(|item| text_of(item).map_err(|_| FieldError::NotText)).collect()
                }
                single => Ok(vec![text_of(single)?]),
            },
            Self::Form(fields) => {
                let of_name = fields.iter().filter(|(key, _)| key == name);
                let mut values: Vec<&FormValue> = of_name.map(|(_, value)| value).collect();
                if values.is_empty() {
                    values = indexed(fields, name);
                }
                let texts: Option<Vec<String>> = values.iter().map(|value| value.text()).collect();
                match texts {
                    Some(texts) if texts.is_empty() => Err(FieldError::Missing),
                    Some(texts) => {
                        Ok(texts.iter().flat_map(|text| text.split(',')).map(str::to_owned).collect())
                    }
                    None => Err(FieldError::NotText),
                }
            }
        }
    }
}

impl FormValue {
    fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::File(_) => None,
        }
    }
}

/// The fields `name[0]`, `name[1]` and so on, by their index.
fn indexed<'a>(fields: &'a [(String, FormValue)], name: &str) -> Vec<&'a FormValue> {
    let index = |key: &str| key.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']')?.parse::<u32>().ok();
    let of_name = fields.iter().filter_map(|(key, value)| Some((index(key)?, value)));
    let mut of_name: Vec<(u32, &FormValue)> = of_name.collect();
    of_name.sort_by_key(|(index, _)| *index);
    of_name.into_iter().map(|(_, value)| value).collect()
}

fn last<'a>(fields: &'a [(String, FormValue)], name: &str) -> Result<&'a FormValue, FieldError> {
    fields.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value).ok_or(FieldError::Missing)
}

fn text_of(value: &Value) -> Result<String, FieldError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Null => Err(FieldError::Null),
        _ => Err(FieldError::NotText),
    }
}
