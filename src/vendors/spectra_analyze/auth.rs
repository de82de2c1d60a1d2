//! Who is calling: `Authorization: Token <token>`, read as Django REST framework reads it.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::behaviours::{AUTH_INVALID, AUTH_MISSING, AUTH_NO_CREDENTIALS, AUTH_SPACES, SETTING_SWITCHED};
use super::fields::NAME;
use super::{error, settings};
use crate::accounts::{Account, Accounts, Admission, Credential, CredentialRef};
use crate::ids::{derived, hex};
use crate::journal::{Behaviour, Reply};
use crate::settings::AUTH as AUTH_MODE;
use crate::vendors::{Auth, Call, CredentialPlace, key_and_user};

/// How callers are identified.
pub(super) const AUTH: Auth = Auth {
    place: CredentialPlace::Scheme("Token"),
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

/// Why a request has no valid token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenError {
    Missing,
    NoCredentials,
    Spaces,
    /// It is not UTF-8.
    Characters,
    Unknown,
}

impl TokenError {
    fn message(self) -> (&'static str, &'static Behaviour) {
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

/// The token of a request. The case of the scheme does not matter, and any white space may follow it.
pub(super) fn token(headers: &HeaderMap) -> Result<&str, TokenError> {
    let value = headers.get(header::AUTHORIZATION).map_or(&[][..], HeaderValue::as_bytes);
    let mut words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    if !words.next().is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"token")) {
        return Err(TokenError::Missing);
    }
    let token = words.next().ok_or(TokenError::NoCredentials)?;
    if words.next().is_some() {
        return Err(TokenError::Spaces);
    }
    std::str::from_utf8(token).map_err(|_| TokenError::Characters)
}

/// The caller's account, or the refusal.
fn authenticate(call: &Call) -> Result<Arc<Account>, Reply> {
    let accounts = call.state.accounts.load();
    let credential = token(&call.headers).map(|token| credential(&accounts, token));
    match (accounts.admit(NAME, credential.ok(), call.settings.get(&AUTH_MODE)), credential) {
        (Admission::Granted(account), _) => Ok(account),
        (_, Err(problem)) => Err(refusal(call, problem)),
        (_, Ok(_)) => Err(refusal(call, TokenError::Unknown)),
    }
}

/// The number of the caller: the position of the account in the fixtures, starting at 1.
pub(super) fn user_number(call: &Call) -> usize {
    let accounts = call.state.accounts.load();
    let mut known = accounts.of(NAME).iter();
    // A caller without a configured account, where the settings require none, counts as the first one.
    known.position(|known| known.name() == call.account.name()).map_or(1, |place| place + 1)
}

/// The refusal: 403, or 401 if the settings say so.
pub(super) fn refusal(call: &Call, problem: TokenError) -> Reply {
    match call.settings.get(&settings::UNAUTHENTICATED) {
        settings::Unauthenticated::Forbidden => refuse(StatusCode::FORBIDDEN, problem),
        settings::Unauthenticated::Unauthorized => {
            refuse(StatusCode::UNAUTHORIZED, problem).foremost(&SETTING_SWITCHED)
        }
    }
}

/// The refusal of a token that is no longer valid, with a status of the test's choice.
pub(super) fn revoked(status: StatusCode) -> Reply {
    refuse(status, TokenError::Unknown)
}

fn refuse(status: StatusCode, problem: TokenError) -> Reply {
    let (text, behaviour) = problem.message();
    let reply = error::detail(status, text, behaviour);
    match status {
        StatusCode::UNAUTHORIZED => reply.header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Token")),
        _ => reply,
    }
}

/// The token that `/api-token-auth/` issues to an account: its own token if that has 40 hexadecimal digits, else 40 digits
/// derived from its name and password, the same on every machine.
pub(super) fn issued(account: &Account, user: &str, password: &str) -> String {
    match &account.key {
        Some(key) if key.len() == 40 && key.bytes().all(|byte| byte.is_ascii_hexdigit()) => key.clone(),
        _ => {
            // Where the settings accept any login, the account has no name and password, so those of the request are
            // used.
            let user = account.user.as_deref().unwrap_or(user);
            let password = account.password.as_deref().unwrap_or(password);
            hex(&derived(format!("{user}\0{password}").as_bytes(), "spectra-analyze token")[..20])
        }
    }
}

/// The credential for a token: an account's own key, or the login for which the token was issued.
fn credential<'a>(accounts: &'a Accounts, token: &'a str) -> CredentialRef<'a> {
    let holder = || {
        accounts.of(NAME).iter().find_map(|account| {
            let (user, password) = (account.user.as_deref()?, account.password.as_deref()?);
            (issued(account, user, password) == token).then_some(CredentialRef::Login { user, password })
        })
    };
    // Deriving the tokens of all accounts is costly, so it is done only for what can be a derived token.
    let known = token.len() != 40 || accounts.by_key(NAME, token).is_some();
    let issued_to = if known { None } else { holder() };
    issued_to.unwrap_or(CredentialRef::Key(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &[u8]) -> Result<String, TokenError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_bytes(value).expect("a header"));
        token(&headers).map(str::to_owned)
    }

    #[test]
    fn authorization_headers_are_parsed_like_the_framework_does() {
        for good in ["Token x", "token x", "TOKEN x", "Token  x", "Token\tx", "Token x "] {
            assert_eq!(read(good.as_bytes()), Ok("x".to_owned()), "{good:?}");
        }
        assert_eq!(read(b"Basic x"), Err(TokenError::Missing));
        assert_eq!(read(b"Tokenx"), Err(TokenError::Missing));
        assert_eq!(read(b""), Err(TokenError::Missing));
        assert_eq!(token(&HeaderMap::new()), Err(TokenError::Missing));
        assert_eq!(read(b"Token"), Err(TokenError::NoCredentials));
        assert_eq!(read(b"Token a b"), Err(TokenError::Spaces));
        assert_eq!(read(b"Token \xe9"), Err(TokenError::Characters));
    }

    #[test]
    fn a_token_is_derived_unless_the_account_has_one() {
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
        let login = CredentialRef::Login { user: "u", password: "p" };
        assert_eq!(credential(&accounts, &derived), login);
        assert_eq!(credential(&accounts, "exampletoken"), CredentialRef::Key("exampletoken"));
        assert_eq!(credential(&accounts, own), CredentialRef::Key(own));
    }
}
