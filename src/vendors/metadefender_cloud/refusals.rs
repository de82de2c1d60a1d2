//! How this API refuses: in the words of the version that is asked, with what the caller's limit leaves.

use super::v4::error as v4;
use super::{auth, error, limits};
use crate::faults::Refusal;
use crate::journal::Reply;
use crate::vendors::{Call, Refusals};

pub(super) const REFUSALS: Refusals = Refusals {
    path: |call| unseen(call, if v4::speaks(call) { v4::route_unknown() } else { error::route_unknown() }),
    method: |call| {
        unseen(
            call,
            if v4::speaks(call) { v4::method_not_supported() } else { error::method_not_supported() },
        )
    },
    size: |call| {
        let refusal = if v4::speaks(call) { v4::too_large() } else { error::too_large() };
        limits::with_headers(call, &call.account, refusal)
    },
    status: |call, status, _message| {
        let words = if v4::speaks(call) { v4::of_status(status) } else { error::of_status(status) };
        words.map(|reply| limits::with_headers_of_known_caller(call, reply))
    },
    account: |call, refusal| {
        let reply = match (refusal, v4::speaks(call)) {
            (Refusal::Revoked, false) => error::auth_invalid(),
            (Refusal::Exhausted, false) => error::limit_exceeded(),
            (Refusal::Revoked, true) => v4::auth_invalid(),
            (Refusal::Exhausted, true) => v4::limit_exceeded(),
        };
        Some(limits::with_headers_of_known_caller(call, reply))
    },
};

/// A refusal that comes before anybody asks for the key.
fn unseen(call: &Call, refusal: Reply) -> Reply {
    match auth::known(call) {
        Some(account) => limits::with_headers(call, &account, refusal),
        None => refusal,
    }
}

/// Version 4 takes lists of hashes as JSON alone, and looks at the content type before the body.
pub(super) fn media_type(call: &Call) -> Option<Reply> {
    let is_list = v4::speaks(call) && call.param("hash").is_empty();
    let refused = is_list && call.content_type() != "application/json";
    refused.then(|| limits::with_headers(call, &call.account, v4::media_type()))
}

/// 400 of a list in version 4, where nothing in the request is to blame.
pub(super) fn no_hash(call: &Call) -> Reply {
    limits::with_headers_of_known_caller(call, v4::invalid(v4::InvalidHashList::NoHash))
}
