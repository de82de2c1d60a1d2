//! scandouble, a test double for malware-scan services: one server that stands in for four vendor HTTP APIs on top
//! of one SQLite sample store.
//!
//! A request walks in one direction: door, world, gate, room, store, reply. Each vendor API is one room with the same
//! furniture. Nothing shared knows a vendor's name or bytes.
//!
//! ```text
//!  bytes ─► server::pipeline   world (/_world/<name>/… or default), vendor API, endpoint
//!                 │                                      none → "not emulated here", with the list of what is
//!                 ▼
//!              the vendor's checks, in its order: path, method, account, limits; each refusal in its own words
//!                 ▼
//!              apis/<vendor>   parse → ask the world → reply (a value) ◄──► samples (facts, queue; no HTTP)
//!                 ▼
//!  bytes ◄── server          exact bytes, content type, behaviour headers
//! ```
//!
//! Modules by layer, lowest first; each imports only from those before it:
//! `document`, `clock`, `ids`, `disposition`, `behaviours`, `accounts`, `reply`, `settings`, `pattern`, `page` · `limits`, `faults`, `journal`, `samples`, `capture` · `keeper` · `world`,
//! `worlds` · `api` · `apis` · `near`, `reading`, `verify`, `coverage` · `fixtures` · `admin` · `server` · `emulator`, `import` · `compare` · `cli`, `main`.
//!
//! In a Rust test, start one in-process with [`Emulator::builder`].

pub mod accounts;
pub mod admin;
pub mod api;
pub mod apis;
pub mod behaviours;
pub mod capture;
pub mod cli;
pub mod clock;
pub mod compare;
pub mod coverage;
pub mod disposition;
pub mod document;
mod emulator;
pub mod faults;
pub mod fixtures;
pub mod ids;
pub mod import;
pub mod journal;
pub mod keeper;
pub mod limits;
pub mod near;
pub mod page;
pub mod pattern;
pub mod reading;
pub mod reply;
pub mod samples;
pub mod server;
pub mod settings;
pub mod verify;
pub mod world;
pub mod worlds;

pub use emulator::{Builder, Emulator, StartError};

// The example in the README is a documentation test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
