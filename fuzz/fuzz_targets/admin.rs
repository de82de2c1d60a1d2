//! Sequences of requests to the admin API and to the vendor APIs that it changes.

#![no_main]

use std::cell::RefCell;
use std::time::Duration;

use http::Method;
use libfuzzer_sys::fuzz_target;
use scandouble_fuzz::answer::is_admin;
use scandouble_fuzz::bounds::Bounds;
use scandouble_fuzz::request::{Request, requests};
use scandouble_fuzz::server::Server;

const BOUNDS: Bounds = Bounds { peak: (16 << 20, 4000), total: (64 << 20, 40_000) };
/// How long an answer may take that an injected fault delays, or never sends.
const BRIEF: Duration = Duration::from_millis(20);

thread_local! {
    static SERVER: RefCell<Server> = RefCell::new(Server::start(|builder| builder));
}

/// Whether a request waits for others, or its answer has no end.
fn waits(request: &Request) -> bool {
    request.path.contains("events") || request.query.contains("wait")
}

/// Whether a request may inject faults, or change settings, to which the order of answers and their headers belong.
fn changes(request: &Request) -> bool {
    let is_read = matches!(request.method, Method::GET | Method::HEAD | Method::OPTIONS);
    let path = request.own_path();
    let parts = ["faults", "scenarios", "settings", "samples", "fixtures"];
    !is_read && is_admin(request) && parts.iter().any(|part| path.contains(part))
}

fuzz_target!(|input: &[u8]| {
    let mut requests = requests(input);
    requests.retain(|request| !waits(request));
    SERVER.with_borrow_mut(|server| {
        BOUNDS.check(input, || {
            let mut is_changed = false;
            for request in &requests {
                if !is_admin(request) && is_changed {
                    // Whatever was injected: it is an answer in form, or none.
                    if let Ok(answer) = server.ask_within(request, BRIEF) {
                        answer.check_form(request);
                    }
                } else {
                    server.ask(request).check(request);
                }
                is_changed |= changes(request);
            }
            server.reset_all();
        });
    });
});
