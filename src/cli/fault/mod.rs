//! `scandouble fault`: injects faults into a world, lists them and removes them.

mod add;
mod list;

use clap::{Args, Subcommand};
use serde_json::json;

pub(super) use self::list::list;
use super::DONE;
use super::door::{Target, encode};
use super::log::say;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  scandouble fault add --api metadefender-cloud --next 2 --status 503 --retry-after 120\n  \
                        scandouble fault clear"
)]
pub(super) struct Flags {
    #[command(subcommand)]
    act: Option<Act>,

    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// List them and what they have done; what happens without a word
    #[command(after_help = "Example:\n  scandouble fault list")]
    List,
    /// Add one: which requests, how often, and what happens to them
    Add(Box<add::Flags>),
    /// Remove one
    #[command(after_help = "Example:\n  scandouble fault remove f1")]
    Remove {
        /// Its id
        id: String,
    },
    /// Remove all
    #[command(after_help = "Example:\n  scandouble fault clear")]
    Clear,
}

pub(super) fn run(flags: Flags) -> u8 {
    let Flags { act, target } = flags;
    target.drive(async |door| {
        match act.unwrap_or(Act::List) {
            Act::List => {
                let answer = door.get("/faults").await?;
                door.show(&answer, list);
            }
            Act::Add(flags) => {
                let answer = door.post("/faults", &flags.rule()?).await?;
                door.show(&answer, |rule| list(&json!({ "faults": [rule] })));
            }
            Act::Remove { id } => {
                door.delete(&format!("/faults/{}", encode(&id))).await?;
                if !door.wants_json() {
                    say(&format!("{id} is gone"));
                }
            }
            Act::Clear => {
                door.delete("/faults").await?;
                if !door.wants_json() {
                    say("all faults are gone");
                }
            }
        }
        Ok(DONE)
    })
}
