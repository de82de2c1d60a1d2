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
use crate::journal::body::{Layout, Value};
use crate::settings::{AUTH, AuthMode};
use crate::vendors::Call;

#[derive(Deserialize)]
struct LoginRequest {
    user: String,
    password: String,
}

/// Opens a session for a user name and a password.
pub(super) fn login(call: &Call) -> Reply {
    let Some(body) = call.body() else { return error::body_too_large() };
    // A body that cannot be read has the same answer as a wrong password.
    let Some(LoginRequest { user, password }) = read(call, body) else { return error::login_failed() };
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
fn read(call: &Call, body: &[u8]) -> Option<LoginRequest> {
    serde_json::from_slice(body).ok().or_else(|| read_form(call.form(), body))
}

fn read_form(form: &Layout, body: &[u8]) -> Option<LoginRequest> {
    let field = |name: &str| match form.fields(body).find(|(known, _)| known == name)? {
        (_, Value::Text(text)) => Some(text.into_owned()),
        (_, Value::File(..)) => None,
    };
    Some(LoginRequest { user: field("user")?, password: field("password")? })
}

/// Ends the session in the header `apikey`.
pub(super) fn logout(call: &Call) -> Reply {
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
