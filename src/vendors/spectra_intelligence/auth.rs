//! HTTP Basic, which every call needs.

use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::{HeaderMap, header};
use memchr::memchr;

use super::error;
use super::fields::NAME;
use crate::accounts::{Account, Admission, Credential};
use crate::journal::Reply;
use crate::vendors::{Auth, Call, CredentialPlace, key_and_user};

/// How callers are identified.
pub(super) const AUTH: Auth =
    Auth { place: CredentialPlace::Basic, credential, claims: key_and_user, authenticate };

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The user name and password of a well-formed `Authorization: Basic …`.
pub(super) fn credential(headers: &HeaderMap) -> Option<Credential> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_at(memchr(b' ', value.as_bytes())?);
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let mut user = text(BASE64.decode(encoded.trim()).ok()?);
    // The password may hold a colon; the user name, which may hold a slash, may not.
    let colon = memchr(b':', user.as_bytes())?;
    let password = user.split_off(colon + 1);
    user.truncate(colon);
    Some(Credential::Login { user, password })
}

/// Decodes UTF-8, else Latin-1, which Python's requests sends.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| error.as_bytes().iter().map(|byte| char::from(*byte)).collect())
}

/// The caller's account, or the refusal: 401, then 403.
#[allow(clippy::result_large_err, reason = "a refusal is as large as any answer")]
fn authenticate(call: &Call) -> Result<Arc<Account>, Reply> {
    let credential = credential(&call.headers);
    match call.state.admit(NAME, credential.as_ref()) {
        Admission::Granted(account) if account.unentitled => Err(error::auth_forbidden()),
        Admission::Granted(account) => Ok(account),
        Admission::Missing => Err(error::auth_missing()),
        Admission::Wrong => Err(error::auth_invalid()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn of(value: &'static [u8]) -> Option<(String, String)> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_bytes(value).expect("a value"));
        match credential(&headers)? {
            Credential::Login { user, password } => Some((user, password)),
            Credential::Key(_) => None,
        }
    }

    #[test]
    fn only_well_formed_basic_credentials_are_accepted() {
        let one = Some(("u/one".to_owned(), "p:w".to_owned()));
        assert_eq!(of(b"Basic dS9vbmU6cDp3"), one);
        assert_eq!(of(b"basic   dS9vbmU6cDp3 "), one, "any case, any number of spaces");
        assert_eq!(of(b"Basic dTrp"), Some(("u".to_owned(), "\u{e9}".to_owned())), "Latin-1");
        assert_eq!(of(b"Basic Og"), Some((String::new(), String::new())), "unpadded");
        for bad in [&b"Basic"[..], b"Basic ", b"Basic dQ==", b"Basic !!!!", b"Bearer dTpw", b"Basic \xff"] {
            assert_eq!(of(bad), None, "{}", bad.escape_ascii());
        }
    }
}
