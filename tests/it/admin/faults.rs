use std::io::ErrorKind;

use scandouble::Emulator;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{KNOWN, call_admin, emulator, get_json, look_up, problem};
use crate::harness::{self, Answer, get, post};

const FAULTS: &str = "/_scandouble/faults";

async fn add(emulator: &Emulator, rule: &str) -> Answer {
    let added = call_admin(emulator, "POST", FAULTS, rule).await;
    assert_eq!(added.status, 201, "{}", added.text());
    added
}

/// Sends a look-up and reads until the connection ends. Returns the bytes, and the error that ended it, if any.
async fn read_raw(emulator: &Emulator) -> (Vec<u8>, Option<ErrorKind>) {
    let body = format!("{{\"hash\":[\"{KNOWN}\"]}}");
    let request = post("/v2/hash").header("apikey", "k7").json(&body).bytes();
    let mut stream = TcpStream::connect(emulator.address()).await.expect("connects");
    stream.write_all(&request).await.expect("sends");
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).await;
    (bytes, end.err().map(|error| error.kind()))
}

#[tokio::test]
async fn a_rule_can_set_the_reason_phrase() {
    let emulator = emulator().await;
    add(&emulator, r#"{"id":"r","then":{"status":503,"reason":"Down for Now"}}"#).await;
    let (bytes, _) = read_raw(&emulator).await;
    assert!(bytes.starts_with(b"HTTP/1.1 503 Down for Now\r\n"), "{}", bytes.escape_ascii());
    let listed = get_json(&emulator, "/_scandouble/faults/r").await;
    assert_eq!(listed["then"]["reason"], "Down for Now");
}

#[tokio::test]
async fn an_injected_status_has_the_vendors_own_body() {
    let emulator = emulator().await;
    add(&emulator, r#"{"id":"down","match":{"api":"metadefender-cloud"},"when":{"next":1},"then":{"status":503,"retry_after":120}}"#).await;
    let answer = look_up(&emulator, "", KNOWN).await;
    answer.assert_reply(
        503,
        "application/json; charset=utf-8",
        r#"{"err":"Internal server error"}"#,
        "metadefender-cloud/error.503",
        "documented; body=assumed",
    );
    assert_eq!(
        (answer.header("retry-after"), answer.header("scandouble-fault")),
        (Some("120"), Some("down"))
    );
    assert_eq!(look_up(&emulator, "", KNOWN).await.status, 200);
    let rule = get_json(&emulator, "/_scandouble/faults/down").await;
    assert_eq!((&rule["seen"], &rule["fired"]), (&2.into(), &1.into()));
}

#[tokio::test]
async fn custom_bodies_are_sent_unchanged() {
    let emulator = emulator().await;
    add(&emulator, r#"{"then":{"status":418,"body":{"b":1,"a":2},"headers":{"X-Made":"up"}}}"#).await;
    let answer = look_up(&emulator, "", KNOWN).await;
    answer.assert_reply(418, "application/json", r#"{"b":1,"a":2}"#, "", "");
    assert_eq!(answer.header("x-made"), Some("up"));
    call_admin(&emulator, "DELETE", FAULTS, "").await;
    add(&emulator, r#"{"then":{"status":502,"body":"<html>","content_type":"text/html"}}"#).await;
    look_up(&emulator, "", KNOWN).await.assert_reply(502, "text/html", "<html>", "", "");
}

#[tokio::test]
async fn custom_headers_replace_the_usual_ones() {
    let emulator = emulator().await;
    let types = |answer: &Answer| -> Vec<String> {
        let of_type = answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        of_type.map(|(_, value)| value.clone()).collect()
    };
    for (rule, expected) in [
        (
            r#"{"id":"x","then":{"status":503,"body":"<b>","headers":{"Content-Type":"text/html"}}}"#,
            &["text/html"][..],
        ),
        (r#"{"id":"x","then":{"status":503,"headers":{"Content-Type":"text/html"}}}"#, &["text/html"]),
        (
            r#"{"id":"x","then":{"body":"","headers":{"Content-Type":"a/b","content-type":"c/d"}}}"#,
            &["a/b", "c/d"],
        ),
    ] {
        add(&emulator, rule).await;
        assert_eq!(types(&look_up(&emulator, "", KNOWN).await), expected, "{rule}");
        call_admin(&emulator, "DELETE", FAULTS, "").await;
    }
    for name in ["Content-Length", "transfer-encoding", "Connection"] {
        let rule = format!(r#"{{"then":{{"body":"12345","headers":{{"{name}":"1000"}}}}}}"#);
        assert_eq!(
            problem(&call_admin(&emulator, "POST", FAULTS, &rule).await, 422),
            format!(
                "`then.headers.{}` cannot be set: the server sets it from the body and the connection; use `then.delivery` for \
                 a response that is cut, reset or never sent",
                name.to_ascii_lowercase()
            )
        );
    }
}

#[tokio::test]
async fn rules_match_endpoint_account_and_hash() {
    let emulator = emulator().await;
    add(&emulator, &format!(r#"{{"match":{{"endpoint":"POST /v2/hash","account":"k7","hash":"{}"}},"then":{{"status":500}}}}"#, KNOWN.to_ascii_uppercase())).await;
    assert_eq!(look_up(&emulator, "", KNOWN).await.status, 500);
    assert_eq!(look_up(&emulator, "", "00000000000000000000000000000000").await.status, 200);
    let other = get(&format!("/api/rescan/v1/query/md5/{KNOWN}")).basic("u/one", "p").send(&emulator).await;
    assert_eq!(other.status, 200);
    let encoded = post("/v2/hash").header("apikey", "k7").form(&format!(
        "hash=%{:x}{}",
        KNOWN.as_bytes()[0],
        &KNOWN[1..]
    ));
    assert_eq!(encoded.send(&emulator).await.status, 500);
    assert_eq!(look_up(&emulator, "/_world/b", KNOWN).await.status, 200, "faults belong to a world");
}

#[tokio::test]
async fn injected_refusals_are_those_of_the_vendor() {
    let emulator = emulator().await;
    add(&emulator, r#"{"id":"r","then":{"refuse":"revoked"}}"#).await;
    let refused = look_up(&emulator, "", KNOWN).await;
    assert_eq!(
        (refused.status, refused.header("scandouble-behaviour")),
        (401, Some("metadefender-cloud/auth.invalid"))
    );
    call_admin(&emulator, "PUT", "/_scandouble/faults/r", r#"{"then":{"refuse":"exhausted"}}"#).await;
    let refused = look_up(&emulator, "", KNOWN).await;
    assert_eq!(
        (refused.status, refused.header("scandouble-behaviour")),
        (403, Some("metadefender-cloud/limit.exceeded"))
    );
    let refused = get(&format!("/api/rescan/v1/query/md5/{KNOWN}")).basic("u/one", "p").send(&emulator).await;
    assert_eq!(
        (refused.status, refused.header("scandouble-behaviour")),
        (429, Some("spectra-intelligence/quota.exceeded"))
    );
}

#[tokio::test]
async fn connections_are_reset_before_or_within_a_response() {
    let emulator = emulator().await;
    add(&emulator, r#"{"id":"x","then":{"delivery":"reset"}}"#).await;
    assert_eq!(read_raw(&emulator).await, (Vec::new(), Some(ErrorKind::ConnectionReset)));
    call_admin(&emulator, "PUT", "/_scandouble/faults/x", r#"{"then":{"delivery":"reset-midway"}}"#).await;
    let (bytes, end) = read_raw(&emulator).await;
    // Bytes that arrived before the reset may be lost, so the test checks the error only.
    assert_eq!(end, Some(ErrorKind::ConnectionReset));
    assert!(!bytes.ends_with(b"]"));
    call_admin(&emulator, "PUT", "/_scandouble/faults/x", r#"{"then":{"delivery":"cut-short"}}"#).await;
    let (bytes, end) = read_raw(&emulator).await;
    assert!(end.is_none() && bytes.starts_with(b"HTTP/1.1 200 OK") && !bytes.ends_with(b"]"), "{end:?}");
    assert!(bytes.windows(4).any(|part| part == b"\r\n\r\n"));
}

#[tokio::test]
async fn responses_without_a_body_are_cut_too() {
    let emulator = emulator().await;
    for delivery in ["reset-midway", "cut-short"] {
        let rule = format!(r#"{{"id":"x","then":{{"status":503,"body":"","delivery":"{delivery}"}}}}"#);
        add(&emulator, &rule).await;
        assert_eq!(read_raw(&emulator).await, (Vec::new(), Some(ErrorKind::ConnectionReset)), "{delivery}");
        call_admin(&emulator, "DELETE", FAULTS, "").await;
    }
}

#[tokio::test]
async fn bodies_are_malformed_or_sent_slowly() {
    let emulator = emulator().await;
    let good = look_up(&emulator, "", KNOWN).await;
    add(&emulator, r#"{"id":"x","then":{"delivery":"malformed"}}"#).await;
    let bad = look_up(&emulator, "", KNOWN).await;
    assert_eq!((bad.status, bad.body.len()), (200, good.body.len()));
    assert!(serde_json::from_slice::<serde_json::Value>(&bad.body).is_err());
    let trickle =
        r#"{"then":{"delivery":{"trickle":{"bytes":20,"every":"1ms"}},"latency":{"from":"1ms","to":"2ms"}}}"#;
    call_admin(&emulator, "PUT", "/_scandouble/faults/x", trickle).await;
    assert_eq!(look_up(&emulator, "", KNOWN).await.body, good.body);
}

#[tokio::test]
async fn requests_that_are_never_answered_end_with_the_server() {
    let emulator = emulator().await;
    add(&emulator, r#"{"then":{"delivery":"never"}}"#).await;
    let reading = read_raw(&emulator);
    let stop = async {
        // The rule has fired once the journal has the exchange.
        let state = emulator.world("default").state();
        state.journal.beyond(0).await;
    };
    tokio::select! {
        answer = reading => panic!("answered: {answer:?}"),
        () = stop => {}
    }
}

#[tokio::test]
async fn scenarios_are_started_and_stopped() {
    let emulator = emulator().await;
    let listed = get_json(&emulator, "/_scandouble/scenarios").await;
    let names: Vec<_> =
        listed["scenarios"].as_array().expect("a list").iter().map(|one| one["name"].clone()).collect();
    assert_eq!(
        names,
        ["quota-exhausted", "flaky-1-in-3", "slow", "maintenance", "bad-gateway", "revoked-key"]
    );
    let path = "/_scandouble/scenarios/flaky-1-in-3";
    assert_eq!(call_admin(&emulator, "PUT", path, r#"{"api":"metadefender-cloud"}"#).await.status, 200);
    let mut seen = Vec::new();
    for _ in 0..6 {
        seen.push(look_up(&emulator, "", KNOWN).await.status);
    }
    assert_eq!(seen, [200, 200, 503, 200, 200, 503]);
    assert_eq!(call_admin(&emulator, "DELETE", path, "").await.status, 204);
    assert_eq!(look_up(&emulator, "", KNOWN).await.status, 200);
    let unknown = call_admin(&emulator, "PUT", "/_scandouble/scenarios/chaos", "").await;
    assert!(
        problem(&unknown, 404)
            .starts_with("there is no scenario \"chaos\"; use one of \"quota-exhausted\", ")
    );
}

#[tokio::test]
async fn invalid_rules_are_refused_with_advice() {
    let emulator = emulator().await;
    let cases = [
        (
            r#"{"then":{}}"#,
            "`then` has no effect; give at least one of status, body, refuse, latency, delivery",
        ),
        (r#"{"then":{"status":99}}"#, "`then.status` must be from 200 to 599, not 99"),
        (
            r#"{"then":{"retry_after":1,"latency":"1s"}}"#,
            "`then`: headers, retry_after, content_type and reason need a status or a body",
        ),
        (
            r#"{"then":{"status":503,"reason":"a\nb"}}"#,
            "`then.reason`: \"a\nb\" is not a valid reason phrase; it has no line ends",
        ),
        (
            r#"{"then":{"latency":"1s","reason":"x"}}"#,
            "`then`: headers, retry_after, content_type and reason need a status or a body",
        ),
        (r#"{"when":{"every":0},"then":{"status":500}}"#, "`when.every` must be a number from 1, such as 3"),
        (
            r#"{"when":{"chance":{"probability":2}},"then":{"status":500}}"#,
            "`when.chance.probability` must be a number from 0 to 1",
        ),
        (r#"{"then":{"latency":"2h"}}"#, "`then.latency`: the maximum is 1h"),
        (
            r#"{"then":{"status":503,"content_type":"a\u007f"}}"#,
            "`then.content_type`: \"a\u{7f}\" is not a valid header value",
        ),
        (
            r#"{"then":{"refuse":"revoked","status":500}}"#,
            "`then.refuse` is a complete response; leave it out, or leave status and body out",
        ),
        (
            r#"{"match":{"hash":""},"then":{"status":500}}"#,
            "`match.hash` is empty; give a hash, or leave it out to match every request",
        ),
    ];
    for (rule, detail) in cases {
        assert_eq!(problem(&call_admin(&emulator, "POST", FAULTS, rule).await, 422), detail);
    }
    let unknown =
        call_admin(&emulator, "POST", FAULTS, r#"{"match":{"api":"x"},"then":{"status":500}}"#).await;
    assert!(problem(&unknown, 422).starts_with("`match.api`: unknown API \"x\"; use one of "));
    let unknown =
        call_admin(&emulator, "POST", FAULTS, r#"{"match":{"endpoint":"GET /x"},"then":{"status":500}}"#)
            .await;
    assert!(problem(&unknown, 422).starts_with("`match.endpoint`: unknown endpoint \"GET /x\"; use one of "));
}

/// Events that end an injected latency.
#[derive(Clone, Copy, Debug)]
enum End {
    Deleted,
    Replaced,
    Cleared,
    Reset,
    WorldRemoved,
    Stopped,
}

async fn wake_sleepers(end: End) {
    const SLEEPERS: usize = 40;
    let emulator = emulator().await;
    let rule = r#"{"id":"slow","then":{"latency":"1h"}}"#;
    let at = |path: &str| format!("/_world/w{path}");
    call_admin(&emulator, "POST", &at(FAULTS), rule).await;
    let ask = get(&at("/version"));
    let address = emulator.address();
    let sleepers: Vec<_> = (0..SLEEPERS)
        .map(|_| {
            let bytes = ask.bytes();
            tokio::spawn(async move { harness::exchange(address, &bytes).await.status })
        })
        .collect();
    let all_sleep =
        async { while get_json(&emulator, &at("/_scandouble/faults/slow")).await["fired"] != SLEEPERS {} };
    all_sleep.await;
    let one = at("/_scandouble/faults/slow");
    match end {
        End::Deleted => drop(call_admin(&emulator, "DELETE", &one, "").await),
        End::Replaced => drop(call_admin(&emulator, "PUT", &one, r#"{"then":{"status":503}}"#).await),
        End::Cleared => drop(call_admin(&emulator, "DELETE", &at(FAULTS), "").await),
        End::Reset => {
            drop(call_admin(&emulator, "POST", &at("/_scandouble/reset"), r#"{"parts":["faults"]}"#).await)
        }
        End::WorldRemoved => drop(call_admin(&emulator, "DELETE", "/_scandouble/worlds/w", "").await),
        End::Stopped => emulator.stop().await.expect("stops"),
    }
    for sleeper in sleepers {
        assert_eq!(sleeper.await.expect("an answer"), 200, "{end:?}");
    }
}

/// Requests under a latency of an hour are answered once it has ended. The patience is for a machine that is busy.
#[tokio::test]
async fn sleepers_wake_when_their_latency_ends() {
    for end in [End::Deleted, End::Replaced, End::Cleared, End::Reset, End::WorldRemoved, End::Stopped] {
        let woken = tokio::time::timeout(std::time::Duration::from_secs(20), wake_sleepers(end)).await;
        assert!(woken.is_ok(), "{end:?}: they sleep on");
    }
}

#[tokio::test]
async fn invalid_hashes_are_refused_in_rules_verifications_and_queries() {
    let emulator = emulator().await;
    for (hash, why) in [
        ("a".repeat(129), "a hash has at most 128 hexadecimal digits, and this has 129"),
        ("a".repeat(1_000_000), "a hash has at most 128 hexadecimal digits, and this has 1000000"),
        ("md5:abc".to_owned(), "a hash has hexadecimal digits only, and \"md5:abc\" has 'm'"),
    ] {
        let rule = format!(r#"{{"match":{{"hash":"{hash}"}},"then":{{"status":500}}}}"#);
        let detail = problem(&call_admin(&emulator, "POST", FAULTS, &rule).await, 422);
        assert!(detail.starts_with(&format!("`match.hash`: {why}")), "{detail}");
        let question = format!(r#"{{"expectations":[{{"call":{{"hash":"{hash}"}}}}]}}"#);
        let detail = problem(&call_admin(&emulator, "POST", "/_scandouble/verify", &question).await, 422);
        assert!(detail.starts_with(&format!("expectations[0].call.hash: {why}")), "{detail}");
        if hash.len() < 60_000 {
            let detail =
                problem(&get(&format!("/_scandouble/journal?hash={hash}")).send(&emulator).await, 422);
            assert!(detail.starts_with(&format!("hash: {why}")), "{detail}");
        }
    }
}

/// The time of a search for a hash is proportional to the body, not to the body times the hash.
#[tokio::test]
async fn rules_for_a_hash_search_a_large_body_once() {
    let emulator =
        harness::start_with(crate::admin::FIXTURE, |builder| builder.setting("journal-bytes", "100000000"))
            .await;
    let needle = format!("{}b", "a".repeat(127));
    for number in 0..50 {
        let rule = format!(r#"{{"id":"r{number}","match":{{"hash":"{needle}"}},"then":{{"status":500}}}}"#);
        add(&emulator, &rule).await;
    }
    let started = scandouble::internals::clock::stopwatch();
    let body = vec![b'a'; 4 << 20];
    let ask = post("/v2/hash").header("apikey", "k7").header("Content-Type", "application/json").body(body);
    assert_eq!(ask.send(&emulator).await.status, 400);
    let list = get_json(&emulator, &format!("/_scandouble/journal?hash={needle}")).await;
    assert_eq!(list["matching"], 0);
    // Without this, the search compared 27 billion bytes.
    assert!(started.elapsed() < std::time::Duration::from_secs(20), "{:?}", started.elapsed());
}
