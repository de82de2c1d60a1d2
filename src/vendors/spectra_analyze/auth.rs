//! Who is calling: `Authorization: Token <token>`, read as Django REST framework reads it.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::behaviours::{AUTH_INVALID, AUTH_MISSING, AUTH_NO_CREDENTIALS, AUTH_SPACES};
use super::fields::NAME;
use super::{error, settings};
use crate::accounts::{Account, Accounts, Admission, Credential};
use crate::ids::{derived, hex};
use crate::journal::Behaviour;
use crate::journal::Reply;
use crate::vendors::{Auth, Call, key_and_user};

/// How callers are known.
pub(super) const AUTH: Auth = Auth {
    credential: |headers| token(headers).ok().map(|token| Credential::Key(token.to_owned())),
    claims,
    authenticate,
};

/// The token of an account is issued from its name and password where it has none of its own.
fn claims(account: &Account) -> Vec<String> {
    let login = account.user.as_deref().zip(account.password.as_deref());
    let issued = login.map(|(user, password)| issued(account, user, password));
    key_and_user(account).into_iter().chain(issued).collect()
}

/// Why no token could be read from a request, or none that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    Missing,
    NoCredentials,
    Spaces,
    /// Bytes that are no UTF-8.
    Characters,
    Unknown,
}

impl Flaw {
    fn words(self) -> (&'static str, &'static Behaviour) {
        match self {
            Self::Missing => ("Authentication credentials were not provided.", &AUTH_MISSING),
            Self::NoCredentials => ("Invalid token header. No credentials provided.", &AUTH_NO_CREDENTIALS),
            Self::Spaces => ("Invalid token header. Token string should not contain spaces.", &AUTH_SPACES),
            Self::Characters => {
                ("Invalid token header. Token string should not contain invalid characters.", &AUTH_INVALID)
            }
            Self::Unknown => ("Invalid token.", &AUTH_INVALID),
        }
    }
}

/// The token of a request. The scheme is read without case, and any blanks may follow it.
pub(super) fn token(headers: &HeaderMap) -> Result<&str, Flaw> {
    let value = headers.get(header::AUTHORIZATION).map_or(&[][..], HeaderValue::as_bytes);
    let mut words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    if !words.next().is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"token")) {
        return Err(Flaw::Missing);
    }
    let token = words.next().ok_or(Flaw::NoCredentials)?;
    if words.next().is_some() {
        return Err(Flaw::Spaces);
    }
    std::str::from_utf8(token).map_err(|_| Flaw::Characters)
}

/// The caller's account, or the refusal.
fn authenticate(call: &Call) -> Result<Arc<Account>, Reply> {
    let credential = token(&call.headers).map(|token| credential(&call.state.accounts.load(), token));
    match (call.state.admit(NAME, credential.as_ref().ok()), credential) {
        (Admission::Granted(account), _) => Ok(account),
        (_, Err(flaw)) => Err(refusal(call, flaw)),
        (_, Ok(_)) => Err(refusal(call, Flaw::Unknown)),
    }
}

/// The refusal for a flaw: 403, or 401 where the settings say so.
pub(super) fn refusal(call: &Call, flaw: Flaw) -> Reply {
    let status = match call.settings.get(&settings::UNAUTHENTICATED) {
        settings::Unauthenticated::Forbidden => StatusCode::FORBIDDEN,
        settings::Unauthenticated::Unauthorized => StatusCode::UNAUTHORIZED,
    };
    refuse(status, flaw)
}

/// The refusal of a token that is no longer known, under a status of the test's choice.
pub(super) fn revoked(status: StatusCode) -> Reply {
    refuse(status, Flaw::Unknown)
}

fn refuse(status: StatusCode, flaw: Flaw) -> Reply {
    let (text, behaviour) = flaw.words();
    let reply = error::detail(status, text, behaviour);
    match status {
        StatusCode::UNAUTHORIZED => reply.header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Token")),
        _ => reply,
    }
}

/// The token that `/api-token-auth/` gives to an account: its own if that looks like one, else 40 digits that follow
/// from its name and password, the same on every machine.
pub(super) fn issued(account: &Account, user: &str, password: &str) -> String {
    match &account.key {
        Some(key) if key.len() == 40 && key.bytes().all(|byte| byte.is_ascii_hexdigit()) => key.clone(),
        _ => {
            let user = account.user.as_deref().unwrap_or(user);
            let password = account.password.as_deref().unwrap_or(password);
            hex(&derived(format!("{user}\0{password}").as_bytes(), "spectra-analyze token")[..20])
        }
    }
}

/// What a token stands for: an account's own key, or the login for which it was issued.
fn credential(accounts: &Accounts, token: &str) -> Credential {
    let holder = || {
        accounts.of(NAME).iter().find_map(|account| {
            let (user, password) = (account.user.as_deref()?, account.password.as_deref()?);
            let login = || Credential::Login { user: user.to_owned(), password: password.to_owned() };
            (issued(account, user, password) == token).then(login)
        })
    };
    // Deriving a token for each account is for those that cannot be anything else.
    let known = accounts.by_key(NAME, token).is_some() || token.len() != 40;
    let issued_to = if known { None } else { holder() };
    issued_to.unwrap_or_else(|| Credential::Key(token.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &[u8]) -> Result<String, Flaw> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_bytes(value).expect("a header"));
        token(&headers).map(str::to_owned)
    }

    #[test]
    fn headers_are_read_as_the_framework_does() {
        for good in ["Token x", "token x", "TOKEN x", "Token  x", "Token\tx", "Token x "] {
            assert_eq!(read(good.as_bytes()), Ok("x".to_owned()), "{good:?}");
        }
        assert_eq!(read(b"Basic x"), Err(Flaw::Missing));
        assert_eq!(read(b"Tokenx"), Err(Flaw::Missing));
        assert_eq!(read(b""), Err(Flaw::Missing));
        assert_eq!(token(&HeaderMap::new()), Err(Flaw::Missing));
        assert_eq!(read(b"Token"), Err(Flaw::NoCredentials));
        assert_eq!(read(b"Token a b"), Err(Flaw::Spaces));
        assert_eq!(read(b"Token \xe9"), Err(Flaw::Characters));
    }

    #[test]
    fn tokens_are_derived_unless_the_fixture_has_one() {
        let account = |key: &str| Account {
            user: Some("u".to_owned()),
            password: Some("p".to_owned()),
            key: Some(key.to_owned()),
            ..Account::default()
        };
        let own = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(issued(&account(own), "u", "p"), own);
        let derived = issued(&account("exampletoken"), "u", "p");
        assert_eq!(derived.len(), 40);
        let mut accounts = Accounts::default();
        accounts.add(NAME, account("exampletoken"));
        let login = Credential::Login { user: "u".to_owned(), password: "p".to_owned() };
        assert_eq!(credential(&accounts, &derived), login);
        assert_eq!(credential(&accounts, "exampletoken"), Credential::Key("exampletoken".to_owned()));
        assert_eq!(credential(&accounts, own), Credential::Key(own.to_owned()));
    }
}
