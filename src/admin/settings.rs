//! The settings of a world.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::{Body, Json, Name, ok};
use super::problem::Problem;
use crate::settings::{Kind, Setting, Settings, is_of_server};
use crate::worlds::{State, World};

/// A setting as the door shows it.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    name: &'static str,
    value: String,
    default: Cow<'static, str>,
    allowed: String,
    summary: &'static str,
    /// `world`, or `server` for those that only flags, environment and fixtures can set.
    scope: &'static str,
}

fn show(setting: &'static Setting, value: String) -> Shown {
    Shown {
        name: setting.name,
        value,
        default: setting.default.text(),
        allowed: allowed(setting.kind),
        summary: setting.summary,
        scope: if is_of_server(setting.name) { "server" } else { "world" },
    }
}

/// The allowed values in words.
pub(crate) fn allowed(kind: Kind) -> String {
    match kind {
        Kind::Flag => "true or false".to_owned(),
        Kind::Word(words) => words.join(", "),
        Kind::Count { min, max } => format!("a whole number from {min} to {max}"),
        Kind::Pace => "a duration such as 30s, at-once, when-told".to_owned(),
        Kind::Text(_) => "text".to_owned(),
    }
}

#[derive(Debug, Serialize)]
pub(super) struct List {
    settings: Vec<Shown>,
}

fn list_of(settings: &Settings) -> List {
    List { settings: settings.list().map(|(setting, value)| show(setting, value)).collect() }
}

pub(super) async fn list(Extension(world): Extension<Arc<World>>) -> Json<List> {
    ok(list_of(&world.state().settings.load()))
}

pub(super) async fn get(
    Extension(world): Extension<Arc<World>>,
    Name(name): Name,
) -> Result<Json<Shown>, Problem> {
    one(&world.state().settings.load(), &name).map(ok)
}

fn one(settings: &Settings, name: &str) -> Result<Shown, Problem> {
    let found = settings.list().find(|(setting, _)| setting.name == name);
    found.map(|(setting, value)| show(setting, value)).ok_or_else(|| {
        let known = settings.names().join(", ");
        Problem::not_found(format!("there is no setting \"{name}\"; there are {known}"))
    })
}

/// Sets several at once: all, or, if one is not allowed, none.
pub(super) async fn patch(
    Extension(world): Extension<Arc<World>>,
    Body(changes): Body<BTreeMap<String, Value>>,
) -> Result<Json<List>, Problem> {
    world.change(|state| {
        change(state, |settings| changes.iter().try_for_each(|(name, value)| set(settings, name, value)))
    })?;
    Ok(ok(list_of(&world.state().settings.load())))
}

/// A setting's new value.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewValue {
    value: Value,
}

pub(super) async fn put(
    Extension(world): Extension<Arc<World>>,
    Name(name): Name,
    Body(new): Body<NewValue>,
) -> Result<Json<Shown>, Problem> {
    one(&world.state().settings.load(), &name)?;
    world.change(|state| change(state, |settings| set(settings, &name, &new.value)))?;
    one(&world.state().settings.load(), &name).map(ok)
}

/// Back to what the fixtures and flags say.
pub(super) async fn delete(
    Extension(world): Extension<Arc<World>>,
    Name(name): Name,
) -> Result<Json<Shown>, Problem> {
    world.change(|state| {
        let original = one(&state.base.settings, &name)?;
        change(state, |settings| settings.set(&name, &original.value).map_err(Problem::unprocessable))
    })?;
    one(&world.state().settings.load(), &name).map(ok)
}

fn set(settings: &mut Settings, name: &str, value: &Value) -> Result<(), Problem> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        _ => return Err(Problem::unprocessable(format!("{name}: the value is text, a number or a flag"))),
    };
    settings.set_in_world(name, &text).map_err(Problem::unprocessable)
}

/// Changes settings inside [`World::change`]: all of them, or none if one is refused.
fn change(state: &State, act: impl FnOnce(&mut Settings) -> Result<(), Problem>) -> Result<(), Problem> {
    let mut settings = Settings::clone(&state.settings.load());
    act(&mut settings)?;
    state.settings.store(Arc::new(settings));
    Ok(())
}
