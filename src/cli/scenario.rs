//! `scandouble scenario`: lists, starts and stops the ready-made faults.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::client::path_segment;
use super::server_args::ServerArgs;
use super::table::{items, table, text};
use super::{SUCCESS, example_api};

#[derive(Debug, Args)]
#[command(after_help = start_example())]
pub(super) struct ScenarioArgs {
    #[command(subcommand)]
    action: Option<ScenarioAction>,

    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Subcommand)]
enum ScenarioAction {
    /// List them (the default)
    #[command(after_help = "Example:\n  scandouble scenario list")]
    List,
    /// Start one
    #[command(after_help = start_example())]
    Start {
        /// Its name
        name: String,
        /// Only for this API
        #[arg(long)]
        api: Option<String>,
    },
    /// Stop one, for all APIs
    #[command(after_help = "Example:\n  scandouble scenario stop flaky-1-in-3")]
    Stop {
        /// Its name
        name: String,
    },
}

fn start_example() -> String {
    format!("Example:\n  scandouble scenario start flaky-1-in-3 --api {}", example_api())
}

pub(super) fn run(args: ScenarioArgs) -> u8 {
    let ScenarioArgs { action, server } = args;
    server.run(async |client| {
        match action.unwrap_or(ScenarioAction::List) {
            ScenarioAction::List => {
                let answer = client.get("/scenarios").await?;
                client.print(&answer, list);
            }
            ScenarioAction::Start { name, api } => {
                let body = api.map_or(json!({}), |api| json!({ "api": api }));
                let answer = client.put(&format!("/scenarios/{}", path_segment(&name)), &body).await?;
                client.print(&answer, super::fault::list);
            }
            ScenarioAction::Stop { name } => {
                client.delete(&format!("/scenarios/{}", path_segment(&name))).await?;
                client.print_done(&format!("stopped {name}"));
            }
        }
        Ok(SUCCESS)
    })
}

fn list(answer: &Value) -> String {
    let rows = items(answer, "scenarios").map(|scenario| {
        let active = if scenario["active"] == true { "yes" } else { "no" };
        [text(scenario, "name"), active.to_owned(), text(scenario, "summary")]
    });
    table(["NAME", "STARTED", "EFFECT"], rows)
}
