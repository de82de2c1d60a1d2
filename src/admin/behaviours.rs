//! The catalogue of behaviours.

use serde::{Deserialize, Serialize};

use super::body::{Json, Query, ok};
use super::problem::Problem;
use crate::findings;
use crate::journal::Behaviour;
use crate::vendors;

/// Which behaviours to list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    api: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct List {
    behaviours: Vec<Shown>,
}

#[derive(Debug, Serialize)]
struct Shown {
    name: &'static str,
    api: &'static str,
    id: &'static str,
    summary: &'static str,
    /// As the header has it.
    provenance: &'static str,
    /// How the status and the body are known: `documented`, `observed`, `assumed`.
    grade: Grades,
    source: &'static str,
    since: &'static str,
}

#[derive(Debug, Serialize)]
struct Grades {
    status: &'static str,
    body: &'static str,
}

fn show(behaviour: &'static Behaviour) -> Shown {
    Shown {
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

pub(super) async fn list(Query(which): Query<Which>) -> Result<Json<List>, Problem> {
    let only = which.api.as_deref().map(findings::api).transpose().map_err(Problem::unprocessable)?;
    let wanted = vendors::ALL.iter().filter(|api| only.is_none_or(|only| only.name == api.name));
    let behaviours = wanted.flat_map(|api| api.behaviours).map(|behaviour| show(behaviour)).collect();
    Ok(ok(List { behaviours }))
}
