//! Sequences of requests to the vendor APIs.

#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use scandouble_fuzz::answer::is_admin;
use scandouble_fuzz::bounds::Bounds;
use scandouble_fuzz::request::requests;
use scandouble_fuzz::server::Server;

const BOUNDS: Bounds = Bounds { peak: (4 << 20, 1000), total: (16 << 20, 10_000) };

thread_local! {
    static SERVER: RefCell<Server> = RefCell::new(Server::start(|builder| builder));
}

fuzz_target!(|input: &[u8]| {
    let mut requests = requests(input);
    requests.retain(|request| !is_admin(request));
    SERVER.with_borrow_mut(|server| {
        BOUNDS.check(input, || {
            for request in &requests {
                server.ask(request).check(request);
            }
            server.reset(&requests);
        });
    });
});
