//! CONNECT inside a tunnel. The server runs as a separate process, because a stack overflow aborts the process.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use crate::harness::Answer;
use crate::harness::program::{Running, program};

const CONNECT: &str = "CONNECT localhost:1 HTTP/1.1\r\nHost: a\r\n\r\n";

/// Sends bytes and reads until the server closes the connection.
pub fn talk(address: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).expect("connects");
    let mut reading = stream.try_clone().expect("a second handle");
    let request = request.to_vec();
    let writing = std::thread::spawn(move || {
        let _ = stream.write_all(&request);
        stream
    });
    let mut received = Vec::new();
    let _ = reading.read_to_end(&mut received);
    drop(writing.join().expect("sent"));
    received
}

#[test]
fn connect_inside_a_tunnel_is_refused() {
    let mut command = program(&["--listen", "127.0.0.1:0", "--log", "json", "--admin-token", "secret"]);
    let running = Running::start(&mut command);
    let address = running.address();
    let count = 20_000;
    let health = "GET /_scandouble/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let received = talk(address, format!("{}{health}", CONNECT.repeat(count)).as_bytes());
    let text = String::from_utf8_lossy(&received);
    assert!(text.starts_with("HTTP/1.1 200 "), "{text:.300}");
    assert_eq!(text.matches("HTTP/1.1 403 ").count(), count - 1, "{text:.600}");
    assert!(text.contains("a CONNECT inside a tunnel"), "{text:.600}");
    assert!(text.contains("content-type: text/plain"), "{text:.600}");
    // Neither the tunnel nor the server is affected.
    assert!(text.contains(r#"{"status":"ok""#), "{text:.600}");

    let logged = running.lines_until(|line| line.contains("refused a CONNECT inside a tunnel"));
    assert!(logged.iter().any(|line| line.contains("WARN")), "{logged:?}");
    let answer = Answer::read(&talk(address, health.as_bytes())).expect("an answer");
    assert_eq!(answer.status, 200);
}
