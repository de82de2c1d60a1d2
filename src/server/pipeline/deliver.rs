//! Deliver: the response as it is, or as an injected fault changes it.

use std::io;
use std::time::Duration;

use axum::body::Body as HttpBody;
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};
use http::{HeaderName, HeaderValue, header};
use http_body::Body as _;
use hyper::ext::ReasonPhrase;
use jiff::Timestamp;

use super::record::{Copied, Hints};
use super::response::{self, set_date};
use crate::admin;
use crate::faults::{Delivery, Injection};
use crate::journal::Entry;
use crate::server::App;
use crate::server::bodies::{BodyError, OutgoingBody};
use crate::server::connections::{ConnectionContext, InFlight};

/// How long the first half of a body has to leave before its connection is reset.
const HEAD_START: Duration = Duration::from_millis(20);

/// From which size on a response's body is counted and sent in pieces, in bytes.
const LARGE: u64 = 64 * 1024;

/// A response, and what an injected fault does on delivery.
pub(super) struct Delivered {
    pub(super) response: Response,
    /// The body, which `response` does not contain in this case, and how to deliver it.
    pub(super) fault: Option<(Bytes, Delivery)>,
    pub(super) answerer: Answerer,
}

/// What answered a request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answerer {
    /// A vendor API, or the emulator for a path that belongs to none. The request has a number, and was counted and logged.
    Call(u64),
    /// The admin API.
    Admin,
    /// The server, which refused the request before it became a call.
    Server,
}

impl From<Response> for Delivered {
    fn from(response: Response) -> Self {
        Self { response, fault: None, answerer: Answerer::Server }
    }
}

/// The reply of an entry as a response. `date` is the world's time, if that is not real time.
pub(super) fn deliver(
    entry: &Entry,
    (copied, hints): (Copied, Hints),
    fault: Option<&Injection>,
    date: Option<Timestamp>,
) -> Delivered {
    let (answerer, reply) = (Answerer::Call(entry.request), &entry.reply);
    let Hints { named, near } = hints;
    let body = match fault {
        None => HttpBody::from(reply.body.clone()),
        Some(_) => HttpBody::empty(),
    };
    let mut response = response::with_body(body, reply.status, copied.reply, copied.request);
    if named {
        response::name_behaviours(&mut response, &reply.behaviours);
    }
    if let Some(date) = date {
        set_date(&mut response, date);
    }
    if let Some(near) = near {
        response.headers_mut().insert(HeaderName::from_static("scandouble-near-miss"), near);
    }
    let Some(fault) = fault else { return Delivered { response, fault: None, answerer } };
    if named && let Ok(rules) = HeaderValue::try_from(fault.rules.join(", ")) {
        response.headers_mut().insert("scandouble-fault", rules);
    }
    let reason = fault.effect.reason.as_ref().map(|reason| ReasonPhrase::try_from(reason.as_bytes()));
    if let Some(Ok(reason)) = reason {
        response.extensions_mut().insert(reason);
    }
    Delivered { response, fault: Some((reply.body.clone(), fault.effect.delivery)), answerer }
}

/// Passes a response to the connection. A large one takes memory from the budget; if there is none, only requests without
/// effects are refused, since they can be repeated.
pub(super) fn send(app: &App, response: Response, in_flight: InFlight, has_effects: bool) -> Response {
    let length = response.body().size_hint().exact();
    if length.is_some_and(|length| length <= LARGE) {
        return response;
    }
    // A body of unknown length, such as a stream of events, is never in memory as a whole.
    let memory = length.map(|length| {
        let mut memory = app.budget.reservation();
        memory.grow(length).then_some(memory)
    });
    match memory {
        Some(None) if !has_effects => app.refuse_body(BodyError::OverBudget, admin::unread),
        memory => response.map(|body| HttpBody::new(OutgoingBody::new(body, in_flight, memory.flatten()))),
    }
}

/// Gives `response` its `body`, delivered as the fault demands. [`Delivery::Never`] waits until the client has closed its
/// side, and then sends nothing.
pub(super) async fn faulty(
    mut response: Response,
    body: Bytes,
    delivery: Delivery,
    connection: &ConnectionContext,
) -> Response {
    let length = HeaderValue::from(body.len());
    *response.body_mut() = match delivery {
        Delivery::Whole => HttpBody::from(body),
        Delivery::Malformed => HttpBody::from(malformed(&body)),
        Delivery::Never => {
            connection.client.closed().await;
            connection.reset.reset();
            HttpBody::empty()
        }
        // The connection never polls an empty body, so it could not break in the middle.
        Delivery::CutShort | Delivery::ResetMidway if body.is_empty() => {
            connection.reset.reset();
            HttpBody::empty()
        }
        // The reset takes effect when the connection tries to write the head.
        Delivery::ResetBefore => {
            connection.reset.reset();
            HttpBody::from(body)
        }
        Delivery::CutShort | Delivery::ResetMidway => {
            // The length of the whole body, so that the client notices that it is cut.
            response.headers_mut().insert(header::CONTENT_LENGTH, length);
            first_half(&body, delivery, connection)
        }
        Delivery::Trickle { bytes, every } => {
            // A stream would be sent in chunks; only the pace is to differ from the usual answer.
            response.headers_mut().insert(header::CONTENT_LENGTH, length);
            trickle(body, bytes, every)
        }
    };
    response
}

/// The first half of a body, after which the connection ends: with a reset for [`Delivery::ResetMidway`].
fn first_half(body: &Bytes, delivery: Delivery, connection: &ConnectionContext) -> HttpBody {
    let half = body.slice(..body.len() / 2);
    let reset = connection.reset.clone();
    let end = async move {
        tokio::time::sleep(HEAD_START).await;
        if delivery == Delivery::ResetMidway {
            reset.reset();
        }
        // An error of the body makes the connection close in the middle of the response.
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    };
    HttpBody::from_stream(stream::iter([Ok::<_, io::Error>(half)]).chain(stream::once(end)))
}

/// A body in pieces of `bytes` bytes, with pauses.
fn trickle(body: Bytes, bytes: usize, pause: Duration) -> HttpBody {
    HttpBody::from_stream(stream::unfold(body, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        // At least one byte, or the body would never end.
        let next = rest.split_to(bytes.clamp(1, rest.len()));
        Some((Ok::<_, io::Error>(next), rest))
    }))
}

/// The same body with a blank in place of its last byte, which closes every JSON and XML document.
fn malformed(body: &Bytes) -> Bytes {
    let mut bytes = BytesMut::from(&body[..]);
    if let Some(last) = bytes.iter_mut().rfind(|byte| !byte.is_ascii_whitespace()) {
        *last = b' ';
    }
    bytes.freeze()
}
