//! Arbitrary bytes on a connection, HTTP/1.1, HTTP/2, TLS or neither, and what clients do to connections: pauses, a closed sending
//! side, a close before the answer.

#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use scandouble_fuzz::answer::Answer;
use scandouble_fuzz::bounds::Bounds;
use scandouble_fuzz::server::Server;

const BOUNDS: Bounds = Bounds { peak: (8 << 20, 1000), total: (32 << 20, 10_000) };
/// The start of HTTP/2, and of a request for a tunnel.
const OTHER_PROTOCOLS: [&[u8]; 2] = [b"PRI * HTTP/2", b"CONNECT"];
/// A pause. It is no byte of HTTP/1.1.
const PAUSE: u8 = 0xfe;

thread_local! {
    static SERVER: RefCell<Server> = RefCell::new(Server::start(|builder| builder));
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fuzz_target!(|input: &[u8]| {
    // Faults, settings and requests that wait are for the target of the admin API.
    if contains(input, b"_scandouble") {
        return;
    }
    let (bytes, abort) = match input.split_last() {
        Some((0xff, bytes)) => (bytes, true),
        _ => (input, false),
    };
    let parts: Vec<_> = bytes.split(|byte| *byte == PAUSE).collect();
    SERVER.with_borrow_mut(|server| {
        BOUNDS.check(input, || {
            let received = server.send(&parts, abort);
            let is_other = OTHER_PROTOCOLS.iter().any(|start| contains(input, start));
            if let Some((answer, _)) = Answer::head(&received).filter(|_| !is_other) {
                assert!(received.starts_with(b"HTTP/1."), "{}", received.escape_ascii());
                assert!((100..500).contains(&answer.status), "{answer:?}");
            }
            server.reset_all();
        });
    });
});
