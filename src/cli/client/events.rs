//! A stream of server-sent events from the admin API.

use bytes::Bytes;
use http::{Method, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::Value;

use super::{AdminAnswer, AdminClient};
use crate::cli::error::CommandError;

/// An open stream.
pub(in crate::cli) struct EventStream {
    body: Incoming,
    /// What was received and not returned yet.
    text: Vec<u8>,
    url: String,
}

impl AdminClient {
    /// Opens the stream at a path of the admin API.
    pub(in crate::cli) async fn events(&self, path: &str) -> Result<EventStream, CommandError> {
        let response = self.begin(self.request(Method::GET, path, "", Bytes::new())?).await?;
        let is_stream = response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        if !is_stream {
            let answer: AdminAnswer = self.whole(response).await?;
            return Err(self.refused(&answer));
        }
        Ok(EventStream { body: response.into_body(), text: Vec::new(), url: self.url() })
    }
}

impl EventStream {
    /// The name and the data of the next event; messages have the name `message`.
    pub(in crate::cli) async fn next(&mut self) -> Result<(String, Value), CommandError> {
        loop {
            // An event can be split over several frames, and a frame can have several events.
            while let Some(end) = self.text.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.text.drain(..end + 2).collect();
                if let Some(event) = event(&String::from_utf8_lossy(&block)) {
                    return Ok(event);
                }
            }
            match self.body.frame().await {
                Some(Ok(frame)) => self.text.extend(frame.into_data().unwrap_or_default()),
                Some(Err(error)) => {
                    return Err(CommandError::Failed(format!(
                        "the connection to {} failed: {error}",
                        self.url
                    )));
                }
                None => return Err(CommandError::Failed(format!("{} has stopped", self.url))),
            }
        }
    }
}

/// The event of a block of lines; none if the block has no data.
fn event(block: &str) -> Option<(String, Value)> {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let data = serde_json::from_str(field("data")?).ok()?;
    Some((field("event").unwrap_or("message").to_owned(), data))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_without_data_are_no_events() {
        assert_eq!(event(": keep-alive\n\n"), None);
        assert_eq!(event("retry: 1000\n\n"), None);
        assert_eq!(event("id: 7\ndata: 1\n\n"), Some(("message".to_owned(), 1.into())));
        assert_eq!(
            event("event: dropped\ndata: {}\n\n"),
            Some(("dropped".to_owned(), Value::Object(<_>::default())))
        );
    }
}
