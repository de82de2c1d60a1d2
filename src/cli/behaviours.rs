//! `scandouble behaviours`: lists the emulated behaviours and their provenance.

use clap::Args;
use serde_json::Value;

use super::client::query;
use super::server_args::ServerArgs;
use super::table::{items, table, text};
use super::{SUCCESS, example_api};

#[derive(Debug, Args)]
#[command(after_help = format!("Example:\n  scandouble behaviours --api {}", example_api()))]
pub(super) struct BehavioursArgs {
    /// List only those of this API
    #[arg(long)]
    api: Option<String>,

    #[command(flatten)]
    server: ServerArgs,
}

pub(super) fn run(args: BehavioursArgs) -> u8 {
    let BehavioursArgs { api, server } = args;
    server.run(async |client| {
        let client = client.without_world();
        let answer = client.get(&format!("/behaviours{}", query([("api", api)]))).await?;
        client.print(&answer, list);
        Ok(SUCCESS)
    })
}

fn list(answer: &Value) -> String {
    let rows =
        items(answer, "behaviours").map(|one| ["name", "provenance", "summary"].map(|key| text(one, key)));
    table(["BEHAVIOUR", "PROVENANCE", "WHEN"], rows)
}
