//! Cases that random mutations do not find: bodies made to exhaust parsers, and clients that read only after they
//! have sent everything.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::start;
use crate::harness::{Answer, Ask, ask, get, post};

const BIG: usize = 10_000_000;
/// Deep enough for any stack to overflow.
const DEEP: usize = 200_000;

#[tokio::test]
async fn clients_that_send_everything_before_reading_see_refusals() {
    let emulator = start().await;
    for (method, path, status) in [
        ("POST", "/_world/no%20name/v2/hash", 400),
        ("POST", "/_world/%ff/_scandouble/samples", 400),
        ("POST", "/nobody", 404),
        ("POST", "/v2/hash", 401),
        ("PUT", "/v2/hash", 400),
        ("POST", "/v4/nothing", 404),
        ("POST", "/api/rescan/v1/bulk_query/json", 401),
        ("POST", "/api/samples/analyze_bulk/", 403),
        ("POST", "/api/samples/analyze_bulk", 301),
        ("POST", "/file/nothing", 405),
        ("PUT", "/hash/abc", 405),
        ("POST", "/_scandouble/nothing", 404),
        ("POST", "/_scandouble/health", 405),
        ("PUT", "/_scandouble/worlds/no%20name", 400),
        ("DELETE", "/_scandouble/clock", 200),
    ] {
        let request = ask(method, path).body(vec![b' '; BIG]).bytes();
        let mut stream = TcpStream::connect(emulator.address()).await.expect("connects");
        let sent = stream.write_all(&request).await;
        let mut bytes = Vec::new();
        let read = stream.read_to_end(&mut bytes).await;
        let answer = Answer::read(&bytes).map(|answer| answer.status);
        assert_eq!(
            (answer, sent.is_ok(), read.is_ok()),
            (Some(status), true, true),
            "{method} {path}: {sent:?} {read:?}"
        );
    }
}

#[tokio::test]
async fn deeply_nested_bodies_are_refused() {
    let emulator = start().await;
    let deep = |open: &str, close: &str| [open.repeat(DEEP), close.repeat(DEEP / 2)].concat();
    let json = [
        deep("[", "]"),
        deep("{\"hash\":", "}"),
        deep("{\"rl\":[", "]}"),
        format!("{{\"hash\":{}", deep("[", "]")),
    ];
    let intelligence = |format: &str| {
        post(&format!("/api/rescan/v1/bulk_query/{format}")).basic("u/scandouble", "scandouble")
    };
    let analyze = |path: &str| post(path).header("Authorization", "Token exampletoken");
    let mut asks: Vec<(Ask, &str)> = Vec::new();
    for body in &json {
        asks.push((intelligence("json").body(body.as_str()), "spectra-intelligence/rescan.bulk.malformed"));
        asks.push((
            post("/v2/hash").header("apikey", "exampleapikey").body(body.as_str()),
            "metadefender-cloud/bulk.malformed",
        ));
        asks.push((analyze("/api/samples/analyze_bulk/").json(body), "spectra-analyze/request.malformed"));
        asks.push((analyze("/api-token-auth/").json(body), "spectra-analyze/request.malformed"));
    }
    let entities = "<!DOCTYPE rl [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><rl><query><hash_type>&b;</hash_type></query></rl>";
    for body in [deep("<rl>", "</rl>"), deep("<!--", "-->"), deep("<rl a='", "'>"), entities.to_owned()] {
        asks.push((intelligence("xml").body(body), "spectra-intelligence/rescan.bulk.malformed"));
    }
    for (ask, behaviour) in asks {
        let answer = ask.send(&emulator).await;
        assert_eq!((answer.status, answer.header("scandouble-behaviour")), (400, Some(behaviour)));
    }
    assert_eq!(get("/file/rules").send(&emulator).await.status, 200);
}

#[tokio::test]
async fn deeply_nested_fixtures_are_refused() {
    let emulator = start().await;
    let deep = |open: &str| open.repeat(DEEP);
    let bomb: String =
        (0..40).map(|level| format!("a{level}: &a{level} [*a{0}, *a{0}]\n", level.max(1) - 1)).collect();
    for body in [
        deep("["),
        deep("{\"samples\":"),
        deep("- "),
        deep("? "),
        deep("&a "),
        deep("!"),
        bomb,
        deep("samples: ["),
    ] {
        let answer = post("/_scandouble/samples").body(body).send(&emulator).await;
        assert!(matches!(answer.status, 400 | 422), "{}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    }
    for path in ["reset", "clock", "faults", "settings"] {
        let method = if path == "clock" {
            "PUT"
        } else if path == "settings" {
            "PATCH"
        } else {
            "POST"
        };
        let answer = ask(method, &format!("/_scandouble/{path}")).body(deep("[")).send(&emulator).await;
        assert!(matches!(answer.status, 400 | 422), "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn very_long_lists_are_answered() {
    let emulator = start().await;
    let many = 10_000;
    let hash = "44d88612fea8a8f36de82e1278abb02f";
    let analyze = || post("/api/samples/analyze_bulk/").header("Authorization", "Token exampletoken");
    let repeated = format!("hash_value={hash}&").repeat(many);
    let form = analyze().form(&format!("{repeated}analysis=core")).send(&emulator).await;
    assert_eq!((form.status, form.json()["results"].as_array().map(Vec::len)), (201, Some(many)));
    let list = vec![hash; many];
    let body = serde_json::json!({ "hash": list }).to_string();
    let cloud = post("/v2/hash").header("apikey", "exampleapikey").body(body).send(&emulator).await;
    assert_eq!(cloud.header("scandouble-behaviour"), Some("metadefender-cloud/bulk.too-many"));
    let body = serde_json::json!({ "rl": { "query": { "hash_type": "md5", "hashes": list } } }).to_string();
    let rescan = post("/api/rescan/v1/bulk_query/json").basic("u/scandouble", "scandouble").body(body);
    let rescan = rescan.send(&emulator).await;
    assert_eq!(rescan.header("scandouble-behaviour"), Some("spectra-intelligence/rescan.bulk.too-many"));
    let engines = "core,".repeat(many);
    let engines = analyze().form(&format!("hash_value={hash}&analysis={engines}")).send(&emulator).await;
    assert_eq!(engines.status, 400, "the last of them is empty: {}", engines.text());
}
