//! How a vendor identifies callers, and how it refuses.

use std::sync::Arc;

use http::HeaderMap;
use jiff::Timestamp;

use super::Call;
use crate::accounts::{Account, Credential};
use crate::faults::Refusal;
use crate::journal::{Entry, Reply};

/// How a vendor identifies callers.
#[derive(Clone, Copy, Debug)]
pub struct Auth {
    /// Where it reads the credential of a request.
    pub place: CredentialPlace,
    /// The credential of a request, if it is well-formed; it may choose the world.
    pub credential: fn(&HeaderMap) -> Option<Credential>,
    /// The credentials that identify an account: its key, its user name, and what the vendor derives from them.
    pub claims: fn(&Account) -> Vec<String>,
    /// The caller's account, or the vendor's refusal. Not called for endpoints that need no account.
    pub authenticate: fn(&Call) -> Result<Arc<Account>, Reply>,
}

/// Where a vendor reads the credential of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialPlace {
    /// A header of this name, in lower case, that has the key alone.
    Header(&'static str),
    /// The header `Authorization`, where the key follows this scheme.
    Scheme(&'static str),
    /// The header `Authorization` with a user name and a password, as HTTP Basic encodes them.
    Basic,
}

impl CredentialPlace {
    /// The name of the header.
    pub fn header(self) -> &'static str {
        match self {
            Self::Header(name) => name,
            Self::Scheme(_) | Self::Basic => "authorization",
        }
    }
}

/// The key and the user name of an account, which identify most accounts.
pub fn key_and_user(account: &Account) -> Vec<String> {
    account.key.iter().chain(&account.user).cloned().collect()
}

/// How a vendor refuses.
#[derive(Clone, Copy, Debug)]
pub struct Refusals {
    /// No endpoint has the path.
    pub path: fn(&Call) -> Reply,
    /// The endpoint does not take the method.
    pub method: fn(&Call) -> Reply,
    /// The body is larger than the settings allow.
    pub size: fn(&Call) -> Reply,
    /// The vendor's reply for a status that has nothing to do with the request: injected, or an error of the emulator
    /// itself, with its message. Where the vendor's text is not known, an error has the message in the shape of the
    /// vendor's errors: clients that read errors must not meet a shape that the vendor never sends. `None` for a
    /// status that is not an error. Called only if the endpoint has no reply of its own.
    pub status: fn(&Call, u16, &str) -> Option<Reply>,
    /// The refusal of an account whose credential is unknown or whose quota is used up; `None` where the vendor knows
    /// no such refusal.
    pub account: fn(&Call, Refusal) -> Option<Reply>,
    /// When the caller that got this refusal may ask again, where the vendor says so in another way than by `Retry-After`.
    pub retry_at: fn(&Entry) -> Option<Timestamp>,
}
