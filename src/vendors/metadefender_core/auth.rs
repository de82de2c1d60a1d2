//! Keys and sessions. A key is required if and only if the fixtures define some; a session that has ended is refused anyway.

use std::sync::Arc;

use http::{HeaderMap, HeaderName};

use super::error;
use super::fields::NAME;
use super::settings::SESSION_IDLE;
use crate::accounts::{Account, Admission, Credential, SessionState};
use crate::journal::{FindingKind, Reply};
use crate::settings::{self, AuthMode};
use crate::vendors::{Auth, Call, CredentialPlace, key_and_user};

/// How callers are identified.
pub(super) const AUTH: Auth =
    Auth { place: CredentialPlace::Header("apikey"), credential, claims: key_and_user, authenticate };

const APIKEY: HeaderName = HeaderName::from_static("apikey");

/// The key in the header `apikey`.
pub(super) fn credential(headers: &HeaderMap) -> Option<Credential> {
    let value = headers.get(APIKEY)?;
    Some(Credential::Key(String::from_utf8_lossy(value.as_bytes()).into_owned()))
}

/// The caller's account, or the refusal. A session is used like a key. Accounts without a key, which are for logging in, do
/// not make a key required.
#[allow(clippy::result_large_err, reason = "a refusal is as large as any answer")]
fn authenticate(call: &Call) -> Result<Arc<Account>, Reply> {
    let credential = credential(&call.headers);
    // In every mode, because using a session also restarts its idle time.
    let session = credential.as_ref().map(|key| {
        let idle = call.settings.get(&SESSION_IDLE);
        call.state.use_session(NAME, key.claim(), call.now, idle)
    });
    let mode = call.settings.get(&settings::AUTH);
    match session {
        Some(SessionState::Open(account, _)) => return Ok(account),
        Some(SessionState::Ended) if mode == AuthMode::Enforce => return Err(error::access_denied()),
        Some(SessionState::Ended | SessionState::Unknown) | None => {}
    }
    let accounts = call.state.accounts.load();
    let keyed = accounts.of(NAME).iter().any(|account| account.key.is_some());
    if !keyed || mode == AuthMode::Off {
        return Ok(call.account.clone());
    }
    match accounts.admit(NAME, credential.as_ref(), mode) {
        Admission::Granted(account) => Ok(account),
        Admission::Missing | Admission::Wrong => Err(error::access_denied()),
    }
}

/// Whether the caller has shown who they are, or need not because authentication is off or accepts anything.
pub(super) fn is_known(call: &Call) -> bool {
    call.account.key.is_some()
        || call.account.user.is_some()
        || match call.settings.get(&settings::AUTH) {
            AuthMode::Enforce => false,
            AuthMode::Any => credential(&call.headers).is_some(),
            AuthMode::Off => true,
        }
}

/// Adds a finding if the request has a key that belongs to no account and no open session, although none was required.
pub(super) fn noted(call: &Call, reply: Reply) -> Reply {
    // Most requests have no key, so that is looked at first.
    if credential(&call.headers).is_none_or(|key| key.claim().is_empty()) || is_known(call) {
        return reply;
    }
    let what = "the key in the header apikey names no open session and no account; it was ignored because none is \
                required here. Send a session_id of POST /login, or define the key in a fixture";
    reply.finding(FindingKind::Deviation, what, "7.1.1, Authentication, as its clients use it")
}
