//! `GET /version`: which product this is.
//!
//! Source: clients of MetaDefender Core, which ask it to test a connection.

use http::StatusCode;

use super::behaviours::VERSION as IS;
use super::reply::{self, JSON};
use super::settings::{VERSION, VERSION_SESSION};
use super::{auth, error};
use crate::journal::Reply;
use crate::vendors::Call;

/// The product and its version.
pub(super) fn show(call: &Call) -> Reply {
    if call.settings.get(&VERSION_SESSION) && !auth::is_known(call) {
        return error::version_without_session();
    }
    let body = reply::version(call.settings.get(&VERSION));
    auth::noted(call, Reply::new(StatusCode::OK, JSON, body, &IS))
}
