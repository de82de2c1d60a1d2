//! `scandouble worlds`: lists the worlds, makes one, removes one.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::DONE;
use super::door::{Target, encode};
use super::log::say;
use super::table::{plain, table};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  scandouble worlds create t42")]
pub(super) struct Flags {
    #[command(subcommand)]
    act: Option<Act>,

    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// List them; what happens without a word
    #[command(after_help = "Example:\n  scandouble worlds list")]
    List,
    /// Make one, which its first use would do too
    #[command(after_help = "Example:\n  scandouble worlds create t42")]
    Create {
        /// Its name: letters, digits, '.', '_', '-' and '~'
        name: String,
    },
    /// Remove one
    #[command(after_help = "Example:\n  scandouble worlds delete t42")]
    Delete {
        /// Its name
        name: String,
    },
}

pub(super) fn run(flags: Flags) -> u8 {
    let Flags { act, target } = flags;
    target.drive(async |door| {
        let door = door.of_server();
        match act.unwrap_or(Act::List) {
            Act::List => {
                let answer = door.get("/worlds").await?;
                door.show(&answer, list);
            }
            Act::Create { name } => {
                let answer = door.put(&format!("/worlds/{}", encode(&name)), &json!({})).await?;
                let was_there = answer.status() == 200;
                door.show(&answer, |world| {
                    let did = if was_there { "was there already" } else { "is new" };
                    let prefix = plain(world["prefix"].as_str().unwrap_or_default());
                    format!("{name} {did}; its base address is {}{prefix}", door.url)
                });
            }
            Act::Delete { name } => {
                door.delete(&format!("/worlds/{}", encode(&name))).await?;
                if !door.wants_json() {
                    say(&format!("{name} is gone"));
                }
            }
        }
        Ok(DONE)
    })
}

fn list(answer: &Value) -> String {
    let rows = answer["worlds"].as_array().into_iter().flatten().map(|world| {
        let text = |key: &str| world[key].as_str().unwrap_or_default().to_owned();
        let count = |key: &str| world[key].to_string();
        [text("name"), text("now"), count("own_samples"), count("faults"), count("journal_entries")]
    });
    table(["NAME", "NOW", "OWN SAMPLES", "FAULTS", "JOURNAL"], rows)
}
