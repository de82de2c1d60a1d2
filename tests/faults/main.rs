//! The state file (`--db`) under failing, short and slow writes, kills at chosen and at random moments, and power failures:
//! whatever was answered is there afterwards, and of everything else all or nothing. A built store is the old or the new one.
//!
//! The faults come from a library that is loaded into the server (`shim.c`), so these tests need `cc`. They start the server
//! hundreds of times, so `cargo test` leaves this binary out, and `tests/all` runs it.
//!
//! `FAULTS=all cargo test --test faults every` tries each kind of fault at each call, `KILLS=1000 SEED=7 cargo test --test faults
//! random` kills more often.

#![cfg(target_os = "linux")]
#![allow(unreachable_pub)]

mod build;
mod disk;
mod every_call;
#[path = "../it/harness/mod.rs"]
mod harness;
mod random_kills;
mod server;
mod session;
mod shim;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}
