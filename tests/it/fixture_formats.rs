//! Fixtures in YAML, JSON, JSON Lines and CSV, given by the admin API, `samples load` or standard input.

use serde_json::{Value, json};

use crate::harness::program::{Running, file, outcome, outcome_fed, program};
use crate::harness::{Answer, post, start};

const CSV: &str = "name,md5,verdict\na.exe,0cc175b9c0f1b6a831c399e269772661,infected\nnull,,clean\n";
const ROW: &str = r#"{"name": "a.exe", "content": "a", "verdict": "infected"}"#;

async fn upload(kind: Option<&str>, body: &str) -> Answer {
    let emulator = start("samples: []").await;
    let ask = post("/_scandouble/samples").body(body);
    let ask = match kind {
        Some(kind) => ask.header("Content-Type", kind),
        None => ask,
    };
    ask.send(&emulator).await
}

/// Uploads a fixture; returns the names of the loaded samples.
async fn loaded(kind: Option<&str>, body: &str) -> Vec<String> {
    let answer = upload(kind, body).await;
    assert_eq!(answer.status, 200, "{kind:?} {}", answer.text());
    let loaded = answer.json()["loaded"].as_array().expect("samples").clone();
    loaded.iter().map(|one| one["name"].as_str().expect("a name").to_owned()).collect()
}

#[tokio::test]
async fn the_admin_api_accepts_json_lines_and_csv() {
    let csv = CSV.replace("null,,", "null,92eb5ffee6ae2fec3ad71c777531578f,");
    for kind in [None, Some("text/csv; charset=utf-8"), Some("application/x-www-form-urlencoded")] {
        // A cell is text, even one that would be null in YAML.
        assert_eq!(loaded(kind, &csv).await, ["a.exe", "null"], "{kind:?}");
    }
    for kind in [None, Some("application/x-ndjson"), Some("application/json")] {
        assert_eq!(loaded(kind, ROW).await, ["a.exe"], "{kind:?}");
    }
    // The content type takes precedence over detection.
    assert_eq!(
        loaded(Some("application/yaml"), "{samples: [{name: a, content: a, verdict: clean}]}").await,
        ["a"]
    );
    let refused = upload(Some("text/csv"), "samples: []").await;
    assert_eq!((refused.status, &refused.json()["errors"][0]["code"]), (422, &json!("column")));
}

#[tokio::test]
async fn broken_lines_and_cells_are_reported_with_position() {
    for (body, expected) in [
        (format!("{ROW}\nname: b\n"), "request:2:1: "),
        (
            format!("{ROW}\n{{\"name\": \"b\"\n"),
            "request:2:13: expected a comma or }, found the end of the line",
        ),
        (
            CSV.replace("verdict", "verdikt"),
            "request:1:10: unknown column \"verdikt\"; did you mean \"verdict\"?",
        ),
        (CSV.to_owned(), "request:3:1: the sample has no hash; "),
    ] {
        let refused = upload(None, &body).await;
        let detail = refused.json()["detail"].as_str().expect("a detail").to_owned();
        assert!(refused.status == 422 && detail.starts_with(expected), "{detail}");
    }
}

#[test]
fn the_format_of_standard_input_is_detected() {
    let (_, row, _) = outcome(&mut program(&["generate", "--count", "1", "--seed", "7"]));
    assert_eq!(row.lines().count(), 1);
    let csv =
        "sha256,name,verdict\n5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03,~,clean\n";
    for text in [row.as_str(), csv] {
        let (code, out, _) = outcome_fed(&mut program(&["check", "-"]), text);
        assert_eq!((code, out.as_str()), (0, "1 sample: no errors or warnings\n"), "{text}");
    }
}

#[test]
fn samples_load_detects_the_format_by_file_name() {
    let running = Running::start(&mut program(&[
        "--log",
        "json",
        "--listen",
        "127.0.0.1:0",
        "--fixtures",
        "builtin:starter",
    ]));
    let url = format!("http://{}", running.address());
    let load = |name: &str, text: &str| {
        let path = file(name, text);
        let path = path.to_str().expect("a path").to_owned();
        let (code, out, err) = outcome(program(&["samples", "load", &path]).env("SCANDOUBLE_URL", &url));
        (code, out.replace(&path, name), err.replace(&path, name))
    };
    let csv = "name,verdict,content\na.exe,infected,a\n";
    for (name, text) in [
        ("load.csv", csv),
        ("load-without-extension", csv),
        ("load.jsonl", ROW),
        ("load.yaml", "{samples: [{name: a.exe, content: a, verdict: infected}]}"),
        (
            "load.json",
            "{\"samples\": [{\"name\": \"a.exe\", \"content\": \"a\", \"verdict\": \"infected\"}]}",
        ),
    ] {
        let (code, out, err) = load(name, text);
        assert!(code == 0 && out.starts_with(&format!("{name}: 1 sample")), "{out}{err}");
    }
    let (code, _, err) = load("load-bad.csv", "nome,verdict,content\na.exe,infected,a\n");
    assert!(code == 1 && err.starts_with("load-bad.csv:1:1: error: unknown column \"nome\""), "{err}");
    let list =
        outcome(program(&["samples", "list", "--name", "a.exe", "--json"]).env("SCANDOUBLE_URL", &url));
    let list: Value = serde_json::from_str(&list.1).expect("JSON");
    assert_eq!(list["samples"][0]["verdict"], "infected");
    running.end("TERM");
}
