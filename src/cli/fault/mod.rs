//! `scandouble fault`: injects faults into a world, lists them and removes them.

mod add;
mod list;

use clap::{Args, Subcommand};
use serde_json::json;

pub(super) use self::list::list;
use super::client::path_segment;
use super::server_args::ServerArgs;
use super::{SUCCESS, example_api};

#[derive(Debug, Args)]
#[command(after_help = format!(
    "Examples:\n  scandouble fault add --api {} --next 2 --status 503 --retry-after 120\n  scandouble fault clear",
    example_api()
))]
pub(super) struct FaultArgs {
    #[command(subcommand)]
    action: Option<FaultAction>,

    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Subcommand)]
enum FaultAction {
    /// List them and how often each has fired (the default)
    #[command(after_help = "Example:\n  scandouble fault list")]
    List,
    /// Add one: which requests, how often, and what happens
    Add(Box<add::FaultAddArgs>),
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

pub(super) fn run(args: FaultArgs) -> u8 {
    let FaultArgs { action, server } = args;
    server.run(async |client| {
        match action.unwrap_or(FaultAction::List) {
            FaultAction::List => {
                let answer = client.get("/faults").await?;
                client.print(&answer, list);
            }
            FaultAction::Add(args) => {
                let answer = client.post("/faults", &args.rule()?).await?;
                client.print(&answer, |rule| list(&json!({ "faults": [rule] })));
            }
            FaultAction::Remove { id } => {
                client.delete(&format!("/faults/{}", path_segment(&id))).await?;
                client.print_done(&format!("removed {id}"));
            }
            FaultAction::Clear => {
                client.delete("/faults").await?;
                client.print_done("removed all faults");
            }
        }
        Ok(SUCCESS)
    })
}
