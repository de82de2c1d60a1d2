//! A body in an archive: as text, as base64, or only as the parameters of a form.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde::Deserialize;

/// A body.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Content {
    text: Option<String>,
    encoding: Option<String>,
    comment: Option<String>,
    mime_type: Option<String>,
    #[serde(default)]
    params: Vec<Parameter>,
}

/// A field of a form.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameter {
    name: String,
    value: Option<String>,
    file_name: Option<String>,
    content_type: Option<String>,
}

impl Content {
    /// The bytes. Browsers leave the text out or empty where they list the parameters.
    pub(super) fn bytes(&self) -> Result<Bytes, &'static str> {
        // The format has `encoding` only for replies. This program marks a request's body in the comment.
        let marked = [&self.encoding, &self.comment].into_iter().flatten().any(|word| word == "base64");
        let text = self.text.as_deref().unwrap_or_default();
        if !text.is_empty() && marked {
            let decoded = BASE64.decode(text.trim()).map(Bytes::from);
            return decoded.map_err(|_| "is marked as base64 and is not valid base64");
        }
        if !text.is_empty() || self.params.is_empty() {
            return Ok(Bytes::from(text.to_owned()));
        }
        Ok(match self.boundary() {
            Some(boundary) => self.multipart(boundary).into(),
            None => {
                let mut form = form_urlencoded::Serializer::new(String::new());
                form.extend_pairs(self.params.iter().map(|one| (&one.name, one.value())));
                form.finish().into()
            }
        })
    }

    /// Whether it names a file that is not in it.
    pub(super) fn lacks_file(&self) -> bool {
        let is_file = |one: &Parameter| one.file_name.is_some() && one.value().is_empty();
        self.text.as_deref().unwrap_or_default().is_empty() && self.params.iter().any(is_file)
    }

    fn boundary(&self) -> Option<&str> {
        let (kind, parameters) = self.mime_type.as_deref()?.split_once(';')?;
        let (_, boundary) = parameters.split_once("boundary=")?;
        let is_form = kind.trim().eq_ignore_ascii_case("multipart/form-data");
        is_form.then(|| boundary.split(';').next().unwrap_or_default().trim().trim_matches('"'))
    }

    fn multipart(&self, boundary: &str) -> String {
        // A quotation mark or line break would end the name or the header. Browsers write the former as %22, too.
        let quoted = |text: &str| text.replace('"', "%22").replace(['\r', '\n'], " ");
        let part = |one: &Parameter| {
            let mut head = format!("Content-Disposition: form-data; name=\"{}\"", quoted(&one.name));
            if let Some(name) = &one.file_name {
                head += &format!("; filename=\"{}\"", quoted(name));
            }
            if let Some(kind) = &one.content_type {
                head += &format!("\r\nContent-Type: {}", quoted(kind));
            }
            format!("--{boundary}\r\n{head}\r\n\r\n{}\r\n", one.value())
        };
        let parts: String = self.params.iter().map(part).collect();
        format!("{parts}--{boundary}--\r\n")
    }
}

impl Parameter {
    fn value(&self) -> &str {
        self.value.as_deref().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_form_of_parameters_becomes_the_body_that_its_type_asks_for() {
        let read = |content| Content::deserialize(content).expect("a body");
        let params = json!([{ "name": "a b", "value": "é&" }, { "name": "file", "fileName": "x\".exe", "contentType": "a/b" }]);
        let form =
            read(json!({ "mimeType": "application/x-www-form-urlencoded", "text": "", "params": params }));
        assert_eq!(form.bytes().as_deref(), Ok(&b"a+b=%C3%A9%26&file="[..]));
        assert!(form.lacks_file());
        let form = read(
            json!({ "mimeType": "multipart/form-data; charset=utf-8; boundary=\"x\"", "params": params }),
        );
        let expected = "--x\r\nContent-Disposition: form-data; name=\"a b\"\r\n\r\né&\r\n--x\r\nContent-Disposition: form-data; \
                        name=\"file\"; filename=\"x%22.exe\"\r\nContent-Type: a/b\r\n\r\n\r\n--x--\r\n";
        assert_eq!(form.bytes().as_deref(), Ok(expected.as_bytes()));
        let text = read(json!({ "text": "a=1", "params": params }));
        assert_eq!((text.bytes().as_deref(), text.lacks_file()), (Ok(&b"a=1"[..]), false));
    }
}
