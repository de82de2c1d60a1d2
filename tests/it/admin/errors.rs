//! Errors of the admin API: every operation refuses unknown parameters and fields, with its own messages.

use serde_json::{Value, json};

use super::openapi::{FIXTURE, document, operations, substitute_path};
use super::{call_admin, emulator, get_json, problem};
use crate::harness::{ask, get, start};

/// Parts of error messages of serde, axum and their parsers.
const LIBRARY_WORDS: [&str; 10] = [
    "invalid type",
    "expected struct",
    "expected a boolean",
    "did not match",
    "variant",
    "missing field `",
    "EOF",
    "Failed to",
    "deserialize",
    "at line 1 column",
];

#[tokio::test]
async fn every_operation_refuses_unknown_query_parameters() {
    let emulator = start(FIXTURE).await;
    let mut tried = 0;
    let document = document();
    for (path, method, _) in operations(&document) {
        for prefix in ["", "/_world/nobody"] {
            let path = format!("{prefix}{}", substitute_path(path));
            let answer =
                ask(&method.to_ascii_uppercase(), &format!("{path}?unheard_of=1")).send(&emulator).await;
            let detail = problem(&answer, 400);
            assert!(detail.starts_with("unknown parameter `unheard_of`; "), "{method} {path}: {detail}");
            tried += 1;
        }
    }
    assert!(tried > 80, "{tried}");
    let worlds = get_json(&emulator, "/_scandouble/worlds").await;
    assert_eq!(
        worlds["worlds"].as_array().map(Vec::len),
        Some(1),
        "a refused request creates no world: {worlds}"
    );
}

#[tokio::test]
async fn unknown_parameters_come_with_advice() {
    let emulator = emulator().await;
    for (method, path, detail) in [
        (
            "PUT",
            "/_scandouble/scenarios/maintenance?api=metadefender-cloud",
            "unknown parameter `api`; send `api` as a field of the JSON body",
        ),
        ("GET", "/_scandouble/journal?behavoir=x", "unknown parameter `behavoir`; did you mean `behaviour`?"),
        ("GET", "/_scandouble/behaviours?name=x", "unknown parameter `name`; use one of `api`"),
        (
            "GET",
            "/_world/a/_scandouble/clock?now",
            "unknown parameter `now`; GET /_scandouble/clock takes no parameters",
        ),
        ("GET", "/_scandouble?x=1", "unknown parameter `x`; GET /_scandouble/ takes no parameters"),
    ] {
        assert_eq!(problem(&ask(method, path).send(&emulator).await, 400), detail, "{method} {path}");
    }
    let faults = get_json(&emulator, "/_scandouble/faults").await;
    assert_eq!(faults["faults"], json!([]), "a refused request changes nothing");
    assert_eq!(get("/_scandouble/journal?limit=1&since=0").send(&emulator).await.status, 200);
    let head = ask("HEAD", "/_scandouble/clock?now=1").send(&emulator).await;
    assert_eq!((head.status, head.text()), (400, ""));
}

/// The JSON example of an operation's body.
fn example(operation: &Value) -> Option<Value> {
    let examples = operation["requestBody"]["content"]["application/json"]["examples"].as_object()?;
    examples.values().next().map(|example| example["value"].clone())
}

#[tokio::test]
async fn every_operation_refuses_unknown_fields() {
    let document = document();
    let mut tried = 0;
    for (path, method, operation) in operations(&document) {
        let Some(mut body) = example(operation) else { continue };
        let emulator = start(FIXTURE).await;
        body["unheard_of"] = json!(1);
        let path = substitute_path(path);
        let answer = call_admin(&emulator, &method.to_ascii_uppercase(), &path, &body.to_string()).await;
        let detail = problem(&answer, 422);
        assert!(detail.contains("unheard_of"), "{method} {path}: {detail}");
        tried += 1;
    }
    assert!(tried >= 10, "{tried}");
}

