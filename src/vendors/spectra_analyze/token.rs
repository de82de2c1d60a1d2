//! `POST /api-token-auth/`: a token for a user name and a password.

use http::StatusCode;

use super::behaviours::{TOKEN_ISSUED, TOKEN_MISSING_FIELD, TOKEN_REFUSED};
use super::error::JSON;
use super::fields::NAME;
use super::reply::Token;
use super::{auth, body, error};
use crate::accounts::{Admission, Credential};
use crate::journal::{Reply, json};
use crate::vendors::Call;

const REFUSED: &str = "Unable to log in with provided credentials.";

/// Issues a token, or refuses.
pub(super) fn issue(call: &Call) -> Result<Reply, Reply> {
    let fields = body::read(call)?;
    // The framework trims the name, never the password.
    let user = given(fields.text("username").map(|text| text.trim().to_owned()));
    let password = given(fields.text("password"));
    let (user, password) = match (user, password) {
        (Ok(user), Ok(password)) => (user, password),
        (user, password) => {
            // The framework reports the errors of all fields together.
            let errors = [("username", user.err()), ("password", password.err())];
            let errors: Vec<_> =
                errors.into_iter().filter_map(|(field, message)| Some((field, message?))).collect();
            return Err(error::fields(&errors, &TOKEN_MISSING_FIELD));
        }
    };
    let login = Credential::Login { user: user.clone(), password: password.clone() };
    match call.state.admit(NAME, Some(&login)) {
        Admission::Granted(account) => {
            let token = auth::issued(&account, &user, &password);
            Ok(Reply::new(StatusCode::OK, JSON, json(&Token { token }), &TOKEN_ISSUED))
        }
        _ => Err(refused()),
    }
}

/// 400: no account has this name and password.
pub(super) fn refused() -> Reply {
    error::non_field(REFUSED, &TOKEN_REFUSED)
}

fn given(text: Result<String, body::FieldError>) -> Result<String, &'static str> {
    match text {
        Ok(text) if text.is_empty() => Err(error::BLANK),
        Ok(text) => Ok(text),
        Err(error) => Err(error.message()),
    }
}
