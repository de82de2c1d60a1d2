//! `POST /login` and `POST /logout`: a session, which is used in place of a key.
//!
//! Source: 7.1.1, Authentication, as its clients use it.

use http::StatusCode;
use serde::Deserialize;

use super::behaviours::{LOGIN_OK, LOGOUT_OK};
use super::fields::NAME;
use super::reply::{self, JSON};
use super::settings::{LOGIN_CSRF_TOKEN, SESSION_IDLE};
use super::{auth, error};
use crate::accounts::{Admission, Credential, Session};
use crate::ids::{hex, random};
use crate::journal::Reply;
use crate::settings::{AUTH, AuthMode};
use crate::vendors::Call;

#[derive(Deserialize)]
struct LoginRequest {
    user: String,
    password: String,
}

/// Opens a session for a user name and a password.
pub(super) async fn login(call: &Call) -> Reply {
    let Some(body) = call.body() else { return error::body_too_large() };
    let Some(LoginRequest { user, password }) = read(body) else { return error::login_failed() };
    match call.state.admit(NAME, Some(&Credential::Login { user, password })) {
        Admission::Granted(account) => {
            let id = hex(&random::<16>());
            let csrf_token = call.settings.get(&LOGIN_CSRF_TOKEN).then(|| hex(&random::<16>()));
            let body = reply::session(&id, csrf_token.as_deref());
            call.state.log_in(Session { api: NAME, id, account, used: call.now, ended: false });
            Reply::new(StatusCode::OK, JSON, body, &LOGIN_OK)
        }
        Admission::Missing | Admission::Wrong => error::login_failed(),
    }
}

/// Reads JSON, whatever the content type is, or a form with the same fields.
fn read(body: &[u8]) -> Option<LoginRequest> {
    if let Ok(login) = serde_json::from_slice(body) {
        return Some(login);
    }
    let field = |name: &str| {
        let mut pairs = form_urlencoded::parse(body);
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    Some(LoginRequest { user: field("user")?, password: field("password")? })
}

/// Ends the session in the header `apikey`.
pub(super) async fn logout(call: &Call) -> Reply {
    let session = auth::credential(&call.headers);
    let idle = call.settings.get(&SESSION_IDLE);
    let ended =
        session.as_ref().is_some_and(|session| call.state.log_out(NAME, session.claim(), call.now, idle));
    let accepted = match call.settings.get(&AUTH) {
        AuthMode::Enforce => ended,
        AuthMode::Any => session.is_some(),
        AuthMode::Off => true,
    };
    if accepted {
        Reply::new(StatusCode::OK, JSON, reply::logged_out(), &LOGOUT_OK)
    } else {
        error::logout_denied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_request_is_json_or_a_form() {
        let parsed = |body: &str| read(body.as_bytes()).map(|login| (login.user, login.password));
        let pair = Some(("a".to_owned(), "b c".to_owned()));
        assert_eq!(parsed(r#"{"user":"a","password":"b c","more":1}"#), pair);
        assert_eq!(parsed("user=a&password=b+c"), pair);
        for bad in ["", "{", "[]", r#"{"user":"a"}"#, r#"{"user":1,"password":"b"}"#, "user=a"] {
            assert_eq!(parsed(bad), None, "{bad}");
        }
    }
}
