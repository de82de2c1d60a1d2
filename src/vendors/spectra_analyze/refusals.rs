//! Refusals that belong to no endpoint, and the replies for injected statuses.

use http::StatusCode;

use super::{auth, behaviours, error, token};
use crate::faults::Refusal;
use crate::journal::{Behaviour, Reply};
use crate::vendors::{Call, Refusals};

pub(super) const REFUSALS: Refusals = Refusals {
    path: |call| if call.route.lacks_slash { error::no_slash(call) } else { error::no_route() },
    method: error::method_not_allowed,
    size: |_| error::too_large(),
    status: of_status,
    account: |call, refusal| match refusal {
        // A login has no token to revoke, but a revoked account cannot log in.
        Refusal::Revoked if is_anonymous(call) => Some(token::refused()),
        Refusal::Revoked => Some(auth::refusal(call, auth::TokenError::Unknown)),
        // The appliance has no quotas.
        Refusal::Exhausted => None,
    },
    retry_at: |_| None,
};

fn is_anonymous(call: &Call) -> bool {
    call.endpoint().is_some_and(|endpoint| endpoint.anonymous)
}

/// The vendor's reply for a status that has nothing to do with the request.
fn of_status(call: &Call, status: u16, message: &str) -> Option<Reply> {
    match status {
        400 if is_anonymous(call) => Some(token::refused()),
        400 => Some(bad_request(call, message)),
        // Asking for a token needs no account, so the appliance has no such answer of its own.
        401 | 403 if is_anonymous(call) => error::unnamed(status, message),
        401 => Some(auth::revoked(StatusCode::UNAUTHORIZED)),
        403 => Some(auth::revoked(StatusCode::FORBIDDEN)),
        404 => Some(error::no_route()),
        405 => Some(error::method_not_allowed(call)),
        413 => Some(error::too_large()),
        500 => Some(error::internal()),
        503 => Some(error::unavailable()),
        _ => error::unnamed(status, message),
    }
}

/// 400: what the endpoint says of a value that is not a hash, else a body that cannot be parsed.
fn bad_request(call: &Call, message: &str) -> Reply {
    let says = |behaviour: &'static Behaviour| {
        call.endpoint().is_some_and(|endpoint| endpoint.answers.iter().any(|known| known.id == behaviour.id))
    };
    let rows = [&behaviours::SINGLE_INVALID_HASH, &behaviours::BULK_INVALID_HASH];
    match rows.into_iter().find(|row| says(row)) {
        Some(row) => error::invalid_hash(row),
        None => error::malformed(message),
    }
}
