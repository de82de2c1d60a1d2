//! Verification of expectations in the admin API.

use serde_json::{Value, json};

use crate::admin::{KNOWN, call_admin, emulator, look_up, problem};
use crate::harness::{self, Answer, get, post};

const OTHER: &str = "00000000000000000000000000000000";

async fn verify(emulator: &scandouble::Emulator, verification: Value) -> Answer {
    call_admin(emulator, "POST", "/_scandouble/verify", &verification.to_string()).await
}

#[track_caller]
fn assert_verified(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.json()["detail"].as_str().unwrap_or_default());
    let body = answer.json();
    assert_eq!(body["verified"], true);
    body
}

async fn bulk(emulator: &scandouble::Emulator, hashes: &[&str]) -> Answer {
    let body = json!({"rl": {"query": {"hash_type": "md5", "hashes": hashes}}}).to_string();
    post("/api/rescan/v1/bulk_query/json").basic("u/one", "p").json(&body).send(emulator).await
}

#[tokio::test]
async fn ordered_calls_with_hashes_and_counts_can_be_expected() {
    let emulator = emulator().await;
    bulk(&emulator, &[KNOWN, OTHER]).await;
    look_up(&emulator, "", KNOWN).await;
    bulk(&emulator, &[OTHER]).await;
    let call = |hashes: Value| json!({"call": {"behaviour": "rescan.bulk.ok", "hashes": hashes}, "times": 1});
    let verification = |first: Value, second: Value| {
        json!({
            "expectations": [
                call(first),
                call(second),
                {"call": {"behaviour": "rescan.bulk.ok"}, "times": 2, "anywhere": true},
                {"call": {"api": "metadefender-cloud", "header": {"apikey": null}}, "times": 0},
            ],
            "in_order": true,
        })
    };
    let both = json!([OTHER, KNOWN.to_uppercase()]);
    let body = assert_verified(&verify(&emulator, verification(both.clone(), json!([OTHER]))).await);
    assert_eq!(body["considered"], 3);
    assert_eq!(body["expectations"][0], json!({"wanted": "exactly 1", "matched": 1, "calls": [1]}));
    assert_eq!(body["expectations"][2]["calls"], json!([1, 3]));
    assert_eq!(body["expectations"][3], json!({"wanted": "none", "matched": 0, "calls": []}));

    let answer = verify(&emulator, verification(json!([OTHER]), both)).await;
    let message = problem(&answer, 409);
    assert_eq!(
        message,
        "out of order: number 1, POST /api/rescan/v1/bulk_query/json → 200, spectra-intelligence/rescan.bulk.ok came \
         where expectations[0] was expected"
    );
    assert_eq!(answer.json()["out_of_order"]["expected"], json!([0]));
}

#[tokio::test]
async fn failures_list_the_nearest_calls_with_their_differences() {
    let emulator = emulator().await;
    get("/nowhere").send(&emulator).await;
    look_up(&emulator, "", OTHER).await;
    let verification = json!({"expectations": [{
        "call": {
            "api": "metadefender-cloud",
            "status": 200,
            "method": "POST",
            "header": {"apikey": "k8", "x-more": "1"},
            "body": {"hash": [KNOWN]},
        },
        "times": {"min": 1, "max": 3},
    }]});
    let answer = verify(&emulator, verification).await;
    let message = problem(&answer, 409);
    assert_eq!(
        message,
        format!(
            "expectations[0]: wanted 1 to 3, received 0\n\
             \x20 number 2, POST /v2/hash → 200, metadefender-cloud/bulk.unknown differs:\n\
             \x20   header apikey: wanted k***, was k***\n\
             \x20   header x-more: wanted 1, was none\n\
             \x20   body: wanted {{\"hash\":[\"{KNOWN}\"]}}, was {{\"hash\":[\"{OTHER}\"]}}\n\
             \x20 number 1, GET /nowhere → 404 differs:\n\
             \x20   api: wanted metadefender-cloud, was none\n\
             \x20   method: wanted POST, was GET\n\
             \x20   status: wanted 200, was 404\n\
             \x20   header apikey: wanted k***, was none\n\
             \x20   header x-more: wanted 1, was none\n\
             \x20   body: wanted {{\"hash\":[\"{KNOWN}\"]}}, was none"
        )
    );
    let body = answer.json();
    assert_eq!((&body["verified"], &body["outcome"]), (&json!(false), &json!("failed")));
    assert_eq!(body["unmet"][0]["nearest"][0]["number"], 2);
    assert_eq!(
        body["unmet"][0]["nearest"][0]["differences"][1],
        json!({"what": "header x-more", "wanted": "1", "was": "none"})
    );
    assert_eq!(body["received"][0]["request"], "GET /nowhere");
}

