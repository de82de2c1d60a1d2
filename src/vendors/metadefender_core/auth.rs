//! Keys, which are required if and only if the fixtures define some.

use std::sync::Arc;

use http::{HeaderMap, HeaderName};

use super::error;
use super::fields::NAME;
use crate::accounts::{Account, Admission, Credential};
use crate::journal::Reply;
use crate::settings::{self, AuthMode};
use crate::vendors::{Auth, Call, CredentialPlace, key_and_user};

/// How callers are known.
pub(super) const AUTH: Auth =
    Auth { place: CredentialPlace::Header("apikey"), credential, claims: key_and_user, authenticate };

const APIKEY: HeaderName = HeaderName::from_static("apikey");

/// The key in the header `apikey`.
pub(super) fn credential(headers: &HeaderMap) -> Option<Credential> {
    let value = headers.get(APIKEY)?;
    Some(Credential::Key(String::from_utf8_lossy(value.as_bytes()).into_owned()))
}

/// Who is calling. Accounts without a key, which are for logging in, make no key needed; a session serves as one.
#[allow(clippy::result_large_err, reason = "a refusal is as large as any answer")]
fn authenticate(call: &Call) -> Result<Arc<Account>, Reply> {
    let credential = credential(&call.headers);
    let session = credential.as_ref().and_then(|key| call.state.sessions.find(NAME, key.claim()));
    if let Some(account) = session {
        return Ok(account);
    }
    let accounts = call.state.accounts.load();
    let mode = call.settings.get(&settings::AUTH);
    let keyed = accounts.of(NAME).iter().any(|account| account.key.is_some());
    if !keyed || mode == AuthMode::Off {
        return Ok(call.account.clone());
    }
    match accounts.admit(NAME, credential.as_ref(), mode) {
        Admission::Granted(account) => Ok(account),
        Admission::Missing | Admission::Wrong => Err(error::access_denied()),
    }
}
