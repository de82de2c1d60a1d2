//! `GET /`: the list of operations, as a page for a browser and as JSON otherwise.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Extension;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, header};
use schemars::JsonSchema;
use serde::Serialize;

use super::PREFIX;
use super::response::{is_browser, ok};
use super::table::Table;
use super::worlds::prefix;
use crate::clock::{Instant, with_millis};
use crate::findings::page::{escaped, framed, with_code};
use crate::worlds::World;

/// The operations, for one world.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct Index {
    #[schemars(extend("const" = "scandouble"))]
    name: &'static str,
    version: &'static str,
    /// The world of this path.
    world: String,
    /// The time of its clock.
    #[schemars(with = "Instant")]
    now: String,
    operations: Vec<Row>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(inline)]
struct Row {
    method: &'static str,
    /// With the prefix of the world, and with placeholders.
    path: String,
    summary: &'static str,
    /// The resource.
    #[serde(skip)]
    tag: &'static str,
}

pub(super) async fn get(
    Extension(world): Extension<Arc<World>>,
    Extension(table): Extension<&'static Table>,
    headers: HeaderMap,
) -> Response {
    let prefix = prefix(&world);
    let rows = table.0.iter().flat_map(|resource| resource.operations.iter().map(|one| (resource.name, one)));
    let operations = rows.map(|(tag, one)| Row {
        method: one.method.as_str(),
        path: format!("{prefix}{PREFIX}{}", one.path),
        summary: one.summary,
        tag,
    });
    let operations = operations.collect();
    let index = Index {
        name: "scandouble",
        version: env!("CARGO_PKG_VERSION"),
        world: world.name().to_owned(),
        now: with_millis(world.state().clock.now()),
        operations,
    };
    match is_browser(&headers) {
        true => ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page(&index)).into_response(),
        false => ok(index).into_response(),
    }
}

fn page(index: &Index) -> String {
    let mut body = format!(
        "<p class=\"note\">scandouble {}. The clock of this world shows {}. To address another world, put \
         <code>/_world/name</code> in front of a path.</p>\n",
        index.version, index.now
    );
    let tables = index.operations.chunk_by(|one, next| one.tag == next.tag);
    for operations in tables {
        let tag = operations.first().map_or("", |operation| operation.tag);
        let _ = writeln!(
            body,
            "<section id=\"{0}\"><h2>{0}</h2>\n<div class=\"scroll\"><table class=\"operations\"><tbody>",
            escaped(tag)
        );
        for operation in operations {
            let path = escaped(&operation.path);
            let path = match operation.method == "GET" && !path.contains('{') {
                true => format!("<a href=\"{path}\"><code>{path}</code></a>"),
                false => format!("<code>{path}</code>"),
            };
            let (method, what) = (&operation.method, with_code(operation.summary));
            let _ = writeln!(
                body,
                "<tr><td class=\"how\">{method}</td><td>{path}</td><td class=\"when\">{what}</td></tr>"
            );
        }
        body.push_str("</tbody></table></div></section>\n");
    }
    framed(
        &format!("{} · scandouble", index.world),
        "scandouble admin API",
        &format!("World {}", index.world),
        &body,
    )
}
