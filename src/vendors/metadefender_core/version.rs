//! `GET /version`: which product this is.
//!
//! Source: clients of MetaDefender Core, which ask it to test a connection.

use http::StatusCode;

use super::behaviours::VERSION as IS;
use super::reply::{self, JSON};
use super::settings::VERSION;
use crate::journal::Reply;
use crate::vendors::Call;

/// The product and its version.
pub(super) async fn show(call: &Call) -> Reply {
    Reply::new(StatusCode::OK, JSON, reply::version(call.settings.get(&VERSION)), &IS)
}
