//! `GET /stat/engines`: the engines and their definitions.
//!
//! Source: the published specification of MetaDefender Core. What neither a fixture nor a setting gives, such as the
//! definitions of derived engines, is an empty text, as the definitions of some engines are in a reply that a client's
//! tests publish.

use std::collections::BTreeSet;

use http::StatusCode;
use jiff::Timestamp;

use super::auth;
use super::behaviours::ENGINES;
use super::reply::{self, EngineStatus, JSON, Time};
use super::settings::{Definitions, ENGINE_DEFINITIONS};
use crate::journal::Reply;
use crate::samples::derive;
use crate::vendors::Call;

/// The engines that results can have in this world: those of fixtures, and those that are derived.
pub(super) fn list(call: &Call) -> Reply {
    let names = names(call);
    let engines = names.iter().map(|name| EngineStatus {
        active: true,
        def_time: definitions(call, name).map(Time),
        download_progress: 100,
        download_time: "",
        eng_id: id(name),
        eng_name: name,
        eng_type: "Bundled engine",
        eng_ver: "",
        engine_type: "av",
        state: "production",
    });
    auth::noted(call, Reply::new(StatusCode::OK, JSON, reply::list(engines), &ENGINES))
}

/// The names of the engines, sorted.
pub(super) fn names(call: &Call) -> BTreeSet<String> {
    let newest = call.state.definitions();
    newest.engines().chain(derive::ENGINES).map(str::to_owned).collect()
}

/// The newest definitions of an engine that a finished result of the world shows, or that the setting names.
fn definitions(call: &Call, engine: &str) -> Option<Timestamp> {
    let set = Definitions::parse(call.settings.get(&ENGINE_DEFINITIONS)).unwrap_or_default();
    let ended = |key: &_| call.state.ended_at(key);
    let shown = call.state.definitions().newest(engine, call.origin, |shown| {
        shown.is_finished(call.origin, || ended(&shown.sample), call.now)
    });
    shown.into_iter().chain(set.of(engine, call.origin)).max()
}

/// The identifier of an engine: `quickheal_1_linux`.
pub(super) fn id(engine: &str) -> String {
    let letters = engine.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase);
    letters.chain("_1_linux".chars()).collect()
}
