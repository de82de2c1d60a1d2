//! The integration tests: one binary, in-process emulators, raw bytes.

#![allow(unreachable_pub)]

mod admin;
mod apis;
mod big;
mod build;
mod check;
mod cli;
mod compare;
mod coverage;
mod docs;
mod every_behaviour;
mod findings;
mod fixtures;
mod folders;
mod format;
mod harness;
mod hash;
mod import;
mod journal;
#[cfg(target_os = "linux")]
mod journal_memory;
mod kept;
mod network;
mod notation;
mod parallel;
#[cfg(target_os = "linux")]
mod persistence;
mod program;
mod redaction;
mod reload;
mod robustness;
mod verify;
mod worlds;
