//! scandouble, a test double for malware-scan services: one server that emulates four vendor HTTP APIs on top of one
//! sample store.
//!
//! In a Rust test, start one in-process with [`Emulator::builder`].
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

mod accounts;
mod admin;
mod cli;
mod clock;
mod document;
mod emulator;
mod faults;
mod findings;
mod fixtures;
mod ids;
mod journal;
mod replay;
mod samples;
mod server;
mod settings;
mod store;
mod vendors;
mod worlds;

pub use emulator::{Builder, Emulator, StartError};

/// What the program, the repository's own tests, its benchmarks and `docs/adding-an-api.md` use. It changes without notice.
#[doc(hidden)]
pub mod internals {
    pub mod accounts {
        pub use crate::accounts::{Account, Admission, Credential, Holder};
    }
    pub mod admin {
        pub use crate::admin::openapi_document;
    }
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
        pub use crate::journal::{Behaviour, Finding, FindingKind, Grade, Reply, json};
    }
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
