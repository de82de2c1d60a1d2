//! Findings about requests in the journal: advice and near misses.

use serde_json::Value;

use crate::admin::{KNOWN, call_admin, emulator, get_json, look_up};
use crate::harness::{self, Answer, advance, get, post};

const SINGLE: &str = "/api/rescan/v1/query/md5";

/// The findings of the newest entry, as `kind: text`.
async fn newest(emulator: &scandouble::Emulator) -> Vec<String> {
    let list = get_json(emulator, "/_scandouble/journal?limit=1").await;
    let findings = list["entries"][0]["findings"].as_array().expect("findings").clone();
    let text = |finding: &Value, name: &str| finding[name].as_str().expect("text").to_owned();
    findings.iter().map(|one| format!("{}: {}", text(one, "kind"), text(one, "text"))).collect()
}

fn near_miss(answer: &Answer) -> &str {
    answer.header("scandouble-near-miss").unwrap_or_default()
}

async fn bulk(emulator: &scandouble::Emulator, body: &str) -> Answer {
    let path = "/api/rescan/v1/bulk_query/json";
    let octets = "application/octet-stream";
    post(path).basic("u/one", "p").header("Content-Type", octets).body(body).send(emulator).await
}

#[tokio::test]
async fn unread_headers_parameters_and_fields_are_reported() {
    let emulator = emulator().await;
    post("/v2/hash?format=json")
        .header("apikey", "k7")
        .header("Include-Scan-Details", "1")
        .header("Accept", "*/*")
        .header("Sec-Fetch-Mode", "cors")
        .header("User-Agent", "test")
        .json(&format!("{{\"hash\":[\"{KNOWN}\"],\"hashes\":[]}}"))
        .send(&emulator)
        .await;
    assert_eq!(
        newest(&emulator).await,
        [
            "advice: the header include-scan-details was sent, but POST /v2/hash does not read it; \
             did you mean include_scan_details?",
            "advice: the query parameter format was sent, but POST /v2/hash does not read it; remove it",
            "advice: the body field hashes was sent, but POST /v2/hash does not read it; did you mean hash?",
        ]
    );
    get(&format!("{SINGLE}/{KNOWN}?format=json")).basic("u/one", "p").body("{}").send(&emulator).await;
    let found = newest(&emulator).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("advice: the query parameter format was sent"), "{found:?}");
    bulk(
        &emulator,
        &format!(r#"{{"rl":{{"query":{{"hash_type":"md5","hashes":["{KNOWN}"],"x":{{"y":1}}}}}}}}"#),
    )
    .await;
    let found = newest(&emulator).await;
    assert!(found[0].contains("the body field rl.query.x was sent"), "{found:?}");
}

#[tokio::test]
async fn only_the_first_ten_unread_fields_are_reported() {
    let emulator = harness::start("samples: []").await;
    let fields: Vec<String> = (0..50_000).map(|number| format!("\"k{number}\":1")).collect();
    let pairs: Vec<String> = (0..50_000).map(|number| format!("k{number}=1")).collect();
    let parts: String = (0..10_000)
        .map(|number| format!("--x\r\nContent-Disposition: form-data; name=k{number}\r\n\r\n1\r\n"))
        .collect();
    let asks = [
        post("/v2/hash").json(&format!("{{{}}}", fields.join(","))),
        post("/v2/hash").form(&pairs.join("&")),
        post("/v2/hash").header("Content-Type", "multipart/form-data; boundary=x").body(parts),
    ];
    for ask in asks {
        ask.send(&emulator).await;
        let found = newest(&emulator).await;
        let unread: Vec<_> = found.iter().filter(|text| text.contains("the body field k")).collect();
        assert_eq!(unread.len(), 10, "{unread:?}");
        assert!(unread[9].contains("the body field k9 was sent"), "{unread:?}");
    }
}

