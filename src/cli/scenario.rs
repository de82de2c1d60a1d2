//! `scandouble scenario`: lists, starts and stops the ready-made faults.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::DONE;
use super::door::{Target, encode};
use super::log::say;
use super::table::table;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  scandouble scenario start flaky-1-in-3 --api metadefender-cloud")]
pub(super) struct Flags {
    #[command(subcommand)]
    act: Option<Act>,

    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// List them; what happens without a word
    #[command(after_help = "Example:\n  scandouble scenario list")]
    List,
    /// Start one
    #[command(after_help = "Example:\n  scandouble scenario start flaky-1-in-3 --api metadefender-cloud")]
    Start {
        /// Its name
        name: String,
        /// For this API alone
        #[arg(long)]
        api: Option<String>,
    },
    /// Stop one, for whichever API it was started
    #[command(after_help = "Example:\n  scandouble scenario stop flaky-1-in-3")]
    Stop {
        /// Its name
        name: String,
    },
}

pub(super) fn run(flags: Flags) -> u8 {
    let Flags { act, target } = flags;
    target.drive(async |door| {
        match act.unwrap_or(Act::List) {
            Act::List => {
                let answer = door.get("/scenarios").await?;
                door.show(&answer, list);
            }
            Act::Start { name, api } => {
                let body = api.map_or(json!({}), |api| json!({ "api": api }));
                let answer = door.put(&format!("/scenarios/{}", encode(&name)), &body).await?;
                door.show(&answer, super::fault::list);
            }
            Act::Stop { name } => {
                door.delete(&format!("/scenarios/{}", encode(&name))).await?;
                if !door.wants_json() {
                    say(&format!("{name} is over"));
                }
            }
        }
        Ok(DONE)
    })
}

fn list(answer: &Value) -> String {
    let rows = answer["scenarios"].as_array().into_iter().flatten().map(|scenario| {
        let text = |key: &str| scenario[key].as_str().unwrap_or_default().to_owned();
        let active = if scenario["active"].as_bool() == Some(true) { "yes" } else { "no" };
        [text("name"), active.to_owned(), text("summary")]
    });
    table(["NAME", "STARTED", "WHAT A CLIENT MEETS"], rows)
}
