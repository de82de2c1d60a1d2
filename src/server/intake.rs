//! Reading a request's body within bounds.

use axum::body::Body as HttpBody;
use bytes::{Bytes, BytesMut};
use http_body::Body as _;
use http_body_util::BodyExt as _;

use crate::api::Body;

/// How much of a body that is too large is read and thrown away, so that the client sees the answer.
const DRAIN: u64 = 64 * 1024 * 1024;

/// Reads a body of up to `most` bytes; a larger one is drained within bounds.
pub(super) async fn read(mut body: HttpBody, most: u64) -> Body {
    if body.is_end_stream() {
        return Body::Whole(Bytes::new());
    }
    let told = body.size_hint().exact().unwrap_or(0).min(most);
    // Most bodies come in one piece, which is kept as it is.
    let mut first = Bytes::new();
    let mut joined = BytesMut::new();
    let mut seen = 0_u64;
    let mut is_broken = false;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            is_broken = true;
            break;
        };
        let Ok(data) = frame.into_data() else { continue };
        seen += data.len() as u64;
        if seen > DRAIN.max(most) {
            return Body::TooLarge;
        }
        if seen > most {
            (first, joined) = (Bytes::new(), BytesMut::new());
        } else if seen == data.len() as u64 {
            first = data;
        } else {
            if joined.is_empty() {
                // What a client says of the length takes no memory before its bytes do.
                joined.reserve(usize::try_from(told).unwrap_or_default().max(first.len() + data.len()));
                joined.extend_from_slice(&std::mem::take(&mut first));
            }
            joined.extend_from_slice(&data);
        }
    }
    let whole = if joined.is_empty() { first } else { joined.freeze() };
    match (is_broken, seen > most) {
        (true, _) => Body::BrokenOff(whole),
        (false, true) => Body::TooLarge,
        (false, false) => Body::Whole(whole),
    }
}
