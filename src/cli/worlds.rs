//! `scandouble worlds`: lists, creates and deletes worlds.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::SUCCESS;
use super::client::path_segment;
use super::server_args::ServerArgs;
use super::table::{items, plain, table, text};

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
                    let prefix = plain(&text(world, "prefix"));
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
    let rows = items(answer, "worlds").map(|world| {
        let [own, faults, entries] =
            ["own_samples", "faults", "journal_entries"].map(|key| world[key].to_string());
        [text(world, "name"), text(world, "now"), own, faults, entries]
    });
    table(["NAME", "NOW", "OWN SAMPLES", "FAULTS", "JOURNAL"], rows)
}
