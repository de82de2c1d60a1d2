//! The pages of the console, made from templates whose texts are escaped.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};

use super::{FILES, SCRIPT};
use crate::admin::problem::Problem;
use crate::vendors::{self, Vendor};
use crate::worlds::World;

/// The policy of the console: its own files, its own server, no inline scripts or styles, and no text that becomes HTML.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// What all pages have: the head and the links to the panels.
pub(super) struct Shell<'a> {
    /// The relative address of the console's page. Relative ones work below the prefix of any world or proxy.
    pub(super) base: &'static str,
    pub(super) world: &'a str,
    /// The panel of this page.
    pub(super) panel: &'static str,
}

impl Shell<'_> {
    /// The panels that scripts draw.
    pub(super) const PANELS: &'static [(&'static str, &'static str)] = &[
        ("live", "Live"),
        ("samples", "Samples"),
        ("world", "World"),
        ("accounts", "Accounts"),
        ("coverage", "Coverage"),
    ];
}

#[derive(Template)]
#[template(path = "index.html", config = "src/askama.toml")]
struct Index<'a> {
    shell: Shell<'a>,
    version: &'static str,
    apis: &'static [&'static Vendor],
    /// The browser loads them at once, instead of one after the other as they import each other.
    scripts: Vec<&'static str>,
}

/// The first page.
pub(in crate::admin) fn index(world: &World) -> Response {
    let scripts = FILES.iter().filter(|file| file.content_type == SCRIPT && file.name != "reference.js");
    respond(&Index {
        shell: Shell { base: "", world: world.name(), panel: "live" },
        version: env!("CARGO_PKG_VERSION"),
        apis: &vendors::ALL,
        scripts: scripts.map(|file| file.name).collect(),
    })
}

/// The answer with a page.
pub(super) fn respond(page: &impl Template) -> Response {
    let head = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    match page.render() {
        Ok(text) => (head, text).into_response(),
        Err(error) => {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "No page", error.to_string()).into_response()
        }
    }
}
