//! `scandouble health`: whether a server is ready, as an exit code; what a container's supervisor asks.

use std::time::Duration;

use clap::Args;

use super::DONE;
use super::door::{Failure, Target};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  scandouble health || echo not ready")]
pub(super) struct Flags {
    /// How many seconds to wait for an answer
    #[arg(long, value_name = "SECONDS", default_value_t = 3)]
    timeout: u64,

    #[command(flatten)]
    target: Target,
}

pub(super) fn run(flags: Flags) -> u8 {
    let Flags { timeout, target } = flags;
    target.drive(async |door| {
        let door = door.of_server();
        let asking = tokio::time::timeout(Duration::from_secs(timeout), door.get("/health"));
        let slow = |_| Failure::Failed(format!("{} did not answer within {timeout} s", door.url));
        let answer = asking.await.map_err(slow)??;
        door.show(&answer, |health| {
            let text = |key: &str| health[key].as_str().unwrap_or_default();
            let faulty = match text("fixtures") {
                "faulty" => "; its fixtures have changed and have faults, those of before stay",
                _ => "",
            };
            let unsaved = match text("reason") {
                "" => String::new(),
                reason => format!("; changes are not saved: {reason}"),
            };
            format!(
                "{}: scandouble {} with {} samples on {}{faulty}{unsaved}",
                text("status"),
                text("version"),
                health["samples"],
                door.url
            )
        });
        Ok(DONE)
    })
}
