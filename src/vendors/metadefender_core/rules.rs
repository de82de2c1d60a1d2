//! `GET /file/rules`: the processing rules that a client may name.
//!
//! Source: 7.1.3.5, Fetching Available Processing Rules, as its clients read it.

use http::StatusCode;

use super::auth;
use super::behaviours::RULES_LIST;
use super::reply::{self, JSON};
use crate::journal::Reply;
use crate::vendors::Call;

/// The rules for the agent that the header `user_agent` names, and those that are for all agents.
pub(super) fn list(call: &Call) -> Reply {
    let agent = call.header("user_agent");
    let rules = call.state.rules.load();
    let open = rules.iter().filter(|rule| {
        let mut agents = rule.user_agents.iter();
        rule.user_agents.is_empty() || agents.any(|name| Some(name.as_str()) == agent.as_deref())
    });
    let shown = open.map(|rule| reply::Rule { max_file_size: rule.max_file_size, name: &rule.name });
    auth::noted(call, Reply::new(StatusCode::OK, JSON, reply::list(shown), &RULES_LIST))
}
