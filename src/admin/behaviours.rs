//! `GET /behaviours`: the catalogue of every reply that the emulated APIs can give.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::extract::Query;
use super::openapi::{self, Operation};
use super::problem::Problem;
use super::response::{Json, ok};
use crate::findings;
use crate::journal::{Api, Behaviour, Grade, Provenance};
use crate::vendors;

/// The query of [`list`].
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(super) struct BehaviourQuery {
    /// An API.
    #[schemars(with = "Option<Api>", example = &"<api>")]
    api: Option<String>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Behaviours")]
pub(super) struct BehaviourList {
    behaviours: Vec<BehaviourView>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Behaviour")]
struct BehaviourView {
    /// The API's name and the id.
    name: &'static str,
    #[schemars(with = "Api")]
    api: &'static str,
    id: &'static str,
    /// When it happens.
    summary: &'static str,
    /// As in the header `scandouble-provenance`.
    #[schemars(with = "Provenance")]
    provenance: &'static str,
    /// How well the status and the body are known.
    grade: Grades,
    source: &'static str,
    /// The settings that decide when it is answered, or how.
    settings: &'static [&'static str],
    /// The version of scandouble that added it.
    since: &'static str,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(inline)]
struct Grades {
    #[schemars(with = "Grade")]
    status: &'static str,
    #[schemars(with = "Grade")]
    body: &'static str,
}

fn view(behaviour: &'static Behaviour) -> BehaviourView {
    BehaviourView {
        name: behaviour.name,
        api: behaviour.api,
        id: behaviour.id,
        summary: behaviour.summary,
        provenance: behaviour.provenance(),
        grade: Grades { status: behaviour.status.word(), body: behaviour.body.word() },
        source: behaviour.source,
        settings: behaviour.settings,
        since: behaviour.since,
    }
}

pub(super) async fn list(Query(query): Query<BehaviourQuery>) -> Result<Json<BehaviourList>, Problem> {
    let only = query.api.as_deref().map(findings::api).transpose().map_err(Problem::unprocessable)?;
    let apis = vendors::ALL.iter().filter(|api| only.is_none_or(|only| only.name == api.name));
    let behaviours = apis.flat_map(|api| api.behaviours).map(|behaviour| view(behaviour)).collect();
    Ok(ok(BehaviourList { behaviours }))
}

/// Its operation.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        openapi::get("/behaviours", list)
            .named("listBehaviours", "List the behaviours")
            .replies(200, "All behaviours of the emulated APIs.")
            .problems(&[422]),
    ]
}
