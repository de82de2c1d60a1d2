//! scandouble, a test double for malware-scan services: one server that emulates four vendor HTTP APIs on top of one
//! sample store.
//!
//! In a Rust test, start one in-process with [`Emulator::builder`], and give each test a [`World`] of its own:
//!
//! ```
//! use scandouble::{Call, Emulator, Verification};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let emulator = Emulator::builder().start().await?;
//! let world = emulator.world("my-test");
//! world.load("samples: [{ name: dropper.exe, content: harmless, verdict: infected }]").await?;
//! // Here the client under test runs with this base URL.
//! assert!(world.url().starts_with("http://127.0.0.1:"));
//! world.verify(Verification::new().expect(Call::new().status(500).never())).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! All are enabled by default. A test that needs none of them compiles less than half as many crates, and no C code, with
//! `default-features = false`:
//!
//! | feature | what it adds |
//! |---|---|
//! | `cli` | the program `scandouble`, with all other features |
//! | `replay` | what the program needs to import recorded exchanges and to compare them |
//! | `sqlite` | [`Builder::db`] and [`Builder::store`]: state that survives a restart, and built stores |
//! | `tls` | [`Builder::tls`]: https, for listeners and through the proxy |
//!
//! Without a feature, a builder that asks for it does not start, and the error names the feature.
//!
//! # Map of the code
//!
//! A request passes through the layers in one direction. Nothing outside `vendors` knows a vendor's name or bytes.
//!
//! ```text
//!  bytes ─► server::pipeline   resolve: world (/_world/<name>/… or the default one), vendor API, endpoint
//!                 │            receive the body
//!                 ▼
//!              vendors/<name>  authenticate and check, in the vendor's order; each refusal in the vendor's format
//!                 │            answer: parse, ask the world, return a Reply (a value)  ◄──►  worlds, samples (no HTTP)
//!                 ▼
//!  bytes ◄── server::pipeline  record in the journal, deliver exact bytes, headers, or an injected fault
//! ```
//!
//! Modules, lowest layer first; each uses only those above it in the list:
//!
//! | module | what is in it |
//! |---|---|
//! | `document` | YAML, JSON and CSV as trees with positions; diagnostics with file, line and caret; times and durations as people write them |
//! | `clock` | the only source of time |
//! | `ids` | the only source of random and derived identifiers |
//! | `settings` | typed settings: keys, defaults, values |
//! | `accounts` | accounts, credentials, sessions |
//! | `samples` | hashes, verdicts, samples, derived facts, uploads |
//! | `faults` | fault rules, scenarios, latency |
//! | `journal` | replies as values, the recorded exchanges, redaction, filters, HAR |
//! | `store` | all SQL: fixture samples and the index in front of them, built stores, persisted worlds |
//! | `worlds` | a world and the registry of worlds; limits, analysis queue, uploads |
//! | `vendors` | the contract, the one list, and a folder per vendor API |
//! | `findings` | what only reads the journal: deviations, advice, near misses, verification, coverage |
//! | `fixtures` | loading, linking, checking, reloading, watching, generating |
//! | `admin` | the admin API below `/_scandouble/`, and the console, its page for browsers |
//! | `server` | listeners, TLS, proxy, connections, bodies, and the request pipeline |
//! | `emulator` | the builder and start-up, where everything is wired together |
//! | `replay` | recorded exchanges: import them as fixtures, compare them with the answers |
//! | `cli` | the command line, a file per subcommand |

// Without the command line, parts of other modules have no caller, and without SQLite, some of their values cannot exist.
#![cfg_attr(not(feature = "cli"), allow(dead_code, unreachable_code, unused_imports))]

mod accounts;
mod admin;
#[cfg(feature = "cli")]
mod cli;
mod clock;
mod document;
mod emulator;
mod faults;
mod findings;
mod fixtures;
mod ids;
mod journal;
#[cfg(feature = "replay")]
mod replay;
mod samples;
mod server;
mod settings;
mod store;
mod vendors;
mod worlds;

pub use document::Diagnostic;
pub use emulator::{
    Builder, Call, Coverage, Emulator, Fault, Loaded, StartError, Verification, VerifyError, World,
    WorldClock, WorldError,
};
pub use fixtures::{ReloadError, Status, Summary};
pub use server::{Address, ConfigError, ListenAddress, Mount, TransportLimits};
pub use store::StoreError;

/// What the program, the repository's own tests, its benchmarks and `docs/adding-an-api.md` use. It changes without notice.
#[doc(hidden)]
pub mod internals {
    pub mod accounts {
        pub use crate::accounts::{Account, Admission, Credential, Holder};
    }
    pub mod admin {
        pub use crate::admin::openapi_document;
    }
    #[cfg(feature = "cli")]
    pub mod cli {
        pub use crate::cli::run;
    }
    pub mod clock {
        pub use crate::clock::{Clock, stopwatch};
    }
    pub mod document {
        pub use crate::document::{Code, Diagnostic, Diagnostics, Field, Format, Shape, code, parse};
    }
    pub mod faults {
        pub use crate::faults::{Effect, Refusal, RequestMatcher, Rule, SCENARIOS, Substitute, When};
    }
    pub mod fixtures {
        pub use crate::fixtures::*;
    }
    pub mod ids {
        pub use crate::ids::{derived, hex};
    }
    pub mod journal {
        pub use crate::journal::{Behaviour, Behaviours, Finding, FindingKind, Grade, Reply, json};
        pub use http::HeaderValue;
    }
    #[cfg(feature = "replay")]
    pub mod replay {
        pub mod import {
            pub use crate::replay::import::*;
        }
    }
    pub mod samples {
        pub use crate::samples::{Hash, HashKind, Hashes, Rule, Sample, Verdict};
    }
    pub mod server {
        pub use crate::server::{Address, ListenAddress};
    }
    pub mod settings {
        pub use crate::settings::{AUTH, AuthMode, Kind, Pace, Setting, SettingKey};
    }
    pub mod store {
        pub use crate::store::{Built, ChangedPart, EntryChange};
    }
    pub mod vendors {
        pub use crate::vendors::*;
    }
    pub mod worlds {
        pub use crate::worlds::{Additions, Ask, DEFAULT, OwnAccount, Part, State, Worlds};
    }
}

// Compiles and runs the README's Rust example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
