//! Recorded sessions in the HTTP Archive format, 1.1 and 1.2, as browsers, proxies and this program's journal write them.

use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::content::Content;
use crate::journal::recorded::{RecordedExchange, RecordedRequest};

#[derive(Deserialize)]
struct Archive {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(default)]
    started_date_time: String,
    request: EntryRequest,
    response: EntryResponse,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EntryRequest {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<Pair>,
    post_data: Option<Content>,
}

#[derive(Deserialize)]
struct EntryResponse {
    status: i64,
    #[serde(default)]
    headers: Vec<Pair>,
    #[serde(default)]
    content: Content,
}

#[derive(Deserialize)]
struct Pair {
    name: String,
    #[serde(default)]
    value: String,
}

/// Whether a JSON document is an HTTP archive.
pub(crate) fn is_archive(document: &Value) -> bool {
    document["log"]["entries"].is_array()
}

/// The exchanges of an archive, in order. Messages call it `name`. An exchange without a reply, or with a URL or body that
/// cannot be read, is an error of its own.
///
/// # Errors
/// An entry is malformed; the text says which.
pub(crate) fn read(name: &str, document: &Value) -> Result<Vec<Result<RecordedExchange, String>>, String> {
    let archive = Archive::deserialize(document).map_err(|_| {
        format!("{name}: not an HTTP archive: log.entries is missing; export it again as HAR 1.2")
    })?;
    let entries = archive.log.entries.iter().enumerate();
    let read = |(place, entry): (usize, &Value)| {
        let place = format!("{name}, entry {}", place + 1);
        let entry = Entry::deserialize(entry).map_err(|_| {
            format!(
                "{place}: not a valid HAR entry; it needs request.method, request.url and response.status, and headers as \
                 a list of names and values"
            )
        })?;
        Ok(exchange(place, entry))
    };
    entries.map(read).collect()
}

fn exchange(place: String, entry: Entry) -> Result<RecordedExchange, String> {
    let url = &entry.request.url;
    let uri: Uri = url.parse().map_err(|_| format!("{place}: {url:?} is not a valid URL"))?;
    // Tools write 0 where there was no reply.
    let status = u16::try_from(entry.response.status).ok().filter(|status| (100..1000).contains(status));
    let Some(status) = status else {
        return Err(format!(
            "{place}: {} {url} has no answer: the request was cut off or blocked",
            entry.request.method
        ));
    };
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
    let content = entry.request.post_data.unwrap_or_default();
    let body = content.bytes().map_err(|what| format!("{place}: the request's body {what}"))?;
    let request = RecordedRequest {
        method: entry.request.method,
        host,
        path: without_world(uri.path()).to_owned(),
        lacks_file: content.lacks_file(),
        query: uri.query().map(str::to_owned),
        headers: headers(&entry.request.headers),
        body,
    };
    Ok(RecordedExchange {
        at: entry.started_date_time.parse::<Timestamp>().ok(),
        request: Some(request),
        status,
        headers: headers(&entry.response.headers),
        body: entry.response.content.bytes().map_err(|what| format!("{place}: the reply's body {what}"))?,
        place,
    })
}

/// A path without a world in front, which a recording of this program's own traffic may have.
pub(crate) fn without_world(path: &str) -> &str {
    let inner = path.strip_prefix("/_world/").and_then(|rest| rest.find('/').map(|at| &rest[at..]));
    inner.unwrap_or(path)
}

/// The headers, without pseudo-headers such as `:authority`.
fn headers(pairs: &[Pair]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for pair in pairs {
        let name = HeaderName::from_bytes(pair.name.to_ascii_lowercase().as_bytes());
        // A colon is not allowed in the name of a header, which leaves pseudo-headers out.
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&pair.value)) {
            headers.append(name, value);
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn entries_of_common_tools_are_read() {
        let entry = |request: Value, response: Value| json!({ "startedDateTime": "2026-03-01T12:00:00.5+01:00", "request": request, "response": response });
        let document = json!({ "log": { "entries": [
            entry(
                json!({ "method": "POST", "url": "https://A.test:8443/_world/t1/hash?x=1", "headers": [
                    { "name": ":authority", "value": "a.test" }, { "name": "ApiKey", "value": "k" },
                ], "postData": { "mimeType": "text/plain", "params": [{ "name": "a b", "value": "é&" }] } }),
                json!({ "status": 200, "headers": [], "content": { "text": "aGk=", "encoding": "base64" } }),
            ),
            entry(json!({ "method": "GET", "url": "http://a.test/" }), json!({ "status": 0 })),
            entry(json!({ "method": "GET", "url": "a b" }), json!({ "status": 200 })),
        ] } });
        assert!(is_archive(&document));
        let read = read("s.har", &document).expect("a session");
        let first = read[0].as_ref().expect("an exchange");
        let request = first.request.as_ref().expect("a request");
        assert_eq!(
            (first.place.as_str(), first.status, &first.body[..]),
            ("s.har, entry 1", 200, &b"hi"[..])
        );
        assert_eq!(first.at.map(|at| at.to_string()).as_deref(), Some("2026-03-01T11:00:00.5Z"));
        assert_eq!(
            (request.host.as_str(), request.path.as_str(), request.query.as_deref()),
            ("a.test", "/hash", Some("x=1"))
        );
        assert_eq!((request.headers.len(), &request.body[..]), (1, &b"a+b=%C3%A9%26"[..]));
        let errors: Vec<_> =
            read[1..].iter().map(|one| one.as_ref().expect_err("an error").as_str()).collect();
        assert_eq!(
            errors,
            [
                "s.har, entry 2: GET http://a.test/ has no answer: the request was cut off or blocked",
                "s.har, entry 3: \"a b\" is not a valid URL"
            ]
        );
    }
}
