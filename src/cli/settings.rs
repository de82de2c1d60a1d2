//! `scandouble settings`: lists, shows and changes the settings of a world.

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::DONE;
use super::door::{Failure, Target, encode};
use super::table::{plain, table};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  scandouble settings set metadefender-cloud.lookup-limit=2 auth=any")]
pub(super) struct Flags {
    #[command(subcommand)]
    act: Option<Act>,

    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// List them; what happens without a word
    #[command(after_help = "Example:\n  scandouble settings list")]
    List,
    /// Show the value of one
    #[command(after_help = "Example:\n  scandouble settings get auth")]
    Get {
        /// Its name
        name: String,
    },
    /// Change some, all or none
    #[command(after_help = "Example:\n  scandouble settings set metadefender-cloud.lookup-limit=2 auth=any")]
    Set {
        /// Names and values
        #[arg(required = true, value_name = "NAME=VALUE")]
        pairs: Vec<String>,
    },
    /// Put some back to what fixtures and flags say
    #[command(after_help = "Example:\n  scandouble settings unset auth")]
    Unset {
        /// Names
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
}

pub(super) fn run(flags: Flags) -> u8 {
    let Flags { act, target } = flags;
    target.drive(async |door| {
        match act.unwrap_or(Act::List) {
            Act::List => {
                let answer = door.get("/settings").await?;
                door.show(&answer, |answer| list(answer, |_| true));
            }
            Act::Get { name } => {
                let answer = door.get(&path(&name)).await?;
                door.show(&answer, |setting| plain(setting["value"].as_str().unwrap_or_default()));
            }
            Act::Set { pairs } => {
                let mut changes = Map::new();
                for pair in &pairs {
                    let (name, value) = pair.split_once('=').ok_or_else(|| {
                        Failure::Misused(format!("\"{pair}\" has no value; write NAME=VALUE"))
                    })?;
                    changes.insert(name.trim().to_owned(), Value::from(value.trim()));
                }
                let answer = door.patch("/settings", &Value::Object(changes.clone())).await?;
                door.show(&answer, |answer| list(answer, |name| changes.contains_key(name)));
            }
            Act::Unset { names } => {
                for name in &names {
                    let answer = door.delete(&path(name)).await?;
                    door.show(&answer, |setting| {
                        format!("{name} is {} again", plain(setting["value"].as_str().unwrap_or_default()))
                    });
                }
            }
        }
        Ok(DONE)
    })
}

fn path(name: &str) -> String {
    format!("/settings/{}", encode(name))
}

fn list(answer: &Value, wanted: impl Fn(&str) -> bool) -> String {
    let settings = answer["settings"].as_array().into_iter().flatten();
    let rows =
        settings.filter(|setting| wanted(setting["name"].as_str().unwrap_or_default())).map(|setting| {
            let text = |key: &str| setting[key].as_str().unwrap_or_default().to_owned();
            [text("name"), text("value"), text("default"), text("allowed")]
        });
    table(["NAME", "VALUE", "DEFAULT", "ALLOWED"], rows)
}
