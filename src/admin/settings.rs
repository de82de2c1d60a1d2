//! `/settings`: the settings of a world.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::decode::{advice, shorten};
use super::extract::{Body, PathParameter};
use super::openapi::{self, Resource, SettingValue};
use super::problem::Problem;
use super::response::{Json, ok};
use crate::journal::BehaviourView;
use crate::settings::{Kind, Setting, Settings, is_of_server};
use crate::vendors;
use crate::worlds::{State, World};

/// A setting and its value.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Setting")]
pub(super) struct SettingView {
    name: &'static str,
    /// The current value, written as in a fixture.
    value: String,
    default: Cow<'static, str>,
    /// The allowed values, in words.
    allowed: String,
    summary: &'static str,
    /// `server` if it can only be set at start: by flags, environment variables and fixtures.
    #[schemars(extend("enum" = ["world", "server"]))]
    scope: &'static str,
    /// The behaviours that it switches, and how well each is known. A setting without any is about scandouble itself.
    behaviours: Vec<BehaviourView>,
}

/// The behaviours whose rows in the catalogue name the setting.
fn behaviours_of(setting: &Setting) -> Vec<BehaviourView> {
    let all = vendors::ALL.iter().flat_map(|api| api.behaviours);
    let switched = all.filter(|behaviour| behaviour.settings.contains(&setting.name));
    switched.map(|behaviour| BehaviourView::of(behaviour)).collect()
}

fn view(setting: &'static Setting, value: String) -> SettingView {
    SettingView {
        name: setting.name,
        value,
        default: setting.default.text(),
        allowed: allowed(setting.kind),
        summary: setting.summary,
        scope: if is_of_server(setting.name) { "server" } else { "world" },
        behaviours: behaviours_of(setting),
    }
}

/// The allowed values, in words.
pub(crate) fn allowed(kind: Kind) -> String {
    match kind {
        Kind::Flag => "true or false".to_owned(),
        Kind::Word(words) => words.join(", "),
        Kind::Count { min, max } => format!("a whole number from {min} to {max}"),
        Kind::Pace => "a duration such as 30s, at-once, when-told".to_owned(),
        Kind::Text(_) => "text".to_owned(),
    }
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Settings")]
pub(super) struct SettingList {
    settings: Vec<SettingView>,
}

fn list_of(settings: &Settings) -> SettingList {
    SettingList { settings: settings.list().map(|(setting, value)| view(setting, value)).collect() }
}

pub(super) async fn list(Extension(world): Extension<Arc<World>>) -> Json<SettingList> {
    ok(list_of(&world.state().settings.load()))
}

pub(super) async fn get(
    Extension(world): Extension<Arc<World>>,
    PathParameter(name): PathParameter,
) -> Result<Json<SettingView>, Problem> {
    one(&world.state().settings.load(), &name).map(ok)
}

fn one(settings: &Settings, name: &str) -> Result<SettingView, Problem> {
    let found = settings.list().find(|(setting, _)| setting.name == name);
    found.map(|(setting, value)| view(setting, value)).ok_or_else(|| {
        let advice = advice(name, &settings.names(), "\"").unwrap_or_default();
        Problem::not_found(format!("there is no setting \"{}\"; {advice}", shorten(name)))
    })
}

/// Values by name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(super) struct SettingChanges(
    #[schemars(with = "BTreeMap<String, SettingValue>")] BTreeMap<String, Value>,
);

/// Changes several settings. If one value is not allowed, none is changed.
pub(super) async fn patch(
    Extension(world): Extension<Arc<World>>,
    Body(SettingChanges(changes)): Body<SettingChanges>,
) -> Result<Json<SettingList>, Problem> {
    world.change(|state| {
        change(state, |settings| changes.iter().try_for_each(|(name, value)| set(settings, name, value)))
    })?;
    Ok(ok(list_of(&world.state().settings.load())))
}

/// The new value of a setting.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingChange {
    #[schemars(with = "SettingValue")]
    value: Value,
}

pub(super) async fn put(
    Extension(world): Extension<Arc<World>>,
    PathParameter(name): PathParameter,
    Body(new): Body<SettingChange>,
) -> Result<Json<SettingView>, Problem> {
    // An unknown name in the path is a 404. Without this it would be an invalid value, 422.
    one(&world.state().settings.load(), &name)?;
    world.change(|state| change(state, |settings| set(settings, &name, &new.value)))?;
    one(&world.state().settings.load(), &name).map(ok)
}

/// Resets a setting to its value at the start of the world.
pub(super) async fn delete(
    Extension(world): Extension<Arc<World>>,
    PathParameter(name): PathParameter,
) -> Result<Json<SettingView>, Problem> {
    world.change(|state| {
        let original = one(&state.base.settings, &name)?;
        change(state, |settings| settings.set(&name, &original.value).map_err(Problem::unprocessable))
    })?;
    one(&world.state().settings.load(), &name).map(ok)
}

const SETTING: openapi::PathParameter = openapi::PathParameter {
    name: "name",
    about: "The name of a setting.",
    schema: setting_name,
    example: r#""<api>.lookup-limit""#,
};

fn setting_name(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^[a-z0-9.-]+$" })
}

/// The operations of the settings.
pub(super) fn resource() -> Resource {
    let operations = vec![
        openapi::get("/settings", list)
            .named("listSettings", "List the settings")
            .replies(200, "The settings of this world."),
        openapi::patch("/settings", patch)
            .named("changeSettings", "Change several settings")
            .about("If one value is not allowed, no setting is changed.")
            .example("two", "Two settings", r#"{"auth": "any", "max-body": 1000000}"#)
            .replies(200, "The settings of this world.")
            .problems(&[422]),
        openapi::get("/settings/{name}", get)
            .named("getSetting", "Show a setting")
            .parameter(&SETTING)
            .replies(200, "The setting.")
            .problems(&[404]),
        openapi::put("/settings/{name}", put)
            .named("putSetting", "Change a setting")
            .parameter(&SETTING)
            .example("two", "A lookup limit of two", r#"{"value": 2}"#)
            .replies(200, "The setting.")
            .problems(&[404, 422]),
        openapi::delete("/settings/{name}", delete)
            .named("resetSetting", "Reset a setting")
            .parameter(&SETTING)
            .replies(200, "The setting.")
            .problems(&[404, 422]),
    ];
    Resource { name: "settings", about: "The settings of a world.", operations }
}

fn set(settings: &mut Settings, name: &str, value: &Value) -> Result<(), Problem> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        _ => return Err(Problem::unprocessable(format!("`{name}` must be text, a number, true or false"))),
    };
    settings.set_in_world(name, &text).map_err(Problem::unprocessable)
}

/// Applies `act` to a copy of the settings, and stores the copy if it succeeds. Call it inside [`World::change`].
fn change(state: &State, act: impl FnOnce(&mut Settings) -> Result<(), Problem>) -> Result<(), Problem> {
    let mut settings = Settings::clone(&state.settings.load());
    act(&mut settings)?;
    state.settings.store(Arc::new(settings));
    Ok(())
}
