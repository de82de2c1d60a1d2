//! The file in a request that uploads one.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::stream;
use multer::Multipart;

use crate::journal::body::disposition;
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
pub async fn file_of(call: &Call) -> SentFile {
    let Some(body) = call.body() else { return SentFile::default() };
    match in_form(call, body).await {
        Some(file) => file,
        None => SentFile { name: None, content: body.clone() },
    }
}

async fn in_form(call: &Call, body: &Bytes) -> Option<SentFile> {
    let boundary = multer::parse_boundary(call.header("content-type")?).ok()?;
    let mut parts = Multipart::new(stream::iter([Ok::<_, Infallible>(body.clone())]), boundary);
    while let Ok(Some(part)) = parts.next_field().await {
        let extended = disposition::extended_file_name(part.headers());
        let name = extended.or_else(|| part.file_name().map(str::to_owned));
        if name.is_some() || part.name() == Some("file") {
            return Some(SentFile { name, content: part.bytes().await.ok()? });
        }
    }
    None
}
