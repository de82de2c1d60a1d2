//! `scandouble settings`: lists, shows and changes the settings of a world.

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::SUCCESS;
use super::client::path_segment;
use super::error::CommandError;
use super::server_args::ServerArgs;
use super::table::{items, plain, table, text};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  scandouble settings set auth=any journal-entries=500")]
pub(super) struct SettingsArgs {
    #[command(subcommand)]
    action: Option<SettingsAction>,

    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Subcommand)]
enum SettingsAction {
    /// List them (the default)
    #[command(after_help = "Example:\n  scandouble settings list")]
    List,
    /// Show the value of one
    #[command(after_help = "Example:\n  scandouble settings get auth")]
    Get {
        /// Its name
        name: String,
    },
    /// Change settings; if one value is wrong, none is changed
    #[command(after_help = "Example:\n  scandouble settings set auth=any journal-entries=500")]
    Set {
        /// Names and values
        #[arg(required = true, value_name = "NAME=VALUE")]
        pairs: Vec<String>,
    },
    /// Return settings to their values from fixtures and flags
    #[command(after_help = "Example:\n  scandouble settings unset auth")]
    Unset {
        /// Names
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
}

pub(super) fn run(args: SettingsArgs) -> u8 {
    let SettingsArgs { action, server } = args;
    server.run(async |client| {
        match action.unwrap_or(SettingsAction::List) {
            SettingsAction::List => {
                let answer = client.get("/settings").await?;
                client.print(&answer, |answer| list(answer, |_| true));
            }
            SettingsAction::Get { name } => {
                let answer = client.get(&path(&name)).await?;
                client.print(&answer, |setting| plain(&text(setting, "value")));
            }
            SettingsAction::Set { pairs } => {
                let mut changes = Map::new();
                for pair in &pairs {
                    let (name, value) = pair.split_once('=').ok_or_else(|| {
                        CommandError::Usage(format!("\"{pair}\" has no value; write NAME=VALUE"))
                    })?;
                    changes.insert(name.trim().to_owned(), Value::from(value.trim()));
                }
                // One request for all of them, so that one wrong value leaves every setting unchanged.
                let answer = client.patch("/settings", &Value::Object(changes.clone())).await?;
                client.print(&answer, |answer| list(answer, |name| changes.contains_key(name)));
            }
            SettingsAction::Unset { names } => {
                for name in &names {
                    let answer = client.delete(&path(name)).await?;
                    client.print(&answer, |setting| {
                        format!("{name} is {} again", plain(&text(setting, "value")))
                    });
                }
            }
        }
        Ok(SUCCESS)
    })
}

fn path(name: &str) -> String {
    format!("/settings/{}", path_segment(name))
}

fn list(answer: &Value, is_shown: impl Fn(&str) -> bool) -> String {
    let shown = items(answer, "settings").filter(|setting| is_shown(&text(setting, "name")));
    let rows = shown.map(|one| ["name", "value", "default", "allowed"].map(|key| text(one, key)));
    table(["NAME", "VALUE", "DEFAULT", "ALLOWED"], rows)
}
