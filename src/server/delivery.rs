//! How an answer travels: whole, or as an injected fault has it.

use std::io;
use std::time::Duration;

use axum::body::Body as HttpBody;
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http::{HeaderValue, header};
use http_body::Body as _;

use super::activity::InFlight;
use super::budget::{Budget, Reservation};
use super::connection::Way;
use super::outgoing::Outgoing;
use crate::faults::Delivery;

/// How long the first half of a body has to leave before its connection is cut.
const HEAD_START: Duration = Duration::from_millis(20);

/// From which size on an answer's body is counted and sent in pieces, in bytes.
const LARGE: u64 = 64 * 1024;

/// An answer for which the budget has no memory.
#[derive(Debug)]
pub(super) struct OverBudget;

/// Takes the memory of a large answer from the budget.
pub(super) fn reserve(response: &Response, budget: &Budget) -> Result<Option<Reservation>, OverBudget> {
    let Some(length) = response.body().size_hint().exact().filter(|length| *length > LARGE) else {
        return Ok(None);
    };
    let mut memory = budget.reservation();
    if memory.grow(length) { Ok(Some(memory)) } else { Err(OverBudget) }
}

/// Gives the connection an answer. One that is small, as most are, is handed over at once.
pub(super) fn hand_over(response: Response, request: InFlight, memory: Option<Reservation>) -> Response {
    let length = response.body().size_hint().exact();
    match length.is_some_and(|length| length <= LARGE) {
        true => response,
        false => response.map(|body| HttpBody::new(Outgoing::new(body, request, memory))),
    }
}

/// Gives `response`, whose body is `body`, the body that travels so. [`Delivery::Never`] returns once the client has
/// closed its side, and sends nothing then.
pub(super) async fn deliver(mut response: Response, body: Bytes, delivery: Delivery, way: &Way) -> Response {
    let length = HeaderValue::from(body.len());
    let half = body.slice(..body.len() / 2);
    let cutter = way.cutter.clone();
    *response.body_mut() = match delivery {
        Delivery::Whole => HttpBody::from(body),
        Delivery::Malformed => HttpBody::from(malformed(&body)),
        Delivery::Never => {
            way.peer.closed().await;
            cutter.cut();
            HttpBody::empty()
        }
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
