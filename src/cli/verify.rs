//! `scandouble verify`: whether the clients of a world did what a file expects; the exit code says it.

use clap::Args;
use http::Method;

use super::door::{Target, read};
use super::log::{complain, say};
use super::{DONE, FAILED};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    scandouble verify expectations.json --world t42\n  \
    echo '{\"expectations\": [{\"call\": {\"behaviour\": \"bulk.ok\"}, \"times\": 2}]}' | scandouble verify -")]
pub(super) struct Flags {
    /// The expectations as JSON; - for standard input
    file: String,

    #[command(flatten)]
    target: Target,
}

pub(super) fn run(flags: Flags) -> u8 {
    let Flags { file, target } = flags;
    target.drive(async |door| {
        let answer = door.ask(Method::POST, "/verify", read(&file)?.into()).await?;
        if answer.is_good() {
            door.show(&answer, |verified| {
                let met = verified["expectations"].as_array().map_or(0, Vec::len);
                let calls = &verified["considered"];
                format!("verified: {met} expectations, by {calls} calls")
            });
            return Ok(DONE);
        }
        // A verdict is an answer, a question that cannot be understood is none.
        let failed = answer.value["verified"].as_bool() == Some(false);
        if failed && door.wants_json() {
            say(&answer.text);
            return Ok(FAILED);
        }
        match answer.detail() {
            Some(detail) if failed => {
                complain(&format!("not verified\n{detail}"));
                Ok(FAILED)
            }
            _ => Err(door.refused(&answer)),
        }
    })
}
