//! The memory that bodies use, measured in a separate process.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use super::connect::talk;
use crate::harness::Answer;
use crate::harness::program::{Running, program};

const MEBI: u64 = 1 << 20;

fn served(more: &[&str]) -> (Running, SocketAddr) {
    let mut command = program(&["--listen", "127.0.0.1:0", "--log", "json"]);
    let running = Running::start(command.args(more));
    let address = running.address();
    (running, address)
}

/// A line of `/proc/PID/status`, in bytes.
#[cfg(target_os = "linux")]
pub fn memory(running: &Running, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", running.id())).expect("its status");
    let line = status.lines().find(|line| line.starts_with(name)).expect("the line");
    let kibi: u64 = line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).expect("a number");
    kibi * 1024
}

/// A connection that has sent the head of a request with a body of `length` bytes, and the first two frames of it.
fn begun(address: SocketAddr, path: &str, length: u64) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("connects");
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Token exampletoken\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("sent");
    stream.set_nodelay(true).expect("set");
    stream
}

#[test]
#[cfg(target_os = "linux")]
fn a_declared_length_reserves_no_memory() {
    let (running, address) = served(&[]);
    let before = memory(&running, "VmSize");
    let mut open = Vec::new();
    for path in ["/file", "/_scandouble/samples"] {
        for _ in 0..100 {
            let length = if path == "/file" { 16 * MEBI } else { 256 * MEBI };
            let mut stream = begun(address, path, length);
            stream.write_all(b"x").expect("sent");
            open.push(stream);
        }
    }
    // A second frame each, after the first has been read, which the answers in between ensure.
    for stream in &mut open {
        let health = "GET /_scandouble/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
        assert_eq!(Answer::read(&talk(address, health.as_bytes())).expect("an answer").status, 200);
        stream.write_all(b"y").expect("sent");
    }
    let grown = memory(&running, "VmSize").saturating_sub(before);
    assert!(grown < 1024 * MEBI, "{} MiB more virtual memory", grown / MEBI);
    drop(open);
}

/// Reads the head and body of one answer, of which the length is known.
fn read_answer(stream: &mut TcpStream) -> Answer {
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(answer) = Answer::read(&received)
            && answer.header("content-length").and_then(|text| text.parse().ok()) <= Some(answer.body.len())
        {
            return answer;
        }
        let count = stream.read(&mut buffer).expect("read");
        assert_ne!(count, 0, "the connection ended: {received:?}");
        received.extend_from_slice(&buffer[..count]);
    }
}

#[test]
fn bodies_beyond_the_memory_limit_are_refused_in_the_format_of_the_api() {
    let (_running, address) = served(&["--max-body-memory", "6MiB"]);
    let mut hog = begun(address, "/file", 5 * MEBI + 1);
    hog.write_all(&vec![b'x'; 5 * MEBI as usize]).expect("sent");
    let health = "GET /_scandouble/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    // The server has taken the first body once it counts its bytes.
    let counted = |least: u64| loop {
        let health = Answer::read(&talk(address, health.as_bytes())).expect("an answer").json();
        if health["connections"]["body_bytes"].as_u64().expect("a count") >= least {
            break;
        }
    };
    counted(5 * MEBI);
    for (path, kind, words) in [
        ("/file", "application/json; charset=utf-8", r#"{"err":""#),
        ("/api/samples/analyze_bulk/", "application/json", r#"{"detail":"Service unavailable."}"#),
        ("/_scandouble/samples", "application/problem+json", "--max-body-memory"),
        ("/nobody", "application/problem+json", "--max-body-memory"),
    ] {
        let mut stream = begun(address, path, 3 * MEBI);
        stream.write_all(&vec![b'x'; 3 * MEBI as usize]).expect("sent");
        let answer = read_answer(&mut stream);
        assert_eq!(answer.status, 503, "{path}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some(kind), "{path}");
        assert!(answer.text().contains(words), "{path}: {}", answer.text());
        // The connection is still usable.
        stream.write_all(b"GET /version HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").expect("sent");
        assert_eq!(read_answer(&mut stream).status, 200, "{path}");
    }
    // Small calls to the admin API still succeed, and the first body can be completed.
    let reset = "POST /_world/other/_scandouble/reset HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";
    assert_eq!(Answer::read(&talk(address, reset.as_bytes())).expect("an answer").status, 200);
    hog.write_all(b"x").expect("sent");
    assert_eq!(read_answer(&mut hog).status, 200);
    // Answered requests release their memory.
    let mut stream = begun(address, "/file", 5 * MEBI);
    stream.write_all(&vec![b'x'; 5 * MEBI as usize]).expect("sent");
    assert_eq!(read_answer(&mut stream).status, 200);
}
