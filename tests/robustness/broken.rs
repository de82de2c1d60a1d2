//! Clients that disconnect: in the middle of a body, which then has no effect, or while they wait for the response, when
//! the request still has its effect.

use bytes::Bytes;
use http::{Method, Request, Version};
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use md5::{Digest as _, Md5};
use scandouble::Emulator;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::start;
use crate::harness::{Answer, get, post};

/// Sends `request`, closes the sending side, and reads the answer.
async fn stop_after(emulator: &Emulator, request: &str) -> Option<Answer> {
    let mut stream = TcpStream::connect(emulator.address()).await.expect("connects");
    stream.write_all(request.as_bytes()).await.expect("sent");
    stream.shutdown().await.expect("shut");
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    Answer::read(&bytes)
}

/// The newest exchange of a world, as soon as there are `count`.
async fn journalled(emulator: &Emulator, world: &str, count: usize) -> serde_json::Value {
    let path = format!("{world}/_scandouble/journal?since={}&wait=30s", count - 1);
    let journal = get(&path).send(emulator).await.json();
    let entries = journal["entries"].as_array().expect("entries");
    assert_eq!(entries.len(), 1, "{journal}");
    entries[0].clone()
}

#[tokio::test]
async fn a_truncated_request_has_no_effect_and_is_journalled() {
    let emulator = start().await;
    let basic = "Authorization: Basic dS9zY2FuZG91YmxlOnNjYW5kb3VibGU=\r\n";
    let token = "Authorization: Token exampletoken\r\n";
    let key = "apikey: limitedapikey\r\n";
    let hash = "44d88612fea8a8f36de82e1278abb02f";
    let bulk = format!("{{\"rl\":{{\"query\":{{\"hash_type\":\"md5\",\"hashes\":[\"{hash}\"]}}}}}}");
    let form = format!("hash_value={hash}");
    let look_up = format!("{{\"hash\":[\"{hash}\"]}}");
    let form_head = format!("{token}Content-Type: application/x-www-form-urlencoded\r\n");
    for (world, path, head, body) in [
        ("a", "/api/rescan/v1/bulk_query/json", basic, bulk.as_str()),
        ("b", "/api/samples/analyze_bulk/", form_head.as_str(), form.as_str()),
        ("c", "/v2/hash", key, look_up.as_str()),
        ("d", "/file", "", "a file that is cut off"),
    ] {
        // A complete request has the announced length, or ends with a last chunk.
        let long = format!("Content-Length: {}\r\n\r\n{body}", body.len() + 1);
        let endless = format!("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n", body.len());
        let garbled = format!("{endless}zz\r\n");
        for (count, rest) in [long, endless, garbled].iter().enumerate() {
            let request = format!("POST /_world/{world}{path} HTTP/1.1\r\nHost: a\r\n{head}{rest}");
            // Whether the client still gets an answer depends on how the body was sent.
            if let Some(answer) = stop_after(&emulator, &request).await {
                assert_eq!(
                    (answer.status, answer.header("scandouble-behaviour")),
                    (400, None),
                    "{request}: {answer:?}"
                );
            }
            let entry = journalled(&emulator, &format!("/_world/{world}"), count + 1).await;
            let findings = entry["findings"].to_string();
            assert!(findings.contains("the request's body ended before it was whole"), "{request}: {entry}");
            assert_eq!(
                (&entry["behaviours"], &entry["response"]["status"]),
                (&serde_json::json!([]), &400.into())
            );
        }
    }
    let queued =
        get("/_world/a/_scandouble/samples/44d88612fea8a8f36de82e1278abb02f").send(&emulator).await.json();
    assert_eq!(queued["analyses"], serde_json::json!([]), "{queued}");
    let whole =
        post("/_world/c/v2/hash").header("apikey", "limitedapikey").json(&look_up).send(&emulator).await;
    assert_eq!(whole.header("x-ratelimit-used"), Some("1"), "{whole:?}");
    let md5 = scandouble::internals::ids::hex(&Md5::digest("a file that is cut off"));
    assert_eq!(
        get(&format!("/_world/d/hash/{md5}")).send(&emulator).await.text(),
        format!("{{\"{md5}\":\"Not Found\"}}")
    );
}

