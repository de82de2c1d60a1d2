//! Near misses: what a request that found nothing probably meant.
//!
//! | file | what is compared |
//! |---|---|
//! | `hashes` | hash-like words of the path and the body with the samples, whatever the endpoint is |
//! | `around` | what stands around a known hash |
//! | `paths` | a path without an endpoint with those that are served, and with those that only the vendor has |
//! | `credentials` | a refused credential with the configured ones |

mod around;
mod credentials;
mod hashes;
pub(crate) mod paths;
mod search;

use http::StatusCode;

pub(crate) use self::search::{BRIEF, Miss, SearchedRequest, THOROUGH};

use self::search::Effort;
use crate::vendors::Vendor;
use crate::worlds::{State, Worlds};

/// What a request that was answered with `status` probably meant. `is_injected` is whether a fault was injected, so that the
/// status says nothing about the request.
pub(crate) fn misses(
    (state, worlds): (&State, &Worlds),
    api: Option<&Vendor>,
    request: &SearchedRequest<'_>,
    (status, is_injected): (StatusCode, bool),
    effort: &Effort,
) -> Vec<Miss> {
    let is_refused = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) && !is_injected;
    // For every status: a bulk look-up answers 200 although it does not know some hashes.
    let mut misses = hashes::near(state, worlds, request, effort);
    let credential = api
        .filter(|_| is_refused)
        .and_then(|api| credentials::refused(api, request, (state, worlds), effort));
    if let Some(credential) = credential {
        misses.insert(0, credential);
    }
    if status.is_client_error() {
        misses.extend(paths::miss(api, request));
    }
    misses
}
