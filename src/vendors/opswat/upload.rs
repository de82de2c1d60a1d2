//! The file in a request that uploads one.

use bytes::Bytes;

use crate::journal::body::Layout;
use crate::vendors::Call;

/// A file as it was sent.
#[derive(Debug, Default)]
pub struct SentFile {
    /// Its name, if it stands in a form.
    pub name: Option<String>,
    /// Its bytes.
    pub content: Bytes,
}

/// The file of a request: the one in a multipart form, else the body. Empty if the body is larger than the settings allow.
pub fn file_of(call: &Call) -> SentFile {
    let Some(body) = call.body() else { return SentFile::default() };
    in_form(call, body).unwrap_or_else(|| SentFile { name: None, content: body.clone() })
}

/// The file in a multipart form, as the vendor's own SDK sends files.
pub fn in_form(call: &Call, body: &Bytes) -> Option<SentFile> {
    let Layout::Multipart(parts) = call.layout() else { return None };
    let part = parts.iter().find(|part| part.file_name.is_some() || part.name.as_deref() == Some("file"))?;
    let name = part.file_name.as_deref().map(str::to_owned);
    part.is_complete.then(|| SentFile { name, content: body.slice(part.content.clone()) })
}
