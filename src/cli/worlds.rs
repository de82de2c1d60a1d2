//! `scandouble worlds`: lists, creates and deletes worlds.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::SUCCESS;
use super::client::path_segment;
use super::server_args::ServerArgs;
use super::table::{plain, table};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  scandouble worlds create t42")]
pub(super) struct WorldsArgs {
    #[command(subcommand)]
    action: Option<WorldsAction>,

    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Subcommand)]
enum WorldsAction {
    /// List them (the default)
    #[command(after_help = "Example:\n  scandouble worlds list")]
    List,
    /// Create one; the first use of a world does this too
    #[command(after_help = "Example:\n  scandouble worlds create t42")]
    Create {
        /// Its name: letters, digits, '.', '_', '-' and '~'
        name: String,
    },
    /// Delete one
    #[command(after_help = "Example:\n  scandouble worlds delete t42")]
    Delete {
        /// Its name
        name: String,
    },
}

pub(super) fn run(args: WorldsArgs) -> u8 {
    let WorldsArgs { action, server } = args;
    server.run(async |client| {
        let client = client.without_world();
        match action.unwrap_or(WorldsAction::List) {
            WorldsAction::List => {
                let answer = client.get("/worlds").await?;
                client.print(&answer, list);
            }
            WorldsAction::Create { name } => {
                let answer = client.put(&format!("/worlds/{}", path_segment(&name)), &json!({})).await?;
                let existed = answer.status() == 200;
                client.print(&answer, |world| {
                    let action = if existed { "already exists" } else { "created" };
                    let prefix = plain(world["prefix"].as_str().unwrap_or_default());
                    format!("{name} {action}; its base URL is {}{prefix}", client.url())
                });
            }
            WorldsAction::Delete { name } => {
                client.delete(&format!("/worlds/{}", path_segment(&name))).await?;
                client.print_done(&format!("deleted {name}"));
            }
        }
        Ok(SUCCESS)
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
