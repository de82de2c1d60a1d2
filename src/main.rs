//! The `scandouble` program: see `scandouble --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let started = scandouble::internals::clock::stopwatch();
    scandouble::internals::cli::run(started)
}
