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
        let takes_file = call.endpoint().is_some_and(|endpoint| endpoint.takes_file);
        let refusal = match (v4::speaks(call), takes_file) {
            (true, true) => v4::file_too_large(),
            (true, false) => v4::too_large(),
            (false, _) => error::too_large(),
        };
        // The caller is known: the size is checked after the account.
        limits::with_headers(call, &call.account, refusal)
    },
    status: |call, status, message| {
        let words = match v4::speaks(call) {
            true => v4::of_status(status, message),
            false => error::of_status(status, message),
        };
        words.map(|reply| limits::with_headers_of_known_caller(call, reply))
    },
    account: |call, refusal| {
        let reply = match (refusal, v4::speaks(call)) {
            (Refusal::Revoked, false) => error::auth_invalid(),
            (Refusal::Exhausted, false) => error::limit_exceeded(),
            // Without headers, because an unknown key has no limit.
            (Refusal::Revoked, true) if is_anonymous(call) => return Some(v4::apikey_not_found()),
            (Refusal::Revoked, true) => v4::auth_invalid(),
            (Refusal::Exhausted, true) => v4::limit_exceeded(),
        };
        Some(limits::with_headers_of_known_caller(call, reply))
    },
    retry_at: limits::retry_at,
};

/// Whether the endpoint checks the key itself, and refuses an unknown one with its own text.
fn is_anonymous(call: &Call) -> bool {
    call.endpoint().is_some_and(|endpoint| endpoint.anonymous)
}

/// A refusal that comes before the key is checked. Replies to a known key always have the headers of its limit.
fn unseen(call: &Call, refusal: Reply) -> Reply {
    match auth::known(call) {
        Some(account) => limits::with_headers(call, &account, refusal),
        None => refusal,
    }
}

/// Version 4 takes lists of hashes as JSON alone, and looks at the content type before the body.
pub(super) fn media_type(call: &Call) -> Option<Reply> {
    let is_list = call.endpoint().is_some_and(|endpoint| endpoint.form() == "/v4/hash");
    let refused = is_list && call.content_type() != "application/json";
    refused.then(|| limits::with_headers(call, &call.account, v4::media_type()))
}

/// 400 of a list in version 4, where nothing in the request is to blame.
pub(super) fn no_hash(call: &Call) -> Reply {
    limits::with_headers_of_known_caller(call, v4::invalid(v4::InvalidHashList::NoHash))
}
