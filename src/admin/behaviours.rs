//! `GET /behaviours`: the catalogue of every reply that the emulated APIs can give.

use serde::{Deserialize, Serialize};

use super::extract::Query;
use super::problem::Problem;
use super::response::{Json, ok};
use crate::findings;
use crate::journal::Behaviour;
use crate::vendors;

/// The query of [`list`].
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BehaviourQuery {
    api: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct BehaviourList {
    behaviours: Vec<BehaviourView>,
}

#[derive(Debug, Serialize)]
struct BehaviourView {
    name: &'static str,
    api: &'static str,
    id: &'static str,
    summary: &'static str,
    /// As in the header `scandouble-provenance`.
    provenance: &'static str,
    /// How well the status and the body are known: `documented`, `observed` or `assumed`.
    grade: Grades,
    source: &'static str,
    since: &'static str,
}

#[derive(Debug, Serialize)]
struct Grades {
    status: &'static str,
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
        since: behaviour.since,
    }
}

pub(super) async fn list(Query(query): Query<BehaviourQuery>) -> Result<Json<BehaviourList>, Problem> {
    let only = query.api.as_deref().map(findings::api).transpose().map_err(Problem::unprocessable)?;
    let apis = vendors::ALL.iter().filter(|api| only.is_none_or(|only| only.name == api.name));
    let behaviours = apis.flat_map(|api| api.behaviours).map(|behaviour| view(behaviour)).collect();
    Ok(ok(BehaviourList { behaviours }))
}
