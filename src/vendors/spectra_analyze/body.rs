//! Request bodies: JSON, urlencoded or multipart, on every endpoint, as Django REST framework reads them.

use std::borrow::Cow;

use bytes::Bytes;
use http::header;
use serde_json::{Map, Value};

use super::error;
use super::file_name;
use crate::journal::Reply;
use crate::journal::body::{self, Layout};
use crate::vendors::Call;

/// The fields of a body.
#[derive(Clone, Debug)]
pub(super) enum Fields<'a> {
    /// The entries of a JSON object.
    Object(Map<String, Value>),
    /// The fields of a form or a multipart body; names may repeat.
    Form(&'a Layout, &'a Bytes),
}

/// The value of a form's field.
#[derive(Clone, Debug)]
pub(super) enum FormValue<'a> {
    Text(Cow<'a, str>),
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

/// The fields of a call's body. An empty body has none, whatever its content type. As in Django, a truncated multipart body
/// gives the parts that are complete.
pub(super) fn read(call: &Call) -> Result<Fields<'_>, Reply> {
    let Some(body) = call.body() else { return Err(error::too_large()) };
    match &*call.content_type() {
        _ if body.is_empty() => Ok(Fields::Form(call.layout(), body)),
        "application/json" => object(body),
        // The same as `layout`, which would look at the content type again.
        "application/x-www-form-urlencoded" => Ok(Fields::Form(call.form(), body)),
        "multipart/form-data" => match call.layout() {
            Layout::Other => {
                Err(error::malformed("Multipart form parse error - Invalid boundary in multipart: None"))
            }
            parts => Ok(Fields::Form(parts, body)),
        },
        _ => Err(error::media_type(&raw_content_type(call))),
    }
}

/// Whether the body is JSON or empty.
pub(super) fn is_json(call: &Call) -> bool {
    call.body().is_none_or(Bytes::is_empty) || call.content_type() == "application/json"
}

fn raw_content_type(call: &Call) -> String {
    call.header(header::CONTENT_TYPE).unwrap_or_default().into_owned()
}

fn object(body: &[u8]) -> Result<Fields<'static>, Reply> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(entries)) => Ok(Fields::Object(entries)),
        Ok(other) => Err(error::no_object(&other)),
        Err(error) => Err(error::malformed(&format!("JSON parse error - {error}"))),
    }
}

impl Fields<'_> {
    /// The text of a field; of a repeated field, the last one. A number counts as its text.
    pub(super) fn text(&self, name: &str) -> Result<String, FieldError> {
        match self {
            Self::Object(entries) => {
                text_of(entries.get(name).ok_or(FieldError::Missing)?).map(Cow::into_owned)
            }
            Self::Form(layout, body) => {
                let text = last(layout, body, name)?.text().ok_or(FieldError::NotText)?;
                Ok(text.into_owned())
            }
        }
    }

    /// The file of a field; of a repeated field, the last one.
    pub(super) fn file(&self, name: &str) -> Result<File, FieldError> {
        match self {
            Self::Object(entries) => {
                // JSON cannot hold a file, so any value is of the wrong kind.
                entries.get(name).ok_or(FieldError::Missing).and(Err(FieldError::NotText))
            }
            Self::Form(layout, body) => match last(layout, body, name)? {
                FormValue::File(file) => Ok(file),
                FormValue::Text(_) => Err(FieldError::NotText),
            },
        }
    }

    /// The texts of a field: a list or one text in JSON; in a form a repeated field, one with an index in brackets, or one with
    /// commas.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<Cow<'_, str>>, FieldError> {
        match self {
            Self::Object(entries) => match entries.get(name).ok_or(FieldError::Missing)? {
                Value::Array(items) => {
                    items.iter().map(|item| text_of(item).map_err(|_| FieldError::NotText)).collect()
                }
                single => Ok(vec![text_of(single)?]),
            },
            Self::Form(layout, body) => {
                let mut texts = Vec::new();
                for value in values(layout, body, name) {
                    value.push_texts(&mut texts)?;
                }
                // The framework looks at indexed names only if the plain name is absent.
                if texts.is_empty() {
                    for value in indexed(layout, body, name) {
                        value.push_texts(&mut texts)?;
                    }
                }
                // Each value has at least one text, be it an empty one.
                if texts.is_empty() { Err(FieldError::Missing) } else { Ok(texts) }
            }
        }
    }
}

impl<'a> FormValue<'a> {
    /// The page separates several values in one field by commas.
    fn push_texts(self, texts: &mut Vec<Cow<'a, str>>) -> Result<(), FieldError> {
        match self.text().ok_or(FieldError::NotText)? {
            Cow::Borrowed(text) => texts.extend(text.split(',').map(Cow::Borrowed)),
            Cow::Owned(text) => texts.extend(text.split(',').map(|text| Cow::Owned(text.to_owned()))),
        }
        Ok(())
    }

    fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(text) => Some(text),
            Self::File(_) => None,
        }
    }
}

/// The values of a field. As in Django, a file without a name is ignored.
fn values<'a>(
    layout: &'a Layout,
    body: &'a Bytes,
    name: &str,
) -> impl DoubleEndedIterator<Item = FormValue<'a>> {
    let of_name = layout.fields(body).filter(move |(known, _)| known == name);
    of_name.filter_map(|(_, value)| form_value(value, body))
}

/// The values of the fields `name[0]`, `name[1]` and so on, by their index.
fn indexed<'a>(layout: &'a Layout, body: &'a Bytes, name: &str) -> Vec<FormValue<'a>> {
    let index = |key: &str| key.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']')?.parse::<u32>().ok();
    let of_name =
        layout.fields(body).filter_map(|(key, value)| Some((index(&key)?, form_value(value, body)?)));
    let mut of_name: Vec<_> = of_name.collect();
    of_name.sort_by_key(|(index, _)| *index);
    of_name.into_iter().map(|(_, value)| value).collect()
}

fn form_value<'a>(value: body::Value<'a>, body: &Bytes) -> Option<FormValue<'a>> {
    match value {
        body::Value::Text(text) => Some(FormValue::Text(text)),
        body::Value::File(sent, content) => {
            Some(FormValue::File(File { name: file_name::kept(sent)?, content: body.slice(content) }))
        }
    }
}

fn last<'a>(layout: &'a Layout, body: &'a Bytes, name: &str) -> Result<FormValue<'a>, FieldError> {
    values(layout, body, name).next_back().ok_or(FieldError::Missing)
}

fn text_of(value: &Value) -> Result<Cow<'_, str>, FieldError> {
    match value {
        Value::String(text) => Ok(Cow::Borrowed(text)),
        // The framework takes numbers as text, but not booleans.
        Value::Number(number) => Ok(Cow::Owned(number.to_string())),
        Value::Null => Err(FieldError::Null),
        _ => Err(FieldError::NotText),
    }
}