#[tokio::test]
async fn unknown_fields_come_with_their_path_and_a_suggestion() {
    let emulator = emulator().await;
    for (method, path, body, detail) in [
        (
            "POST",
            "/_scandouble/faults",
            r#"{"then":{"status":503,"retryafter":1}}"#,
            "unknown field `then.retryafter`; did you mean `retry_after`?",
        ),
        ("PUT", "/_scandouble/clock", r#"{"frosen":true}"#, "unknown field `frosen`; did you mean `frozen`?"),
        (
            "POST",
            "/_scandouble/verify",
            r#"{"expectations":[{"call":{}},{"call":{"behavoir":"x"}}]}"#,
            "unknown field `expectations[1].call.behavoir`; did you mean `behaviour`?",
        ),
        (
            "POST",
            "/_scandouble/faults",
            r#"{"then":{"delivery":"rest"}}"#,
            "`then.delivery`: unknown value \"rest\"; did you mean \"reset\"?",
        ),
        (
            "POST",
            "/_scandouble/faults",
            r#"{"then":{"latency":5}}"#,
            "`then.latency` must be a duration such as \"2s\", {\"from\": \"1s\", \"to\": \"3s\"} or {\"p50\": \"100ms\", \"p99\": \"2s\"}",
        ),
        (
            "POST",
            "/_scandouble/verify",
            r#"{"expectations":[{"call":{},"times":"two"}]}"#,
            "`expectations[0].times` must be a number of calls, such as 2, or a range, such as {\"min\": 1, \"max\": 3}",
        ),
        ("POST", "/_scandouble/clock/advance", "[1]", "the body must be a JSON object, not [1]"),
        ("POST", "/_scandouble/clock/advance", "", "the field `by` is missing"),
        ("PATCH", "/_scandouble/settings", "[]", "the body must be a JSON object, not []"),
    ] {
        assert_eq!(problem(&call_admin(&emulator, method, path, body).await, 422), detail, "{body}");
    }
}

#[tokio::test]
async fn bodies_that_are_not_json_are_refused_with_the_place() {
    let emulator = emulator().await;
    for (body, detail) in [
        ("{", "the body is not valid JSON: at its end: "),
        ("{\"frozen\":\ntrue,}", "the body is not valid JSON: line 2, column 5: "),
        ("{\"frozen\":true,\"frozen\":false}", "the body is not valid JSON: at `\"frozen\":false}`: "),
        ("frozen=true", "the body is not valid JSON: at `frozen=true`: "),
    ] {
        let problem = problem(&call_admin(&emulator, "PUT", "/_scandouble/clock", body).await, 400);
        assert!(problem.starts_with(detail), "{body}: {problem}");
    }
}

#[tokio::test]
async fn what_went_wrong_on_the_way_is_named() {
    let emulator = emulator().await;
    let load = || ask("POST", "/_scandouble/samples");
    let flattened = "samples:  - name: a.exe    content: x    verdict: clean";
    let detail = problem(&load().form(flattened).send(&emulator).await, 422);
    assert!(
        detail.ends_with(
            "\nthe body is a single line: curl -d @FILE removes line breaks; send files with --data-binary @FILE"
        ),
        "{detail}"
    );
    let lines = r#"{"name": "a", "content": "x", "verdict": "clean"}{"name": "b", "content": "y"}"#;
    let detail = problem(&load().form(lines).send(&emulator).await, 422);
    assert!(detail.contains("--data-binary @FILE"), "{detail}");
    // A JSON document may well be one line.
    let detail = problem(&load().form(r#"{"samples": [{"nam": "a"}]}"#).send(&emulator).await, 422);
    assert!(!detail.contains("--data-binary"), "{detail}");

    let form = load().header("Content-Type", "multipart/form-data; boundary=x").body("--x--");
    assert_eq!(
        problem(&form.send(&emulator).await, 400),
        "the body is a multipart form; send the file itself: curl --data-binary @FILE instead of -F file=@FILE"
    );
    for body in [&b"\xff\xfes\0"[..], b"\xfe\xff\0s"] {
        let detail = problem(&load().body(body).send(&emulator).await, 400);
        assert_eq!(detail, "the body is UTF-16; save the file as UTF-8");
    }
    let spaced = "samples:\n  - name:\u{a0}a.exe\n    content: x\n    verdict: clean\n";
    let detail = problem(&load().body(spaced).send(&emulator).await, 422);
    assert!(
        detail.contains(
            "request:2:10: a no-break space stands here, which YAML takes for a letter; replace it with an ordinary space"
        ),
        "{detail}"
    );
    let detail = problem(&load().body("{\"samples\":\u{a0}[]}").send(&emulator).await, 422);
    assert!(detail.contains("1:12: expected a value, found a no-break space, where JSON allows"), "{detail}");
    let detail = problem(&load().body("name;verdict\na;clean\n").send(&emulator).await, 422);
    assert!(detail.contains("1:1: the cells are separated by semicolons"), "{detail}");
    assert_eq!(get_json(&emulator, "/_scandouble/worlds").await["worlds"][0]["own_samples"], 0);
}

#[tokio::test]
async fn american_spelling_and_yaml_are_accepted() {
    let emulator = emulator().await;
    let unmet = r#"{"expectations":[{"call":{"behavior":"*/hash.found"}}]}"#;
    assert_eq!(call_admin(&emulator, "POST", "/_scandouble/verify", unmet).await.status, 409);
    assert_eq!(get("/_scandouble/journal?behavior=hash.found").send(&emulator).await.status, 200);
    let yaml =
        |text: &str| ask("POST", "/_scandouble/verify").header("Content-Type", "application/yaml").body(text);
    let text = "expectations:\n  - call: { behaviour: '*/hash.found' }\n    times: 0\n";
    assert_eq!(yaml(text).send(&emulator).await.status, 200);
    assert_eq!(
        problem(&yaml("expectations:\n  - cal: {}\n").send(&emulator).await, 422),
        "unknown field `expectations[0].cal`; did you mean `call`?"
    );
    let detail = problem(&yaml("expectations:\n  - call: {\n").send(&emulator).await, 400);
    assert!(detail.starts_with("the body is not valid YAML: line "), "{detail}");
}

#[tokio::test]
async fn error_messages_of_libraries_are_not_sent_to_clients() {
    let document = document();
    let emulator = start(FIXTURE).await;
    let bodies = [
        "{",
        "[",
        "nul",
        "[1]",
        "5",
        "\"x\"",
        "null",
        r#"{"a":1}"#,
        r#"{"then":5}"#,
        r#"{"then":{"status":"x"}}"#,
        r#"{"match":[],"then":{}}"#,
        r#"{"when":{"next":"x"},"then":{}}"#,
        r#"{"expectations":{}}"#,
        r#"{"parts":[1]}"#,
        r#"{"frozen":1}"#,
        r#"{"at":1}"#,
        r#"{"api":1}"#,
        "\u{0}",
        "{\"a\":\"\\ud800\"}",
        "1e999",
    ];
    let mut tried = 0;
    for (path, method, operation) in operations(&document) {
        if operation.get("requestBody").is_none() {
            continue;
        }
        for body in bodies {
            let path = substitute_path(path);
            let answer = call_admin(&emulator, &method.to_ascii_uppercase(), &path, body).await;
            if answer.status < 400 {
                continue;
            }
            let detail = problem(&answer, answer.status);
            for words in LIBRARY_WORDS {
                assert!(!detail.contains(words), "{method} {path} {body}: {detail}");
            }
            tried += 1;
        }
    }
    assert!(tried > 100, "{tried}");
    for path in ["journal?limit=x", "journal?since=-1", "samples?offset=1.5", "journal?limit=1&limit=2"] {
        let detail = problem(&get(&format!("/_scandouble/{path}")).send(&emulator).await, 400);
        for words in LIBRARY_WORDS {
            assert!(!detail.contains(words), "{path}: {detail}");
        }
    }
}