#[tokio::test]
async fn a_truncated_admin_request_changes_nothing() {
    let emulator = start().await;
    post("/_scandouble/clock/advance").json(r#"{"by":"1h"}"#).send(&emulator).await;
    let reset = "POST /_scandouble/reset HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 21\r\n\r\n";
    let half = "POST /_scandouble/samples HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 90\r\n\r\nsamples:\n- {name: half.txt, content: half, verdict: clean}\n";
    for request in [reset, half] {
        if let Some(answer) = stop_after(&emulator, request).await {
            let detail = crate::harness::problem(&answer, 400);
            assert!(
                detail.starts_with("the request's body ended before it was whole, so nothing was done"),
                "{detail}"
            );
        }
    }
    let clock = get("/_scandouble/clock").send(&emulator).await.json();
    assert_eq!(clock["now"], "2026-03-01T13:00:00.000Z", "{clock}");
    let list = get("/_scandouble/samples?name=half").send(&emulator).await.json();
    assert_eq!(list["total"], 0, "{list}");
}

#[tokio::test]
async fn a_request_takes_effect_even_if_its_client_disconnects() {
    let emulator = start().await;
    let fault = r#"{"match":{"api":"spectra-intelligence"},"when":"always","then":{"latency":"50ms"}}"#;
    assert_eq!(post("/_world/t/_scandouble/faults").json(fault).send(&emulator).await.status, 201);
    let request = get("/_world/t/api/rescan/v1/query/md5/44d88612fea8a8f36de82e1278abb02f")
        .basic("u/scandouble", "scandouble")
        .bytes();
    let mut stream = TcpStream::connect(emulator.address()).await.expect("connects");
    stream.write_all(&request).await.expect("sent");
    drop(stream);
    let entry = journalled(&emulator, "/_world/t", 1).await;
    assert_eq!(entry["behaviours"][0]["name"], "spectra-intelligence/rescan.single.sent", "{entry}");
    let sample =
        get("/_world/t/_scandouble/samples/44d88612fea8a8f36de82e1278abb02f").send(&emulator).await.json();
    assert_eq!(sample["analyses"].as_array().map(Vec::len), Some(1), "{sample}");
}

#[tokio::test]
async fn limits_apply_to_concurrent_requests() {
    let emulator = start().await;
    let fault = r#"{"match":{"api":"metadefender-cloud"},"when":"always","then":{"latency":{"from":"1ms","to":"60ms"}}}"#;
    assert_eq!(post("/_scandouble/faults").json(fault).send(&emulator).await.status, 201);
    let ask = || {
        let ask = post("/hash").header("apikey", "limitedapikey");
        ask.json(r#"{"hash":["44d88612fea8a8f36de82e1278abb02f"]}"#).send(&emulator)
    };
    let answers = futures_util::future::join_all((0..20).map(|_| ask())).await;
    let accepted = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(accepted, 2, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
}

#[tokio::test]
async fn head_responses_have_no_body_over_http_2() {
    let emulator = start().await;
    let stream = TokioIo::new(TcpStream::connect(emulator.address()).await.expect("connects"));
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.expect("HTTP/2");
    tokio::spawn(connection);
    for path in ["/version", "/hash/abc", "/_scandouble/health"] {
        let mut lengths = Vec::new();
        for method in [Method::GET, Method::HEAD] {
            let request = Request::builder().method(&method).version(Version::HTTP_2);
            let uri = format!("http://{}{path}", emulator.address());
            let request = request.uri(uri).body(Empty::<Bytes>::new()).expect("a request");
            let answer = sender.send_request(request).await.expect("an answer");
            lengths.push(answer.headers()["content-length"].clone());
            let body = answer.into_body().collect().await.expect("an end").to_bytes();
            assert_eq!(body.is_empty(), method == Method::HEAD, "{method} {path}: {body:?}");
        }
        assert_eq!(lengths[0], lengths[1], "{path}");
    }
}
