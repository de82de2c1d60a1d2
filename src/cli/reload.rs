//! `scandouble reload`: has a running server read its fixtures again.

use clap::Args;
use http::Method;
use serde_json::Value;

use super::door::{Failure, Target};
use super::log::{complain, in_colours};
use super::samples::fault_of;
use super::table::plain;
use super::{DONE, FAILED};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  scandouble reload\n\n\
    What tests and clients made of the worlds stays. With faults in the fixtures nothing changes, and the exit code is 1.")]
pub(super) struct Flags {
    #[command(flatten)]
    target: Target,
}

pub(super) fn run(flags: Flags) -> u8 {
    flags.target.drive(async |door| {
        let answer = door.of_server().ask(Method::POST, "/fixtures/reload", Vec::new().into()).await?;
        if answer.is_good() {
            door.show(&answer, |shown| {
                let texts = |key: &str| -> Vec<String> {
                    shown[key].as_array().into_iter().flatten().filter_map(Value::as_str).map(plain).collect()
                };
                let notes: String = texts("notes").iter().map(|note| format!("\nnote: {note}")).collect();
                let noun = if shown["samples"] == 1 { "sample" } else { "samples" };
                format!("{} {noun} from {}{notes}", shown["samples"], texts("sets").join(", "))
            });
            return Ok(DONE);
        }
        match answer.value["errors"].as_array() {
            Some(faults) => {
                faults.iter().for_each(|fault| complain(&fault_of(fault, None).render(in_colours())));
                complain("scandouble: nothing has changed");
                Ok(FAILED)
            }
            None => Err(Failure::Failed(answer.detail().map_or_else(
                || {
                    format!(
                        "{} answered {} and is no scandouble, or another version",
                        door.url,
                        answer.status()
                    )
                },
                str::to_owned,
            ))),
        }
    })
}
