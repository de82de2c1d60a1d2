//! Everything that a client can nest, up to the limit of each parser and far beyond. The server runs as a separate process
//! with its real stacks, since a stack overflow aborts the process.

use std::net::SocketAddr;

use super::connect::talk;
use crate::harness::program::{Running, program};
use crate::harness::{Answer, Ask, get, post};

/// The limits of the parsers, one more, and far beyond.
const DEPTHS: [usize; 7] = [64, 65, 127, 128, 970, 971, 100_000];

fn send(address: SocketAddr, ask: Ask) -> Answer {
    let received = talk(address, &ask.bytes());
    Answer::read(&received).unwrap_or_else(|| panic!("no answer: {received:?}"))
}

/// A value at this depth: `open` and `close` repeated `depth` times.
fn nested(open: &str, close: &str, depth: usize) -> String {
    format!("{}1{}", open.repeat(depth), close.repeat(depth))
}

#[test]
fn nesting_in_requests_is_bounded() {
    let running = Running::start(&mut program(&["--listen", "127.0.0.1:0", "--log", "json"]));
    let address = running.address();
    for depth in DEPTHS {
        let list = nested("[", "]", depth);
        let map = nested("{\"a\":", "}", depth);
        let xml = nested("<a>", "</a>", depth);
        let flow = format!("samples: {list}");
        let block: String = (0..depth.min(2000)).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
        let parts = nested("--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n", "\r\n--a--", depth);
        let mut asks = Vec::new();
        for json in [&list, &map, &format!("{{\"hash\":{list}}}"), &format!("{{\"hash_value\":{map}}}")] {
            asks.push(post("/v2/hash").header("apikey", "exampleapikey").json(json));
            asks.push(post("/v4/hash").header("apikey", "exampleapikey").json(json));
            asks.push(post("/login").json(json));
            asks.push(post("/api-token-auth/").json(json));
            asks.push(
                post("/api/samples/analyze_bulk/").header("Authorization", "Token exampletoken").json(json),
            );
            asks.push(post("/api/rescan/v1/bulk_query/json").basic("u/scandouble", "scandouble").json(json));
            for path in ["samples", "faults", "verify", "clock/advance", "reset"] {
                asks.push(post(&format!("/_scandouble/{path}")).json(json));
            }
        }
        asks.push(post("/_scandouble/verify").json(&format!(r#"{{"expect":[{{"body":{map}}}]}}"#)));
        asks.push(post("/_scandouble/verify").json(&format!(r#"{{"expect":[{{"fields":{map}}}]}}"#)));
        asks.push(post("/_scandouble/samples").body(flow));
        asks.push(post("/_scandouble/samples").body(block));
        asks.push(post("/api/rescan/v1/bulk_query/xml").basic("u/scandouble", "scandouble").body(xml));
        let multipart = "multipart/form-data; boundary=a";
        for path in ["/api/samples/analyze_bulk/", "/api/uploads/", "/file"] {
            let ask = post(path).header("Authorization", "Token exampletoken");
            asks.push(ask.header("Content-Type", multipart).body(parts.clone()));
        }
        for segment in ["/_world/a", "/_scandouble", "/hash", "/..", "/%2e%2e", "/%25"] {
            asks.push(get(&segment.repeat(depth.min(5000))));
        }
        asks.push(get(&format!("/_scandouble/journal?path={}", "*a".repeat(depth.min(5000)))));
        for ask in asks {
            let answer = send(address, ask);
            assert!(answer.status < 500, "{depth}: {answer:?}");
        }
    }
    // The journal can be listed and searched.
    for path in ["journal?hash=abc", "journal?format=har", "coverage"] {
        assert_eq!(send(address, get(&format!("/_scandouble/{path}"))).status, 200, "{path}");
    }
}
