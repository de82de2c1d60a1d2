//! The table of all operations, and the checks that follow from it: unknown query parameters are refused, because one that is
//! ignored looks as if it had worked, and only writes to a world create it.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State as Extract};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::Method;

use super::decode::{AMERICAN, advice, shorten};
use super::openapi::{Operation, Resource};
use super::problem::Problem;
use super::{PREFIX, ROOT};
use crate::store::ChangedPart;
use crate::worlds::{DEFAULT, Worlds};

/// Every operation, by resource, in the order of all lists.
#[derive(Debug)]
pub(super) struct Table(pub(super) Vec<Resource>);

impl Table {
    pub(super) fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.0.iter().flat_map(|resource| &resource.operations)
    }

    /// The operation of a method and the path of its route.
    pub(super) fn find(&self, method: &Method, path: &str) -> Option<&Operation> {
        // The router answers HEAD with the handler of GET.
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let path = if path == PREFIX { ROOT } else { path };
        let path = path.strip_prefix(PREFIX)?;
        self.operations().find(|operation| operation.path == path && operation.method == *method)
    }
}

/// The name of the world at the start of the path, if there is one.
#[derive(Clone, Debug)]
pub(crate) struct WorldName(pub Option<String>);

/// What the checks need.
#[derive(Clone, Debug)]
pub(super) struct Checks {
    pub(super) table: &'static Table,
    pub(super) worlds: Arc<Worlds>,
}

/// Checks the query, and adds the world of the request as an extension of type `Arc<World>`. Operations that change a world
/// create it. Others see a world that does not exist in its initial state.
pub(super) async fn check(
    Extract(checks): Extract<Checks>,
    path: MatchedPath,
    mut request: Request,
    next: Next,
) -> Response {
    // The query is checked before the world is looked up: a refused request must not create one.
    let operation = checks.table.find(request.method(), path.as_str());
    let query = request.uri().query().filter(|query| !query.is_empty());
    if let Some(problem) =
        operation.zip(query).and_then(|(operation, query)| unknown_parameter(operation, query))
    {
        return problem.into_response();
    }
    let changes = operation.is_some_and(|operation| operation.changes_world);
    let name = request.extensions().get::<WorldName>().and_then(|name| name.0.as_deref()).unwrap_or(DEFAULT);
    let found = match changes {
        true => checks.worlds.get_or_create(name).map(|(world, _)| world),
        false => checks.worlds.view(name),
    };
    let world = match found {
        Ok(world) => world,
        Err(refusal) => return Problem::from(refusal).into_response(),
    };
    request.extensions_mut().insert(world.clone());
    let response = next.run(request).await;
    // Marked after the handler has run, so that its change is saved.
    if changes {
        world.state().mark(|| ChangedPart::Configuration);
    }
    response
}

/// The refusal of a query with a parameter that the operation does not have.
fn unknown_parameter(operation: &Operation, query: &str) -> Option<Problem> {
    let known: Vec<&str> = operation.query_names.iter().map(String::as_str).collect();
    let mut names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
    let is_known = |name: &str| known.contains(&name) || name == AMERICAN && known.contains(&"behaviour");
    let unknown = names.find(|name| !is_known(name))?;
    let advice = if operation.field_names().iter().any(|field| *field == unknown) {
        format!("send `{unknown}` as a field of the JSON body")
    } else {
        let (method, path) = (&operation.method, operation.path);
        advice(&unknown, &known, "`")
            .unwrap_or_else(|| format!("{method} {PREFIX}{path} takes no parameters"))
    };
    Some(Problem::bad_request(format!("unknown parameter `{}`; {advice}", shorten(&unknown))))
}
