//! Timeouts of the transport. They are real time, so the tests use short ones and wait until they have run out.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Version};
use http_body_util::Empty;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use scandouble::Builder;
use scandouble::Emulator;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::secure::secure_address;
use crate::harness::{Answer, get, post, start_with};

const SHORT: Duration = Duration::from_millis(200);
/// Far longer than the short timeouts.
const PATIENCE: Duration = Duration::from_secs(20);

async fn started(more: impl FnOnce(Builder) -> Builder) -> Emulator {
    start_with("samples: []", more).await
}

async fn connected(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.expect("connects")
}

/// Everything that the server still sends, up to the close.
async fn until_closed(stream: &mut TcpStream) -> Vec<u8> {
    let mut received = Vec::new();
    let closed = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut received)).await;
    let _ = closed.expect("the server closes the connection");
    received
}

async fn counted(emulator: &Emulator, timeout: &str) -> Value {
    get("/_scandouble/health").send(emulator).await.json()["connections"]["timeouts"][timeout].clone()
}

#[tokio::test]
async fn a_connection_without_a_request_head_is_closed() {
    let emulator = started(|builder| builder.header_timeout(SHORT)).await;
    for begun in ["", "G", "GET /version HTTP/1.1\r\nHost: a\r\n", "\r\n\r\n"] {
        let mut stream = connected(emulator.address()).await;
        stream.write_all(begun.as_bytes()).await.expect("sent");
        assert_eq!(until_closed(&mut stream).await, b"", "{begun:?}");
    }
    assert_eq!(counted(&emulator, "header").await, 4);
}

