//! The `apikey` header.

use std::sync::Arc;

use http::{HeaderMap, HeaderName};

use super::error;
use super::fields::NAME;
use super::v4::error as v4;
use crate::accounts::{Account, Admission, Credential};
use crate::journal::Reply;
use crate::vendors::{Auth, Call, CredentialPlace, key_and_user};

/// How callers are identified.
pub(super) const AUTH: Auth =
    Auth { place: CredentialPlace::Header("apikey"), credential, claims: key_and_user, authenticate };

const APIKEY: HeaderName = HeaderName::from_static("apikey");

/// The key of a request.
pub(super) fn credential(headers: &HeaderMap) -> Option<Credential> {
    let key = headers.get(APIKEY)?.as_bytes();
    (!key.is_empty()).then(|| Credential::Key(String::from_utf8_lossy(key).into_owned()))
}

/// The caller's account, or the refusal. Where no keys are configured, a request needs no key.
#[allow(clippy::result_large_err, reason = "a refusal is as large as any answer")]
fn authenticate(call: &Call) -> Result<Arc<Account>, Reply> {
    // The published error codes of version 4 have a single one for a missing and a wrong key.
    judge(call).map_err(|missing| match (v4::speaks(call), missing) {
        (true, _) => v4::auth_invalid(),
        (false, true) => error::auth_missing(),
        (false, false) => error::auth_invalid(),
    })
}

/// The account of a request that is refused before its key is checked; `None` if the key is missing or wrong.
pub(super) fn known(call: &Call) -> Option<Arc<Account>> {
    judge(call).ok()
}

/// The account, or whether the key is missing rather than wrong.
fn judge(call: &Call) -> Result<Arc<Account>, bool> {
    // The page calls the key optional.
    if call.state.accounts.load().of(NAME).is_empty() {
        return Ok(Arc::default());
    }
    match call.state.admit(NAME, credential(&call.headers).as_ref()) {
        Admission::Granted(account) => Ok(account),
        Admission::Missing => Err(true),
        Admission::Wrong => Err(false),
    }
}