#[tokio::test]
async fn correct_requests_have_no_findings() {
    let emulator = emulator().await;
    look_up(&emulator, "", KNOWN).await;
    assert_eq!(newest(&emulator).await, [""; 0]);
    bulk(&emulator, &format!(r#"{{"rl":{{"query":{{"hash_type":"md5","hashes":["{KNOWN}"]}}}}}}"#)).await;
    assert_eq!(newest(&emulator).await, [""; 0]);
    let xml =
        format!("<rl><query><hash_type>md5</hash_type><hashes><item>{KNOWN}</item></hashes></query></rl>");
    let octets = "application/octet-stream";
    let ask =
        post("/api/rescan/v1/bulk_query/xml?format=json").basic("u/one", "p").header("Content-Type", octets);
    ask.body(xml).send(&emulator).await;
    assert_eq!(newest(&emulator).await, [""; 0]);
    get(&format!("/hash/{KNOWN}")).header("rule", "File scan").send(&emulator).await;
    assert_eq!(newest(&emulator).await, [""; 0]);
    post("/api/samples/analyze_bulk/")
        .form(&format!("hash_value={KNOWN}&analysis=core%2Ccloud"))
        .send(&emulator)
        .await;
    assert_eq!(newest(&emulator).await, [""; 0]);
}

#[tokio::test]
async fn contents_of_uploaded_files_are_not_searched() {
    let emulator = emulator().await;
    let file = format!("{{\"any\":\"{KNOWN} {KNOWN}\"}}");
    let answer = post("/file").header("filename", "a.json").body(file).send(&emulator).await;
    let found = newest(&emulator).await;
    assert!(answer.status == 200 && !found.iter().any(|text| text.starts_with("advice")), "{found:?}");
}

#[tokio::test]
async fn repeated_hashes_are_reported() {
    let emulator = emulator().await;
    let body = format!("{{\"hash\":[\"{KNOWN}\",\"{}\"]}}", KNOWN.to_uppercase());
    post("/v2/hash").header("apikey", "k7").json(&body).send(&emulator).await;
    assert_eq!(
        newest(&emulator).await,
        [format!("advice: {KNOWN} is sent 2 times in one request; once is enough")]
    );
    // This multipart boundary has the form of a hash, and must not be taken for one.
    let boundary = "0123456789abcdef0123456789abcdef";
    let part = |name: &str, value: &str| {
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body = format!("{}{}--{boundary}--\r\n", part("hash_value", KNOWN), part("analysis", "core"));
    let kind = format!("multipart/form-data; boundary={boundary}");
    let answer =
        post("/api/samples/analyze_bulk/").header("Content-Type", &kind).body(body).send(&emulator).await;
    assert_eq!((newest(&emulator).await, near_miss(&answer)), (vec![], ""));
    // Nor may it if it is the hash of a sample.
    let body = format!(
        "--{KNOWN}\r\nContent-Disposition: form-data; name=\"analysis\"\r\n\r\ncore\r\n--{KNOWN}--\r\n"
    );
    let kind = format!("multipart/form-data; boundary={KNOWN}");
    let answer =
        post("/api/samples/analyze_bulk/").header("Content-Type", &kind).body(body).send(&emulator).await;
    assert_eq!((answer.status, newest(&emulator).await, near_miss(&answer)), (403, vec![], ""));
}

#[tokio::test]
async fn early_retries_are_reported_by_the_clock_of_the_world() {
    let emulator = emulator().await;
    let rule = r#"{"when":{"next":1},"then":{"status":503,"retry_after":120}}"#;
    call_admin(&emulator, "PUT", "/_scandouble/faults/f", rule).await;
    look_up(&emulator, "", KNOWN).await;
    advance(&emulator, 30.0);
    look_up(&emulator, "", KNOWN).await;
    assert_eq!(
        newest(&emulator).await,
        ["advice: sent 30s after number 1 was refused with 503; wait as Retry-After says: \
             until 2026-03-01T12:02:00.000Z, 1m30s later"]
    );
    call_admin(&emulator, "PUT", "/_scandouble/faults/f", rule).await;
    look_up(&emulator, "", KNOWN).await;
    advance(&emulator, 120.0);
    look_up(&emulator, "", KNOWN).await;
    assert_eq!(newest(&emulator).await, [""; 0], "it waited as long as it should");
    // After a 429 without Retry-After, a client should wait for the next second.
    let rule = r#"{"when":{"next":1},"then":{"status":429}}"#;
    call_admin(&emulator, "PUT", "/_scandouble/faults/f", rule).await;
    look_up(&emulator, "", KNOWN).await;
    get(&format!("{SINGLE}/{KNOWN}")).basic("u/one", "p").send(&emulator).await;
    assert_eq!(newest(&emulator).await, [""; 0], "another account of another API is not asked to wait");
    look_up(&emulator, "", KNOWN).await;
    let found = newest(&emulator).await;
    assert!(found[0].contains("was refused with 429; wait until the next second"), "{found:?}");
}

#[tokio::test]
async fn after_a_used_up_limit_the_advice_names_the_end_of_its_window() {
    let emulator = harness::start(
        "
accounts:
  metadefender_cloud: [{key: k7, lookup_limit: 1}]
  spectra_intelligence: [{user: u/one, password: p, daily_quota: 1}]
samples: [{name: known.txt, content: known, verdict: clean}]
",
    )
    .await;
    look_up(&emulator, "", KNOWN).await;
    advance(&emulator, 60.0);
    for version in ["v2", "v4"] {
        let ask = || get(&format!("/{version}/hash/{KNOWN}")).header("apikey", "k7");
        let status = ask().send(&emulator).await.status;
        advance(&emulator, 3_600.0);
        ask().send(&emulator).await;
        let found = newest(&emulator).await;
        let expected = format!(
            "was refused with {status}; wait until the limit is full again: until 2026-03-02T12:00:00.000Z, "
        );
        assert!(found.iter().any(|text| text.contains(&expected)), "{found:?}");
    }
    let single = || get(&format!("{SINGLE}/{KNOWN}")).basic("u/one", "p");
    for _ in 0..2 {
        single().send(&emulator).await;
    }
    advance(&emulator, 60.0);
    assert_eq!(single().send(&emulator).await.status, 429);
    let found = newest(&emulator).await;
    let expected = "until the limit is full again: until 2026-03-02T00:00:00.000Z, 9h58m later";
    assert!(found.iter().any(|text| text.contains(expected)), "{found:?}");
}

#[tokio::test]
async fn repeated_requests_with_an_invalid_hash_are_reported() {
    let emulator = emulator().await;
    for _ in 0..2 {
        bulk(&emulator, r#"{"rl":{"query":{"hash_type":"md5","hashes":["nonsense"]}}}"#).await;
    }
    let advice = |number: u64| {
        format!(
            "advice: sent \"nonsense\" again, which the answer to number {number} called invalid; do not send it"
        )
    };
    let malformed =
        "deviation: \"nonsense\" is not a valid hash; send the hexadecimal digits of one, and nothing else";
    assert_eq!(newest(&emulator).await, [&advice(1), malformed]);
    get(&format!("{SINGLE}/nonsense")).basic("u/one", "p").send(&emulator).await;
    assert_eq!(newest(&emulator).await, [&advice(1), malformed], "whichever endpoint it is asked at");
    let form = "hash_value=nonsense&analysis=core";
    post("/api/samples/analyze_bulk/").form(form).send(&emulator).await;
    assert_eq!(newest(&emulator).await, [malformed], "another API was not asked before");
}

#[tokio::test]
async fn hashes_with_one_wrong_digit_are_near_misses() {
    let emulator = emulator().await;
    for (mistyped, text, brief) in [
        ("c90ae688b2a3b1fd0751fd743eb385ce", "digit 32 differs", "digit 32 differs"),
        ("090ae688b2a3b1fd0751fd743eb385cd", "digit 1 differs", "digit 1 differs"),
        (
            "c90ae688b2a3b1fd0751fd743eb385c",
            "31 digits, digit 32 is missing",
            "31 digits, digit 32 is missing",
        ),
        ("c9ae688b2a3b1fd0751fd743eb385cd", "31 digits, digit 3 is missing", "31 digits, digit 3 is missing"),
        (
            "c990ae688b2a3b1fd0751fd743eb385cd",
            "33 digits, digit 3 is one too many",
            "33 digits, digit 3 is one too many",
        ),
        ("c9Oae688b2a3b1fd0751fd743eb385cd", "digit 3 differs", "digit 3 differs"),
    ] {
        let answer = get(&format!("/hash/{mistyped}")).send(&emulator).await;
        let head = &mistyped[..12];
        assert_eq!(near_miss(&answer), format!("{head}...: md5 of known.txt but for one digit ({brief})"));
        let expected =
            format!("near-miss: {mistyped} is nearly the md5 of \"known.txt\", {KNOWN}: {text}; correct it");
        assert_eq!(newest(&emulator).await.last(), Some(&expected));
    }
    // In a bulk request, the header lists at most three.
    let answer = post("/v2/hash")
        .header("apikey", "k7")
        .json(r#"{"hash":["c90ae688b2a3b1fd0751fd743eb385c0","c90ae688b2a3b1fd0751fd743eb385c1","c90ae688b2a3b1fd0751fd743eb385c2","c90ae688b2a3b1fd0751fd743eb385c3"]}"#)
        .send(&emulator)
        .await;
    assert_eq!(near_miss(&answer).split("; ").count(), 3);
    assert_eq!(newest(&emulator).await.len(), 4, "the journal has them all");
}

#[tokio::test]
async fn known_hashes_and_very_different_ones_are_not_near_misses() {
    let emulator = emulator().await;
    for hash in [KNOWN, "00000000000000000000000000000000", "c90ae688b2a3b1fd0751fd743eb38500"] {
        let answer = get(&format!("/hash/{hash}")).send(&emulator).await;
        assert_eq!((near_miss(&answer), newest(&emulator).await), ("", vec![]), "{hash}");
    }
}

#[tokio::test]
async fn requests_of_which_all_hashes_are_found_are_not_searched_for_near_misses() {
    let emulator = emulator().await;
    let mistyped = "c90ae688b2a3b1fd0751fd743eb385c0";
    let ask = async |hashes: &str| {
        let body = format!(r#"{{"hash":[{hashes}],"note":"{mistyped}"}}"#);
        post("/v2/hash").header("apikey", "k7").json(&body).send(&emulator).await
    };
    let answer = ask(&format!("\"{KNOWN}\",\"{KNOWN}\"")).await;
    assert_eq!((answer.status, near_miss(&answer)), (200, ""));
    for missed in ["00000000000000000000000000000000", "no hash"] {
        let answer = ask(&format!("\"{KNOWN}\",\"{missed}\"")).await;
        assert!(near_miss(&answer).starts_with(&mistyped[..12]), "{missed}: {answer:?}");
    }
}

#[tokio::test]
async fn hashes_of_another_type_are_near_misses() {
    let emulator = emulator().await;
    let sha1 = get_json(&emulator, &format!("/_scandouble/samples/{KNOWN}")).await["sample"]["sha1"].clone();
    let sha1 = sha1.as_str().expect("a sha1");
    let answer = get(&format!("{SINGLE}/{sha1}")).basic("u/one", "p").send(&emulator).await;
    assert_eq!(near_miss(&answer), format!("{}...: the sha1 of known.txt, asked as md5", &sha1[..12]));
    let answer =
        bulk(&emulator, &format!(r#"{{"rl":{{"query":{{"hash_type":"md5","hashes":["{sha1}"]}}}}}}"#)).await;
    assert!(near_miss(&answer).contains("the sha1 of known.txt"), "{answer:?}");
    let expected =
        format!("near-miss: {sha1} is the sha1 of \"known.txt\" but was requested as md5; use sha1");
    assert_eq!(newest(&emulator).await.first(), Some(&expected));
    let both = format!(r#"{{"rl":{{"query":{{"hash_type":"md5","hashes":["{KNOWN}","{sha1}"]}}}}}}"#);
    let answer = bulk(&emulator, &both).await;
    assert!(near_miss(&answer).contains("the sha1 of known.txt"), "{answer:?}");
}

#[tokio::test]
async fn samples_of_other_worlds_are_near_misses() {
    let emulator = emulator().await;
    let sample = "samples: [{name: theirs.txt, content: theirs, verdict: clean}]";
    let path = "/_world/t1/_scandouble/samples";
    assert!(post(path).body(sample).send(&emulator).await.status < 300);
    let theirs =
        get_json(&emulator, "/_world/t1/_scandouble/samples?name=theirs").await["samples"][0]["sha256"]
            .clone();
    let theirs = theirs.as_str().expect("a hash");
    let answer = get(&format!("/hash/{theirs}")).send(&emulator).await;
    assert_eq!(near_miss(&answer), format!("{}...: known in world t1", &theirs[..12]));
    let answer = get(&format!("/_world/t1/hash/{theirs}")).send(&emulator).await;
    assert_eq!(near_miss(&answer), "");
    // A mistyped hash of a sample that only this world has.
    let answer = get(&format!("/_world/t1/hash/{}", &theirs[1..])).send(&emulator).await;
    assert!(near_miss(&answer).contains("63 digits, digit 1 is missing"), "{answer:?}");
    // A sample that this world has removed.
    crate::harness::ask("DELETE", &format!("/_world/t1/_scandouble/samples/{KNOWN}")).send(&emulator).await;
    let answer = get(&format!("/_world/t1/hash/{KNOWN}")).send(&emulator).await;
    assert!(near_miss(&answer).contains("removed from this world"), "{answer:?}");
}

#[tokio::test]
async fn a_sample_is_a_near_miss_for_as_long_as_some_world_has_it() {
    let emulator = emulator().await;
    let sample = "samples: [{name: theirs.txt, content: theirs, verdict: clean}]";
    for world in ["t1", "t2"] {
        let path = format!("/_world/{world}/_scandouble/samples");
        assert!(post(&path).body(sample).send(&emulator).await.status < 300);
    }
    assert_eq!(post("/_world/t3/file").body("uploaded").send(&emulator).await.status, 200);
    let hint = async |content: &str| {
        let answer = get(&format!("/hash/{}", harness::sha1(content))).send(&emulator).await;
        near_miss(&answer).split(": ").nth(1).unwrap_or_default().to_owned()
    };
    assert!(["known in world t1", "known in world t2"].contains(&&*hint("theirs").await));
    assert_eq!(hint("uploaded").await, "known in world t3");
    assert_eq!(harness::ask("DELETE", "/_scandouble/worlds/t1").send(&emulator).await.status, 204);
    assert_eq!(hint("theirs").await, "known in world t2");
    assert!(post("/_world/t2/_scandouble/reset").send(&emulator).await.status < 300);
    assert_eq!(hint("theirs").await, "");
    assert!(post("/_world/t3/_scandouble/reset").send(&emulator).await.status < 300);
    assert_eq!(hint("uploaded").await, "");
}

#[tokio::test]
async fn paths_similar_to_those_of_an_api_are_near_misses() {
    let emulator = emulator().await;
    for (path, brief) in [
        ("/v3/hash", "path: metadefender-cloud serves /v2/hash"),
        ("/api/rescan/v1/querry/md5/x", "path: spectra-intelligence serves /api/rescan/v1/query/md5/x"),
        ("/rescan/v1/query/md5/x", "path: spectra-intelligence serves /api/rescan/v1/query/md5/x"),
        ("/metadefender/hash/x", "path: metadefender-core serves /hash/x"),
        ("/Hash/x", "path: metadefender-core serves /hash/x"),
    ] {
        let answer = get(path).basic("u/one", "p").send(&emulator).await;
        assert_eq!((answer.status, near_miss(&answer)), (404, brief), "{path}");
        let found = newest(&emulator).await;
        assert!(found.iter().any(|text| text.starts_with("near-miss: GET /")), "{found:?}");
    }
}

#[tokio::test]
async fn without_behaviour_headers_findings_are_only_in_the_journal() {
    let emulator =
        harness::start_with(crate::admin::FIXTURE, |builder| builder.setting("behaviour-headers", "false"))
            .await;
    let answer = get("/hash/c90ae688b2a3b1fd0751fd743eb385ce").send(&emulator).await;
    assert_eq!(answer.header("scandouble-near-miss"), None);
    assert_eq!(newest(&emulator).await.len(), 1);
}

#[tokio::test]
async fn special_characters_in_names_are_replaced_in_the_header() {
    let emulator =
        harness::start("samples: [{name: \"é; \\r\\nX: y\", content: known, verdict: clean}]").await;
    let answer = get("/hash/c90ae688b2a3b1fd0751fd743eb385ce").send(&emulator).await;
    assert!(near_miss(&answer).contains("md5 of ?????X:?y but"), "{}", near_miss(&answer));
}

/// An account for each API, and the sample of the other tests.
const ACCOUNTS: &str = "
accounts:
  metadefender_cloud: [{key: cloud-key-1}, {key: cloud-key-2}]
  metadefender_core: [{key: core-key-1}]
  spectra_analyze: [{user: alice, password: secret, token: analyze-token-1}]
  spectra_intelligence: [{user: u/one, password: p}, {user: idle, password: q, suspended: true}]
samples:
  - {name: known.txt, content: known, verdict: clean}
";

#[tokio::test]
async fn refused_credentials_are_explained() {
    let emulator = harness::start(ACCOUNTS).await;
    let other = "accounts: {metadefender_core: [{key: theirs-key-1}]}";
    assert!(post("/_world/t1/_scandouble/samples").body(other).send(&emulator).await.status < 300);
    let core = || get(&format!("/hash/{KNOWN}"));
    let cloud = || post("/v2/hash").json(&format!("{{\"hash\":[\"{KNOWN}\"]}}"));
    let analyze = || post("/api/samples/status/").json(&format!("{{\"hash_values\":[\"{KNOWN}\"]}}"));
    let intelligence = || get(&format!("{SINGLE}/{KNOWN}"));
    let only_key = "send the key alone in the header apikey";
    for (ask, status, finding, to_do) in [
        (
            cloud().header("apikey", "nobodys-key"),
            401,
            "nobo*** is unknown",
            "configured for metadefender-cloud: clou***, clou***",
        ),
        (
            core().header("apikey", "nobodys-key"),
            403,
            "nobo*** is unknown",
            "configured for metadefender-core: core***",
        ),
        (
            core().header("apikey", "\"core-key-1\""),
            403,
            "\"cor*** has quotation marks or white space around the configured credential",
            "send it without them",
        ),
        (core().header("apikey", "Bearer core-key-1"), 403, "the header apikey begins with Bearer", only_key),
        (
            core().header("Authorization", "Bearer core-key-1"),
            403,
            "a configured key was sent in the header authorization",
            only_key,
        ),
        (
            core().header("X-Api-Key", "core-key-1"),
            403,
            "a configured key was sent in the header x-api-key",
            only_key,
        ),
        (
            get(&format!("/hash/{KNOWN}?apikey=core-key-1")),
            403,
            "a configured key was sent in the query parameter apikey",
            only_key,
        ),
        (
            core().header("apikey", "cloud-key-1"),
            403,
            "clou*** is a credential of metadefender-cloud",
            "send one of metadefender-core",
        ),
        (
            analyze().header("Authorization", "Bearer analyze-token-1"),
            403,
            "Authorization begins with Bearer where Token is wanted",
            "send Authorization: Token and the key",
        ),
        (
            analyze().basic("alice", "secret"),
            403,
            "Authorization begins with Basic where Token is wanted",
            "send Authorization: Token and the key",
        ),
        (
            analyze().header("Authorization", "analyze-token-1"),
            403,
            "Authorization does not begin with Token",
            "send Authorization: Token and the key",
        ),
        (
            analyze().header("Authorization", "Token 'analyze-token-1'"),
            403,
            "'ana*** has quotation marks or white space around the configured credential",
            "send it without them",
        ),
        (
            analyze().header("Authorization", "Token wrong-token"),
            403,
            "wron*** is unknown",
            "configured for spectra-analyze: anal***",
        ),
        (intelligence().basic("one", "p"), 401, "the user one lacks the beginning of its name", "send u/one"),
        (
            intelligence().header("Authorization", "Basic c2VjcmV0"),
            401,
            "what follows Basic is not a user name, a colon and a password in base64",
            "send Authorization: Basic with the user name and the password",
        ),
        (
            core().header("apikey", "CORE-KEY-1"),
            403,
            "CORE*** differs from a configured one in upper and lower case",
            "send it as it is configured",
        ),
        (
            intelligence().basic("u/one", "wrong"),
            401,
            "the password of u/one is another than the configured one",
            "send the configured one",
        ),
        (
            intelligence().basic("u/one", "p\n"),
            401,
            "the password of u/one has white space around it",
            "send the configured one",
        ),
        (
            intelligence().basic("idle", "q"),
            401,
            "the account idle is suspended",
            "send that of another account",
        ),
        (
            intelligence().basic("alice", "secret"),
            401,
            "alice is a credential of spectra-analyze",
            "send one of spectra-intelligence",
        ),
        (
            intelligence().basic("nobody", "p"),
            401,
            "nobody is unknown",
            "configured for spectra-intelligence: u/one, idle",
        ),
        (
            intelligence().header("Authorization", "Token x"),
            401,
            "Authorization begins with Token where Basic is wanted",
            "send Authorization: Basic with the user name and the password",
        ),
    ] {
        let answer = ask.clone().send(&emulator).await;
        assert_eq!(answer.status, status, "{ask:?}");
        assert_eq!(near_miss(&answer), format!("credential: {finding}, {to_do}"), "{ask:?}");
        let expected = format!("near-miss: refused: {finding}; {to_do}");
        assert!(newest(&emulator).await.contains(&expected), "{expected}: {:?}", newest(&emulator).await);
    }
    // A credential picks its world, unless the path names another.
    let ask = get(&format!("/_world/t2/hash/{KNOWN}")).header("apikey", "theirs-key-1");
    let expected =
        "credential: thei*** is a credential of the world \"t1\", send one of \"t2\", or call that world";
    assert_eq!(near_miss(&ask.send(&emulator).await), expected);
}

#[tokio::test]
async fn accepted_missing_and_injected_credentials_are_not_explained() {
    let emulator = harness::start(ACCOUNTS).await;
    let core = || get(&format!("/hash/{KNOWN}"));
    let login = post("/login").json(r#"{"user":"a","password":"b"}"#);
    for (ask, status) in [(core(), 403), (core().header("apikey", "core-key-1"), 200), (login, 403)] {
        let answer = ask.send(&emulator).await;
        assert_eq!((answer.status, near_miss(&answer)), (status, ""));
    }
    let rule = r#"{"when":{"next":1},"then":{"status":403}}"#;
    call_admin(&emulator, "PUT", "/_scandouble/faults/f", rule).await;
    let answer = core().header("apikey", "core-key-1").send(&emulator).await;
    assert_eq!((answer.status, near_miss(&answer)), (403, ""));
}

#[tokio::test]
async fn known_hashes_with_anything_around_them_are_near_misses() {
    let emulator = emulator().await;
    let head = &KNOWN[..12];
    for (path, around) in [
        ("sha256:{}", "sha256: before it"),
        ("0x{}", "0x before it"),
        ("{}%20", "white space after it"),
        ("{}%0A", "a line end after it"),
        ("%22{}%22", "quotation marks around it"),
        ("'{}'", "quotation marks around it"),
    ] {
        let answer = get(&format!("/hash/{}", path.replace("{}", KNOWN))).send(&emulator).await;
        assert_eq!(
            near_miss(&answer),
            format!("{head}...: the md5 of known.txt, sent with {around}"),
            "{path}"
        );
        let expected = format!(
            "near-miss: {KNOWN} is the md5 of \"known.txt\", but it was sent with {around}; send the 32 digits alone"
        );
        assert_eq!(newest(&emulator).await.iter().filter(|text| **text == expected).count(), 1, "{path}");
    }
    let answer = get(&format!("/hash/{KNOWN}/")).send(&emulator).await;
    assert_eq!(near_miss(&answer), format!("path: metadefender-core serves /hash/{KNOWN}"));
    for (sent, around) in [
        (format!(" {KNOWN}"), "white space before it"),
        (format!("{KNOWN}\\n"), "a line end after it"),
        (format!("\\\"{KNOWN}\\\""), "quotation marks around it"),
        (format!("md5:{KNOWN}"), "md5: before it"),
    ] {
        let answer = look_up(&emulator, "", &sent).await;
        let expected = format!("{head}...: the md5 of known.txt, sent with {around}");
        assert_eq!((answer.status, near_miss(&answer)), (200, &*expected), "{sent}");
    }
    let items = format!("<item>\n{KNOWN}</item>");
    let xml = format!("<rl><query><hash_type>md5</hash_type><hashes>{items}</hashes></query></rl>");
    let octets = "application/octet-stream";
    let ask = post("/api/rescan/v1/bulk_query/xml").basic("u/one", "p").header("Content-Type", octets);
    let answer = ask.body(xml).send(&emulator).await;
    assert!(near_miss(&answer).ends_with("sent with a line end before it"), "{answer:?}");
    let answer = post("/api/samples/analyze_bulk/").form(&format!("hash_value=+{KNOWN}&analysis=core"));
    let answer = answer.send(&emulator).await;
    assert!(near_miss(&answer).ends_with("sent with white space before it"), "{answer:?}");
}

#[tokio::test]
async fn malformed_hashes_are_deviations_on_every_api() {
    let emulator = emulator().await;
    let octets = "application/octet-stream";
    let xml = "<rl><query><hash_type>md5</hash_type><hashes><item>abc</item></hashes></query></rl>";
    for (ask, page) in [
        (get(&format!("{SINGLE}/abc")).basic("u/one", "p"), "TCA-0205, Rescan Single Query"),
        (
            post("/api/rescan/v1/bulk_query/xml")
                .basic("u/one", "p")
                .header("Content-Type", octets)
                .body(xml),
            "TCA-0205, Rescan bulk query",
        ),
        (post("/api/samples/abc/analyze/").form("analysis=core"), "Reanalyze a single sample"),
        (
            post("/api/samples/analyze_bulk/").form(&format!("hash_value={KNOWN},abc&analysis=core")),
            "Reanalyze multiple samples",
        ),
        (post("/api/samples/status/").json(r#"{"hash_values":["abc"]}"#), "Real clients"),
        (post("/v2/hash").header("apikey", "k7").json(r#"{"hash":["abc"]}"#), "Multiple Hashes Lookup"),
        (get("/v2/hash/abc").header("apikey", "k7"), "Hash Lookup"),
        (get("/v4/hash/abc").header("apikey", "k7"), "Clients of version 4"),
    ] {
        ask.clone().send(&emulator).await;
        let list = get_json(&emulator, "/_scandouble/journal?limit=1").await;
        let findings = list["entries"][0]["findings"].as_array().expect("findings").clone();
        let text = "\"abc\" is not a valid hash; send the hexadecimal digits of one, and nothing else";
        let expected = serde_json::json!({"kind": "deviation", "text": text, "source": page});
        assert_eq!(findings.iter().filter(|one| **one == expected).count(), 1, "{ask:?}: {findings:?}");
    }
    // Core says it in its own words, once.
    get("/hash/abc").send(&emulator).await;
    let found = newest(&emulator).await;
    assert_eq!(found.iter().filter(|text| text.starts_with("deviation: ")).count(), 1, "{found:?}");
}

#[tokio::test]
async fn paths_that_only_the_vendor_has_are_named() {
    let emulator = harness::start(ACCOUNTS).await;
    let token = ("Authorization", "Token analyze-token-1");
    for (ask, api, line) in [
        (get("/stat/nodes").header("apikey", "core-key-1"), "metadefender-core", "GET /stat/nodes"),
        (get("/file/sync").header("apikey", "core-key-1"), "metadefender-core", "GET /file/sync"),
        (post("/api/yara/ruleset/").header(token.0, token.1), "spectra-analyze", "POST /api/yara/ruleset/"),
        (
            get(&format!("/api/samples/{KNOWN}/download/")).header(token.0, token.1),
            "spectra-analyze",
            &format!("GET /api/samples/{KNOWN}/download/"),
        ),
        (get("/api/spex/upload/x").basic("u/one", "p"), "spectra-intelligence", "GET /api/spex/upload/x"),
    ] {
        let answer = ask.send(&emulator).await;
        assert_eq!(answer.status, 404, "{line}");
        let behaviour = format!("{api}/route.unknown");
        assert_eq!(answer.header("scandouble-behaviour"), Some(&*behaviour), "{line}");
        let brief = format!("path: exists at the vendor, not emulated here ({api})");
        assert_eq!(near_miss(&answer), brief, "{line}");
        let found = newest(&emulator).await;
        let expected = format!("near-miss: {line} exists at the vendor, not emulated here; ");
        assert!(found.iter().any(|text| text.starts_with(&expected)), "{found:?}");
    }
    // A mistyped path of an endpoint is that endpoint's.
    let mistyped = post(&format!("/api/samples/{KNOWN}/analyse/")).header(token.0, token.1);
    let answer = mistyped.send(&emulator).await;
    assert!(near_miss(&answer).starts_with("path: spectra-analyze serves /api/samples/"), "{answer:?}");
}

#[tokio::test]
async fn documented_names_are_not_called_useless() {
    let emulator = emulator().await;
    post("/file").header("archivepwd", "x").header("X-Other", "1").body("abc").send(&emulator).await;
    let found = newest(&emulator).await;
    let documented =
        "advice: the header archivepwd, which the vendor documents, is not emulated here; it has no effect";
    assert!(found.iter().any(|text| text == documented), "{found:?}");
    assert!(found.iter().any(|text| text.starts_with("advice: the header x-other was sent")), "{found:?}");
}
