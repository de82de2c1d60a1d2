//! Signals end the program even while all its workers are blocked.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Stdio;
use std::time::Duration;

use crate::harness::get;
use crate::harness::program::{Running, program};

/// Blocks every worker: each logs an invalid TLS handshake to a pipe that is never read.
fn block_workers(tls: SocketAddr, plain: SocketAddr) {
    // Asked twice, since on a busy machine workers that are not blocked may need longer for what was sent already.
    while answers(plain) || answers(plain) {
        for _ in 0..500 {
            let connected = TcpStream::connect_timeout(&tls, Duration::from_secs(1));
            let Ok(mut stream) = connected else { break };
            let _ = stream.write_all(b"this is no handshake, and the server says so in its log\r\n\r\n");
        }
    }
}

/// Whether any worker still accepts and answers requests.
fn answers(plain: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect_timeout(&plain, Duration::from_secs(1)) else { return false };
    let asked = stream.write_all(&get("/_scandouble/health").bytes());
    // Long enough that a busy machine is not mistaken for blocked workers.
    stream.set_read_timeout(Some(Duration::from_secs(4))).expect("set");
    asked.is_ok() && stream.read(&mut [0; 64]).is_ok_and(|count| count > 0)
}

/// A program whose workers are all blocked.
fn blocked() -> Running {
    let flags = ["--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0", "--tls", "self-signed"];
    let mut command = program(&flags);
    command.args(["--log-level", "info"]).stderr(Stdio::piped());
    // With a second worker, a blocked one may hold the task that accepts connections, so that nothing answers although the second
    // is free.
    command.env("TOKIO_WORKER_THREADS", "1");
    let running = Running::start(&mut command);
    let lines = running.lines_until(|line| line.starts_with("also on https://"));
    let after = |line: &str, mark: &str| {
        let (_, rest) = line.split_once(mark).expect("an address");
        rest.split([' ', ',']).next().expect("an address").parse().expect("an address")
    };
    block_workers(after(lines.last().expect("a line"), "https://"), after(&lines[0], "http://"));
    running
}

#[test]
#[cfg(unix)]
fn a_second_signal_does_not_wait_for_the_grace_time() {
    let running = blocked();
    running.send("TERM");
    let (status, took) = running.end("INT");
    assert_eq!(status.code(), Some(1));
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[test]
#[cfg(unix)]
fn signals_end_a_program_whose_workers_are_blocked() {
    for signal in ["TERM", "INT"] {
        let running = blocked();
        let (status, took) = running.end(signal);
        assert_eq!(status.code(), Some(1), "{signal}");
        assert!(took < Duration::from_secs(10), "{signal}: {took:?}");
    }
}
