//! `scandouble reset`: resets a world to its fixtures.

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::{Value, json};

use super::SUCCESS;
use super::server_args::ServerArgs;
use super::table::{items, plain, text};
use crate::worlds::Part;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  scandouble reset limits faults --world t42")]
pub(super) struct ResetArgs {
    /// What to reset [default: everything]
    #[arg(value_name = "PART", value_parser = PossibleValuesParser::new(Part::ALL.map(Part::name)))]
    parts: Vec<String>,

    #[command(flatten)]
    server: ServerArgs,
}

pub(super) fn run(args: ResetArgs) -> u8 {
    let ResetArgs { parts, server } = args;
    server.run(async |client| {
        let body = if parts.is_empty() { json!({}) } else { json!({ "parts": parts }) };
        let answer = client.post("/reset", &body).await?;
        client.print(&answer, |answer| {
            let parts: Vec<_> = items(answer, "reset").filter_map(Value::as_str).collect();
            let world = plain(&text(answer, "world"));
            format!("reset in the world {world}: {}", parts.join(", "))
        });
        Ok(SUCCESS)
    })
}
