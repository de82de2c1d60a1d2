//! Large bodies do not delay other requests.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::channel;
use std::time::Duration;

use super::connect::talk;
use crate::harness::program::{Running, program};
use crate::harness::{Answer, get, post};

const HASH: &str = "\"44d88612fea8a8f36de82e1278abb02f\"";

/// How long a large body takes to be answered once it is sent, and the longest that a small request took meanwhile.
fn race(address: SocketAddr) -> (Duration, Duration) {
    let body = format!("{{\"hash\":[{HASH}{}]}}", format!(",{HASH}").repeat(16_000_000 / 35));
    let large = post("/v2/hash").header("apikey", "exampleapikey").json(&body).bytes();
    let (answered, is_answered) = channel();
    let mut stream = TcpStream::connect(address).expect("connects");
    stream.write_all(&large).expect("sent");
    let since = scandouble::internals::clock::stopwatch();
    std::thread::spawn(move || {
        let mut received = Vec::new();
        let _ = stream.read_to_end(&mut received);
        let status = Answer::read(&received).map(|answer| answer.status);
        answered.send((since.elapsed(), status)).expect("a receiver");
    });
    let mut longest = Duration::ZERO;
    loop {
        let began = scandouble::internals::clock::stopwatch();
        let small = talk(address, &get("/version").bytes());
        assert_eq!(Answer::read(&small).map(|answer| answer.status), Some(200));
        if let Ok((took, status)) = is_answered.try_recv() {
            assert_eq!(status, Some(400), "more hashes than may be asked for at once");
            // A small request that was delayed is the last one.
            return (took, longest.max(began.elapsed()));
        }
        longest = longest.max(began.elapsed());
    }
}

#[test]
fn a_large_body_does_not_delay_other_requests() {
    let mut command = program(&["--listen", "127.0.0.1:0", "--log", "json"]);
    // One worker, so that whatever blocks it delays every request.
    let running = Running::start(command.env("TOKIO_WORKER_THREADS", "1"));
    let address = running.address();
    // Other processes may delay a small request, but not in every race.
    let races: Vec<_> = (0..5).map(|_| race(address)).collect();
    assert!(races.iter().any(|(large, small)| *small < *large / 3), "{races:?}");
}
