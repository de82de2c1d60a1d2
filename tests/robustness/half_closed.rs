//! Clients that close their sending side after the request, and still read: `nc -N`, some libraries.

use std::time::Duration;

use futures_util::future::join_all;
use scandouble::Emulator;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::start;
use crate::harness::secure::{handshake, secure_address};
use crate::harness::{Answer, get, post};

/// Longer than any answer here takes, and far shorter than the wait of the long polls.
const SOON: Duration = Duration::from_secs(30);

/// Sends `request`, closes the sending side, and returns the whole answer.
async fn half_closed(emulator: &Emulator, request: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect(emulator.address()).await.expect("connects");
    stream.write_all(request).await.ok()?;
    stream.shutdown().await.ok()?;
    let mut received = Vec::new();
    let _ = stream.read_to_end(&mut received).await;
    Answer::read(&received)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_uploads_of_half_closed_clients_are_all_answered() {
    let emulator = start().await;
    let request = post("/file").body(vec![b'x'; 3_000_000]).bytes();
    let answers = join_all((0..60).map(|_| half_closed(&emulator, &request))).await;
    let statuses: Vec<_> = answers.iter().map(|answer| answer.as_ref().map(|answer| answer.status)).collect();
    assert_eq!(statuses, vec![Some(200); 60]);
}

#[tokio::test]
async fn half_closed_clients_are_answered_after_an_injected_latency() {
    let emulator = start().await;
    let fault = r#"{"when":"always","then":{"latency":"60ms"}}"#;
    assert_eq!(post("/_scandouble/faults").json(fault).send(&emulator).await.status, 201);
    let answer = half_closed(&emulator, &get("/version").bytes()).await.expect("an answer");
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn half_closed_tls_clients_are_answered() {
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let emulator = crate::harness::start_with("samples: []", |builder| builder.tls(address)).await;
    let stream = TcpStream::connect(secure_address(&emulator)).await.expect("connects");
    let mut stream = handshake(stream, emulator.ca_pem(), "localhost", &["http/1.1"]).await.expect("TLS");
    stream.write_all(&post("/file").body(vec![b'x'; 3_000_000]).bytes()).await.expect("sent");
    stream.shutdown().await.expect("shut");
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.expect("read");
    assert_eq!(Answer::read(&received).expect("an answer").status, 200);
}

#[tokio::test]
async fn half_closed_clients_in_tunnels_are_answered() {
    let emulator = start().await;
    let connect = "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let upload = post("/file").body(vec![b'x'; 3_000_000]).bytes();
    let mut stream = TcpStream::connect(emulator.address()).await.expect("connects");
    stream.write_all(connect.as_bytes()).await.expect("sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("the head of the answer"));
    }
    assert!(head.starts_with(b"HTTP/1.1 200 OK\r\n"), "{}", head.escape_ascii());
    stream.write_all(&upload).await.expect("sent");
    stream.shutdown().await.expect("shut");
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.expect("read");
    assert_eq!(Answer::read(&received).expect("an answer").status, 200);
}

#[tokio::test]
async fn a_long_poll_ends_when_its_client_closes() {
    let emulator = start().await;
    let request = get("/_scandouble/journal?since=0&wait=60s").bytes();
    // A half-closed client gets the entries that exist.
    let answer = tokio::time::timeout(SOON, half_closed(&emulator, &request)).await;
    let answer = answer.expect("before the wait is over").expect("an answer");
    assert_eq!((answer.status, &answer.json()["matching"]), (200, &0.into()));
    // A client that disconnects frees its connection; another one still waits.
    let mut open = Vec::new();
    for _ in 0..5 {
        let mut stream = TcpStream::connect(emulator.address()).await.expect("connects");
        stream.write_all(&request).await.expect("sent");
        open.push(stream);
    }
    until_open(&emulator, 6).await;
    open.truncate(1);
    until_open(&emulator, 2).await;
}

#[tokio::test]
async fn a_request_that_is_never_answered_ends_with_its_client() {
    let emulator = start().await;
    let fault = r#"{"when":"always","then":{"delivery":"never"}}"#;
    assert_eq!(post("/_scandouble/faults").json(fault).send(&emulator).await.status, 201);
    let mut stream = TcpStream::connect(emulator.address()).await.expect("connects");
    stream.write_all(&get("/version").bytes()).await.expect("sent");
    until_open(&emulator, 2).await;
    drop(stream);
    until_open(&emulator, 1).await;
}

/// Waits until the server counts `count` open connections, including the one of this request.
pub async fn until_open(emulator: &Emulator, count: u64) {
    let reached = async {
        loop {
            let health = get("/_scandouble/health").send(emulator).await.json();
            if health["connections"]["open"] == count {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, reached).await.unwrap_or_else(|_| panic!("never {count} open connections"));
}
