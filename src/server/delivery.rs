//! How an answer travels: whole, or as an injected fault has it.

use std::io;
use std::time::Duration;

use axum::body::Body as HttpBody;
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http::{HeaderValue, header};

use super::line::Cutter;
use crate::faults::Delivery;

/// How long the first half of a body has to leave before its connection is cut.
const HEAD_START: Duration = Duration::from_millis(20);

/// Gives `response`, whose body is `body`, the body that travels so. Only [`Delivery::Never`] does not return.
pub(super) async fn deliver(
    mut response: Response,
    body: Bytes,
    delivery: Delivery,
    cutter: &Cutter,
) -> Response {
    let length = HeaderValue::from(body.len());
    let half = body.slice(..body.len() / 2);
    let cutter = cutter.clone();
    *response.body_mut() = match delivery {
        Delivery::Whole => HttpBody::from(body),
        Delivery::Malformed => HttpBody::from(malformed(&body)),
        Delivery::Never => std::future::pending().await,
        // A body of nothing has no middle, and is never asked for.
        Delivery::CutShort | Delivery::ResetMidway if body.is_empty() => {
            cutter.cut();
            HttpBody::empty()
        }
        Delivery::ResetBefore => {
            cutter.cut();
            HttpBody::from(body)
        }
        Delivery::CutShort | Delivery::ResetMidway => {
            response.headers_mut().insert(header::CONTENT_LENGTH, length);
            let breaks = async move {
                tokio::time::sleep(HEAD_START).await;
                if delivery == Delivery::ResetMidway {
                    cutter.cut();
                }
                Err(io::Error::from(io::ErrorKind::ConnectionAborted))
            };
            let first = stream::iter([Ok::<_, io::Error>(half)]);
            HttpBody::from_stream(stream::StreamExt::chain(first, stream::once(breaks)))
        }
        Delivery::Trickle { bytes, every } => {
            response.headers_mut().insert(header::CONTENT_LENGTH, length);
            HttpBody::from_stream(stream::unfold(body, move |mut rest| async move {
                if rest.is_empty() {
                    return None;
                }
                tokio::time::sleep(every).await;
                let next = rest.split_to(bytes.clamp(1, rest.len()));
                Some((Ok::<_, io::Error>(next), rest))
            }))
        }
    };
    response
}

/// The same body with a blank in place of its last byte, which closes every JSON and XML document.
fn malformed(body: &Bytes) -> Bytes {
    let mut bytes = BytesMut::from(&body[..]);
    if let Some(last) = bytes.iter_mut().rfind(|byte| !byte.is_ascii_whitespace()) {
        *last = b' ';
    }
    bytes.freeze()
}
