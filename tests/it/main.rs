//! The integration tests: one binary, in-process emulators, raw bytes.

#![allow(unreachable_pub)]

mod admin;
mod apis;
mod build;
mod check;
mod cli;
mod compare;
mod coverage;
mod docs;
mod every_behaviour;
mod findings;
mod fixture_formats;
mod fixtures;
mod folders;
mod format_reference;
mod harness;
mod hash;
mod import;
mod init;
mod journal;
mod large_sets;
mod metrics;
mod network;
mod pages;
mod parallel;
#[cfg(target_os = "linux")]
mod persistence;
mod program;
mod redaction;
mod reload;
mod request_log;
mod state_across_restarts;
mod threat_model;
mod verify;
mod worlds;