#[tokio::test]
async fn times_is_an_exact_number_or_a_range() {
    let emulator = emulator().await;
    for _ in 0..3 {
        look_up(&emulator, "", KNOWN).await;
    }
    for (times, holds) in [
        (json!(null), true),
        (json!(3), true),
        (json!(2), false),
        (json!(0), false),
        (json!({"min": 3}), true),
        (json!({"min": 4}), false),
        (json!({"max": 3}), true),
        (json!({"max": 2}), false),
        (json!({"min": 1, "max": 3}), true),
    ] {
        let verification = json!({"expectations": [{"call": {"path": "/v2/*"}, "times": times}]});
        let answer = verify(&emulator, verification).await;
        assert_eq!(answer.status, if holds { 200 } else { 409 }, "{times}: {}", answer.text());
    }
}

#[tokio::test]
async fn every_part_of_a_call_can_be_expected() {
    let emulator = emulator().await;
    post("/api/samples/analyze_bulk/?a=b%20c&a=d")
        .header("X-One", "first")
        .form(&format!("hash_value={KNOWN}&hash_value=nonsense&analysis=core"))
        .send(&emulator)
        .await;
    for (call, holds) in [
        (json!({"query": {"a": "b c"}}), true),
        (json!({"query": {"a": "d", "b": null}}), true),
        (json!({"query": {"a": null}}), false),
        (json!({"header": {"X-ONE": "fir*"}}), true),
        (json!({"header": {"x-one": "*"}}), true),
        (json!({"header": {"x-two": "*"}}), false),
        (json!({"header": {"content-length": 68}}), false),
        (json!({"body": {"hash_value": [KNOWN, "nonsense"]}}), true),
        (json!({"body": {"analysis": "core"}}), true),
        (json!({"body": {"analysis": "cloud"}}), false),
        (json!({"body": "text"}), false),
        (json!({"hashes": [KNOWN]}), true),
        (json!({"hashes": [KNOWN, "NONSENSE"]}), true),
        (json!({"hashes": [KNOWN, "other"]}), false),
        (json!({"hashes": [KNOWN, KNOWN]}), false),
        (json!({"hashes": []}), false),
        (json!({"hash": KNOWN[..8].to_uppercase()}), true),
        (json!({"hash": "00000000"}), false),
        (json!({"finding": "any", "query": {"a": "d"}}), true),
    ] {
        let answer = verify(&emulator, json!({"expectations": [{"call": call}]})).await;
        assert_eq!(answer.status, if holds { 200 } else { 409 }, "{call}: {}", answer.text());
    }
}

#[tokio::test]
async fn nothing_else_among_and_since_limit_the_calls_considered() {
    let emulator = emulator().await;
    look_up(&emulator, "", KNOWN).await;
    get("/nowhere").send(&emulator).await;
    let expectations = json!([{"call": {"path": "/v2/hash"}}]);
    let answer = verify(&emulator, json!({"expectations": expectations, "nothing_else": true})).await;
    assert_eq!(problem(&answer, 409), "unexpected: number 2, GET /nowhere → 404");
    let among = json!({"api": "metadefender-cloud"});
    assert_verified(
        &verify(&emulator, json!({"expectations": expectations, "nothing_else": true, "among": among})).await,
    );
    let answer = verify(&emulator, json!({"expectations": expectations, "since": 1})).await;
    assert!(problem(&answer, 409).starts_with("expectations[0]: wanted at least 1, received 0"));
    assert_verified(&verify(&emulator, json!({"expectations": [], "nothing_else": true, "since": 2})).await);
    let answer = verify(&emulator, json!({"expectations": expectations, "since": 2})).await;
    assert!(
        problem(&answer, 409)
            .ends_with("no call was received; check the client's base address and the world")
    );
}