#[tokio::test]
async fn a_connection_with_a_slow_request_head_is_closed() {
    let emulator = started(|builder| builder.header_timeout(SHORT)).await;
    let mut stream = connected(emulator.address()).await;
    // After a complete request, since the timeout applies to each head.
    let whole = b"GET /version HTTP/1.1\r\nHost: a\r\n\r\n";
    stream.write_all(whole).await.expect("sent");
    let mut buffer = [0; 4096];
    assert_ne!(stream.read(&mut buffer).await.expect("an answer"), 0);
    let dripping = async {
        loop {
            if stream.write_all(b"A").await.is_err() {
                return;
            }
            let read = tokio::time::timeout(SHORT / 10, stream.read(&mut buffer)).await;
            if matches!(read, Ok(Ok(0) | Err(_))) {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, dripping).await.expect("the server closes the connection");
    assert_eq!(counted(&emulator, "header").await, 1);
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let emulator = started(|builder| builder.idle_timeout(SHORT)).await;
    let mut stream = connected(emulator.address()).await;
    stream.write_all(b"GET /version HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    let received = until_closed(&mut stream).await;
    assert_eq!(Answer::read(&received).expect("an answer").status, 200);
    assert_eq!(counted(&emulator, "idle").await, 1);
    // HTTP/2 as well, where the server sends GOAWAY.
    let stream = TokioIo::new(connected(emulator.address()).await);
    let (sender, connection) =
        http2::handshake::<_, _, Empty<Bytes>>(TokioExecutor::new(), stream).await.expect("HTTP/2");
    let ended = tokio::time::timeout(PATIENCE, connection).await.expect("the server closes the connection");
    assert!(ended.is_ok(), "{ended:?}");
    drop(sender);
    assert_eq!(counted(&emulator, "idle").await, 2);
}

#[tokio::test]
async fn a_connection_without_a_tls_handshake_is_closed() {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let emulator = started(|builder| builder.handshake_timeout(SHORT).tls(address)).await;
    for begun in [&b""[..], &[22, 3, 1, 0, 200, 1]] {
        let mut stream = connected(secure_address(&emulator)).await;
        stream.write_all(begun).await.expect("sent");
        assert_eq!(until_closed(&mut stream).await, b"");
    }
    assert_eq!(counted(&emulator, "handshake").await, 2);
}

#[tokio::test]
async fn a_silent_tunnel_is_closed() {
    let emulator = started(|builder| builder.header_timeout(SHORT).handshake_timeout(SHORT)).await;
    for begun in [&b""[..], &[22, 3, 1, 0, 200, 1], b"GET /ver"] {
        let mut stream = connected(emulator.address()).await;
        let connect = b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n";
        stream.write_all(&[connect, begun].concat()).await.expect("sent");
        let received = until_closed(&mut stream).await;
        assert!(received.starts_with(b"HTTP/1.1 200 "), "{received:?}");
    }
}

#[tokio::test]
async fn a_body_that_stops_arriving_is_refused() {
    let emulator = started(|builder| builder.body_timeout(SHORT)).await;
    // No vendor defines a text for this, so an API says it in the shape of its errors.
    let (vendor, own) = ("application/json; charset=utf-8", "application/problem+json");
    for (path, expected) in [("/file", vendor), ("/_scandouble/samples", own), ("/nobody", own)] {
        let mut stream = connected(emulator.address()).await;
        let begun = format!("POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nhalf of");
        stream.write_all(begun.as_bytes()).await.expect("sent");
        let answer = Answer::read(&until_closed(&mut stream).await).expect("an answer");
        let kind = answer.header("content-type");
        assert_eq!((answer.status, kind), (408, Some(expected)), "{path}");
        assert!(answer.text().contains("--body-timeout"), "{}", answer.text());
    }
    assert_eq!(counted(&emulator, "body").await, 3);
    let journal = get("/_scandouble/journal").send(&emulator).await.json();
    assert!(journal["entries"][0].to_string().contains("stopped arriving"), "{journal}");
    let uploaded = get("/hash/4843E11D4B1EE2CE3D90DB6A7D3B1B8C").send(&emulator).await;
    assert!(uploaded.text().contains("Not Found"), "{}", uploaded.text());
}

/// An emulator whose journal is an answer of many megabytes.
async fn with_a_large_journal(more: impl FnOnce(Builder) -> Builder) -> Emulator {
    let emulator = started(more).await;
    let body = vec![b'x'; 4_000_000];
    for _ in 0..4 {
        post("/v2/hash").header("apikey", "exampleapikey").body(body.clone()).send(&emulator).await;
    }
    emulator
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_do_not_read_are_disconnected() {
    let emulator = with_a_large_journal(|builder| builder.write_timeout(SHORT)).await;
    let whole = get("/_scandouble/journal").send(&emulator).await.body.len();
    assert!(whole > 16_000_000, "{whole}");
    let mut stream = connected(emulator.address()).await;
    // Pipelined requests, which must not make the server hold more than one response.
    stream
        .write_all(&b"GET /_scandouble/journal HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".repeat(8))
        .await
        .expect("sent");
    until_counted(&emulator, "write", 1).await;
    let mut received = Vec::new();
    let end = stream.read_to_end(&mut received).await;
    assert!(end.is_err() && received.len() < whole, "{end:?} after {}", received.len());

    // HTTP/2: the client reads frames but does not extend the window for the responses.
    let stream = TokioIo::new(connected(emulator.address()).await);
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.expect("HTTP/2");
    let driving = tokio::spawn(connection);
    let answers = (0..4).map(|_| {
        let uri = format!("http://{}/_scandouble/journal", emulator.address());
        let request = Request::builder().version(Version::HTTP_2).uri(uri);
        sender.send_request(request.body(Empty::<Bytes>::new()).expect("a request"))
    });
    let mut answers: Vec<_> = answers.collect();
    // The head of the first response may be lost if the machine is busy and the reset comes first.
    let first = answers.remove(0).await;
    until_counted(&emulator, "write", 2).await;
    let ended = tokio::time::timeout(PATIENCE, driving).await.expect("the connection ends");
    assert!(ended.expect("no panic").is_err());
    drop((first, answers));
    // Their memory is released.
    let held = async {
        while get("/_scandouble/health").send(&emulator).await.json()["connections"]["body_bytes"] != 0 {}
    };
    tokio::time::timeout(PATIENCE, held).await.expect("the memory is given back");
}

async fn until_counted(emulator: &Emulator, timeout: &str, count: u64) {
    let reached = async { while counted(emulator, timeout).await != count {} };
    tokio::time::timeout(PATIENCE, reached)
        .await
        .unwrap_or_else(|_| panic!("never {count} {timeout} timeouts"));
}

#[tokio::test]
async fn slow_responses_and_long_polls_do_not_time_out() {
    let emulator = started(|builder| {
        let builder = builder.header_timeout(SHORT).body_timeout(SHORT);
        builder.idle_timeout(SHORT).write_timeout(SHORT)
    })
    .await;
    let fault = |then: &str| format!(r#"{{"id":"x","when":"always","then":{{{then}}}}}"#);
    let latency = fault(r#""latency":"700ms""#);
    assert_eq!(post("/_scandouble/faults").json(&latency).send(&emulator).await.status, 201);
    assert_eq!(get("/version").send(&emulator).await.status, 200);
    let trickle = fault(r#""delivery":{"trickle":{"bytes":20,"every":"300ms"}}"#);
    let put = crate::harness::ask("PUT", "/_scandouble/faults/x").json(&trickle).send(&emulator).await;
    assert!(put.status < 300, "{}", put.text());
    let slow = get("/version").send(&emulator).await;
    assert_eq!(slow.header("content-length"), Some(slow.body.len().to_string().as_str()), "{slow:?}");
    let poll = get("/_scandouble/journal?since=1000&wait=700ms&api=spectra-analyze").send(&emulator).await;
    assert_eq!(poll.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn responses_beyond_the_memory_limit_are_refused_until_others_are_read() {
    // Responses that wait to be read must stay, however long the machine takes for the others.
    let emulator =
        with_a_large_journal(|builder| builder.max_body_memory(40_000_000).write_timeout(None)).await;
    let ask = b"GET /_scandouble/journal HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    let mut unread = Vec::new();
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let mut stream = connected(emulator.address()).await;
        stream.write_all(ask).await.expect("sent");
        let mut head = [0; 12];
        stream.read_exact(&mut head).await.expect("a status");
        statuses.push(String::from_utf8_lossy(&head[9..]).into_owned());
        unread.push(stream);
    }
    assert_eq!(statuses, ["200", "200", "503", "503"]);
    drop(unread);
    let held = async {
        while get("/_scandouble/health").send(&emulator).await.json()["connections"]["body_bytes"] != 0 {}
    };
    tokio::time::timeout(PATIENCE, held).await.expect("the memory is given back");
    assert_eq!(get("/_scandouble/journal").send(&emulator).await.status, 200);
}
