//! `GET /`: the list of operations, as a page for a browser and as JSON otherwise.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Extension;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, header};
use serde::Serialize;

use super::openapi::{self, Operation};
use super::response::{is_browser, ok};
use super::worlds::prefix;
use crate::clock::with_millis;
use crate::findings::page::{escaped, framed, with_code};
use crate::worlds::World;

#[derive(Debug, Serialize)]
struct Index<'a> {
    name: &'static str,
    version: &'static str,
    world: &'a str,
    now: String,
    operations: Vec<Operation>,
}

pub(super) async fn get(Extension(world): Extension<Arc<World>>, headers: HeaderMap) -> Response {
    let prefix = prefix(&world);
    let mut operations = openapi::operations();
    operations.iter_mut().for_each(|operation| operation.path.insert_str(0, &prefix));
    let index = Index {
        name: "scandouble",
        version: env!("CARGO_PKG_VERSION"),
        world: world.name(),
        now: with_millis(world.state().clock.now()),
        operations,
    };
    match is_browser(&headers) {
        true => ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page(&index)).into_response(),
        false => ok(index).into_response(),
    }
}

fn page(index: &Index<'_>) -> String {
    let mut body = format!(
        "<p class=\"note\">scandouble {}. The clock of this world shows {}. To address another world, put \
         <code>/_world/name</code> in front of a path.</p>\n",
        index.version, index.now
    );
    let tables = index.operations.chunk_by(|one, next| one.tag == next.tag);
    for operations in tables {
        let tag = operations.first().map_or("", |operation| operation.tag.as_str());
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
            let (method, what) = (&operation.method, with_code(&operation.summary));
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