#[tokio::test]
async fn dropped_entries_are_not_treated_as_absent() {
    let emulator =
        harness::start_with("samples: []", |builder| builder.setting("journal-entries", "2")).await;
    for path in ["/a", "/b", "/a", "/b"] {
        get(path).send(&emulator).await;
    }
    let ask = |path: &str, times: Value| json!({"call": {"path": path}, "times": times});
    let unknown = [
        json!({"expectations": [ask("/a", json!(1))]}),
        json!({"expectations": [ask("/c", json!(0))]}),
        json!({"expectations": [ask("/a", json!({"min": 1, "max": 5}))]}),
        json!({"expectations": [ask("/a", json!({"min": 1}))], "nothing_else": true, "among": {"path": "/a"}}),
        json!({"expectations": [ask("/a", json!({"min": 1})), ask("/b", json!({"min": 1}))], "in_order": true}),
    ];
    for verification in unknown {
        let answer = verify(&emulator, verification.clone()).await;
        let message = problem(&answer, 409);
        assert!(
            message.starts_with("unknown: the journal dropped 2 of the entries to verify"),
            "{verification}: {message}"
        );
        assert_eq!((&answer.json()["outcome"], &answer.json()["dropped"]), (&json!("unknown"), &json!(2)));
    }
    // The missing calls may have been dropped.
    let answer = verify(&emulator, json!({"expectations": [ask("/c", json!(null))]})).await;
    assert!(problem(&answer, 409).contains("the result may be incomplete: the journal dropped 2 entries"));
    // These have the same result whatever was dropped.
    assert_verified(&verify(&emulator, json!({"expectations": [ask("/a", json!(null))]})).await);
    assert_verified(&verify(&emulator, json!({"expectations": [ask("/a", json!(1))], "since": 2})).await);
    harness::ask("DELETE", "/_scandouble/journal").send(&emulator).await;
    assert_verified(&verify(&emulator, json!({"expectations": [ask("/a", json!(0))]})).await);
}

#[tokio::test]
async fn invalid_expectations_are_refused() {
    let emulator = emulator().await;
    for (verification, status, detail) in [
        (json!({"expectations": []}), 422, "expectations: at least one, or nothing_else"),
        (
            json!({"expectations": [{"call": {"behaviour": "bulk.okay"}}]}),
            422,
            "expectations[0].call.behaviour: nothing in the catalogue is \"bulk.okay\"; did you mean bulk.ok?",
        ),
        (
            json!({"expectations": [{"call": {}, "times": {"min": 2, "max": 1}}]}),
            422,
            "expectations[0].times: max is 1, less than min, 2",
        ),
        (
            json!({"expectations": [{"call": {"header": {"a": []}}}]}),
            422,
            "expectations[0].call.header.a: text",
        ),
        (
            json!({"expectations": [{"call": {"hsah": "a"}}]}),
            422,
            "unknown field `expectations[0].call.hsah`; did you mean `hash`?",
        ),
        (json!({"expectations": [{"call": {}, "times": -1}]}), 422, ""),
        (json!([]), 422, ""),
    ] {
        let answer = verify(&emulator, verification.clone()).await;
        let message = problem(&answer, status);
        assert!(message.starts_with(detail), "{verification}: {message}");
    }
    let answer = call_admin(&emulator, "POST", "/_scandouble/verify", "{").await;
    problem(&answer, 400);
}

#[tokio::test]
async fn the_size_of_a_verification_is_limited() {
    let emulator = emulator().await;
    let call = json!({"call": {}});
    let long = "*".repeat(8193);
    for (verification, detail) in [
        (
            json!({"expectations": vec![call; 1001]}),
            "expectations: at most 1000 at a time, and these are 1001; ask in several requests",
        ),
        (
            json!({"expectations": [{"call": {"path": long}}]}),
            "expectations[0].call.path: a pattern has at most 8192 bytes, and this has 8193; use * for the rest",
        ),
        (
            json!({"expectations": [{"call": {"header": {"a": long}}}]}),
            "expectations[0].call.header.a: a pattern has at most 8192 bytes",
        ),
        (
            json!({"expectations": [{"call": {"hashes": vec!["no hash"; 101]}}]}),
            "expectations[0].call.hashes: at most 100 of them may be something other than a hash, and 101 are",
        ),
        (
            json!({"expectations": [{"call": {"hashes": ["x".repeat(129)]}}]}),
            "expectations[0].call.hashes: a hash has at most 128 digits, and this has 129 bytes; shorten it",
        ),
    ] {
        let message = problem(&verify(&emulator, verification).await, 422);
        assert!(message.starts_with(detail), "{message}");
    }
}

/// Each body is parsed once, not once per expectation, which took minutes.
#[tokio::test]
async fn many_expectations_parse_a_large_body_once() {
    let emulator = emulator().await;
    let fields: Vec<String> = (0..100_000).map(|number| format!("\"k{number}\":1")).collect();
    let body = format!("{{{}}}", fields.join(","));
    post("/v2/hash").header("apikey", "k7").json(&body).send(&emulator).await;
    let calls: Vec<_> = (0..300)
        .map(|number| json!({"call": {"body": {format!("k{number}"): 2}, "api": "spectra-analyze"}}))
        .collect();
    let started = scandouble::internals::clock::stopwatch();
    let answer = verify(&emulator, json!({"expectations": calls})).await;
    assert_eq!(answer.status, 409);
    assert_eq!(answer.json()["unmet"].as_array().map(Vec::len), Some(300));
    assert!(started.elapsed() < std::time::Duration::from_secs(60), "{:?}", started.elapsed());
}
