//! `docs/behaviours.md` lists the behaviours of the catalogue.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::harness::{get, start_builtin};

const HEAD: &str = "\
# Behaviours

Every behaviour that an emulated API can answer, with its grade and its source.

A behaviour is one way of answering: a result, a refusal, an error. Its full name has the API in front, as in
`metadefender-core/hash.not-found`; the tables leave that out. [Provenance and behaviours](provenance-and-behaviours.md)
explains the grades of status and body. `scandouble behaviours` and `GET /_scandouble/behaviours` list the same for the
running version.

This page is generated from the source code. After a change, regenerate it with
`UPDATE_DOCS=1 cargo test --test it every_behaviour::page`.
";

#[tokio::test]
async fn docs_list_every_behaviour() {
    let emulator = start_builtin().await;
    let answer = get("/_scandouble/behaviours").send(&emulator).await.json();
    let page = page(answer["behaviours"].as_array().expect("a list"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/behaviours.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("the page is written");
    }
    let written = std::fs::read_to_string(&path).expect("the page");
    for (number, (written, generated)) in written.lines().zip(page.lines()).enumerate() {
        assert_eq!(
            written,
            generated,
            "docs/behaviours.md:{}; regenerate it with UPDATE_DOCS=1 cargo test --test it every_behaviour::page",
            number + 1
        );
    }
    assert_eq!(written, page);
}

/// The page for these behaviours, which are sorted by API.
fn page(behaviours: &[Value]) -> String {
    let mut page = HEAD.to_owned();
    let mut api = "";
    for behaviour in behaviours {
        let text = |field: &Value| field.as_str().expect("a text").replace('|', "\\|");
        if behaviour["api"] != api {
            api = behaviour["api"].as_str().expect("a name");
            let _ = write!(
                page,
                "\n## {api}\n\n| id | when | status | body | source | since |\n|---|---|---|---|---|---|\n"
            );
        }
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {} | {} |",
            text(&behaviour["id"]),
            text(&behaviour["summary"]),
            text(&behaviour["grade"]["status"]),
            text(&behaviour["grade"]["body"]),
            text(&behaviour["source"]),
            text(&behaviour["since"])
        );
    }
    assert!(page.matches("\n| `").count() > 100, "{page}");
    page
}
