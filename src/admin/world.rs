//! Finds the world of a request. Reading a world does not create it.

use std::sync::Arc;

use axum::extract::{Request, State as Extract};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::Method;

use super::PREFIX;
use super::problem::Problem;
use crate::store::ChangedPart;
use crate::worlds::{DEFAULT, Worlds};

/// The name of the world at the start of the path, if there is one.
#[derive(Clone, Debug)]
pub(crate) struct WorldName(pub Option<String>);

/// Operations that change nothing although their method is unsafe.
const READS: [&str; 1] = ["/verify"];
/// Operations of the server, and operations that name a world themselves.
const OF_SERVER: [&str; 2] = ["/worlds", "/fixtures"];

/// Adds the world of the request as an extension of type `Arc<World>`. Writes create the world. Reads of a world that does
/// not exist see one in its initial state.
pub(super) async fn resolve(
    Extract(worlds): Extract<Arc<Worlds>>,
    mut request: Request,
    next: Next,
) -> Response {
    let changes = changes_world(request.method(), request.uri().path());
    let name = request.extensions().get::<WorldName>().and_then(|name| name.0.as_deref()).unwrap_or(DEFAULT);
    let found = match changes {
        true => worlds.get_or_create(name).map(|(world, _)| world),
        false => worlds.view(name),
    };
    let world = match found {
        Ok(world) => world,
        Err(refusal) => return Problem::from(refusal).into_response(),
    };
    request.extensions_mut().insert(world.clone());
    let response = next.run(request).await;
    if changes {
        world.state().mark(|| ChangedPart::Configuration);
    }
    response
}

fn changes_world(method: &Method, path: &str) -> bool {
    let operation = path.strip_prefix(PREFIX).unwrap_or(path);
    let is_below = |prefix: &str| {
        operation.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    !method.is_safe() && !READS.contains(&operation) && !OF_SERVER.into_iter().any(is_below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_writes_to_a_world_change_it() {
        for (method, path, expected) in [
            (Method::GET, "/_scandouble/journal", false),
            (Method::HEAD, "/_scandouble/samples", false),
            (Method::DELETE, "/_scandouble/journal", true),
            (Method::POST, "/_scandouble/reset", true),
            (Method::POST, "/_scandouble/verify", false),
            (Method::PUT, "/_scandouble/worlds/w", false),
            (Method::DELETE, "/_scandouble/worlds/w", false),
            (Method::POST, "/_scandouble/fixtures/reload", false),
            (Method::PUT, "/_scandouble/settings/auth", true),
        ] {
            assert_eq!(changes_world(&method, path), expected, "{method} {path}");
        }
    }
}
