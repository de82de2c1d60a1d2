//! More connections than the limit.

use std::time::Duration;

use scandouble::Emulator;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::half_closed::until_open;
use crate::harness::{Answer, exchange, get, post, start_with};

const PATIENCE: Duration = Duration::from_secs(30);

async fn full(count: usize) -> (Emulator, Vec<TcpStream>) {
    let emulator = start_with("samples: []", |builder| builder.max_connections(count)).await;
    let mut open = Vec::new();
    for _ in 0..count {
        let mut stream = TcpStream::connect(emulator.address()).await.expect("connects");
        stream.write_all(b"GET /version HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
        assert_ne!(stream.read(&mut [0; 4096]).await.expect("an answer"), 0);
        open.push(stream);
    }
    (emulator, open)
}

#[tokio::test]
async fn beyond_the_connection_limit_only_the_admin_api_is_served() {
    let (emulator, mut open) = full(3).await;
    for _ in 0..2 {
        let health = get("/_scandouble/health").send(&emulator).await;
        assert_eq!((health.status, &health.json()["connections"]["open"]), (200, &4.into()));
        let reset = post("/_world/w/_scandouble/reset").send(&emulator).await;
        assert!(reset.status < 300, "{reset:?}");
        for path in ["/version", "/v2/hash", "/nobody", "/_world/w/version"] {
            let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
            let refused = exchange(emulator.address(), request.as_bytes()).await;
            assert_eq!((refused.status, refused.header("connection")), (503, Some("close")), "{path}");
            assert!(refused.text().contains("--max-connections"), "{}", refused.text());
        }
        let connect = b"CONNECT localhost:1 HTTP/1.1\r\nHost: a\r\n\r\n";
        assert_eq!(exchange(emulator.address(), connect).await.status, 503);
    }
    // One connection ends, and another one is allowed.
    open.pop();
    until_open(&emulator, 3).await;
    assert_eq!(get("/version").send(&emulator).await.status, 200);
    let health = get("/_scandouble/health").send(&emulator).await.json();
    assert_eq!(health["connections"]["refused"], 10, "{health}");
}

#[tokio::test]
async fn idle_connections_do_not_use_up_the_reserve() {
    let (emulator, _open) = full(2).await;
    let mut idle = Vec::new();
    for _ in 0..100 {
        idle.push(TcpStream::connect(emulator.address()).await.expect("connects"));
    }
    let health = tokio::time::timeout(PATIENCE, get("/_scandouble/health").send(&emulator)).await;
    assert_eq!(health.expect("health answers").status, 200);
    // A connection without a request is closed without an answer.
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(PATIENCE, idle[0].read_to_end(&mut rest)).await;
    assert!(closed.expect("closed").is_ok() && rest.is_empty(), "{rest:?}");
}

#[tokio::test]
async fn a_tunnel_counts_as_a_connection() {
    let emulator = start_with("samples: []", |builder| builder.max_connections(1)).await;
    let mut stream = TcpStream::connect(emulator.address()).await.expect("connects");
    stream.write_all(b"CONNECT localhost:1 HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    assert_ne!(stream.read(&mut [0; 4096]).await.expect("an answer"), 0);
    assert_eq!(get("/version").send(&emulator).await.status, 503);
    stream.write_all(&get("/version").bytes()).await.expect("sent");
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.expect("read");
    assert_eq!(Answer::read(&received).expect("an answer").status, 200);
    until_open(&emulator, 1).await;
    assert_eq!(get("/version").send(&emulator).await.status, 200);
}
