//! `scandouble clock`: shows, freezes, sets and moves the clock of a world.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::SUCCESS;
use super::server_args::ServerArgs;
use super::table::{pairs, text};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  scandouble clock freeze 2026-01-01T00:00:00Z\n  scandouble clock advance 24h"
)]
pub(super) struct ClockArgs {
    #[command(subcommand)]
    action: Option<ClockAction>,

    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Subcommand)]
enum ClockAction {
    /// Show it (the default)
    #[command(after_help = "Example:\n  scandouble clock show --world t42")]
    Show,
    /// Stop it, at its present time or at another one
    #[command(after_help = "Example:\n  scandouble clock freeze 2026-01-01T00:00:00Z")]
    Freeze {
        /// 2026-01-01T00:00:00Z, 2026-01-01, or an offset from its present time such as -2d
        #[arg(allow_hyphen_values = true)]
        at: Option<String>,
    },
    /// Set it; it keeps running, or stays frozen
    #[command(after_help = "Example:\n  scandouble clock set 2026-01-01")]
    Set {
        /// 2026-01-01T00:00:00Z, 2026-01-01, or an offset from its present time such as -2d
        #[arg(allow_hyphen_values = true)]
        at: String,
    },
    /// Let it run from its present time
    #[command(after_help = "Example:\n  scandouble clock run")]
    Run,
    /// Move it forward
    #[command(after_help = "Example:\n  scandouble clock advance 24h")]
    Advance {
        /// 90s, 24h, 1d12h, or a number of seconds
        by: String,
    },
    /// Return it to real time
    #[command(after_help = "Example:\n  scandouble clock real")]
    Real,
}

pub(super) fn run(args: ClockArgs) -> u8 {
    let ClockArgs { action, server } = args;
    server.run(async |client| {
        let answer = match action.unwrap_or(ClockAction::Show) {
            ClockAction::Show => client.get("/clock").await,
            ClockAction::Freeze { at: Some(at) } => {
                client.put("/clock", &json!({ "at": at, "frozen": true })).await
            }
            ClockAction::Freeze { at: None } => client.put("/clock", &json!({ "frozen": true })).await,
            ClockAction::Set { at } => client.put("/clock", &json!({ "at": at })).await,
            ClockAction::Run => client.put("/clock", &json!({ "frozen": false })).await,
            ClockAction::Advance { by } => client.post("/clock/advance", &json!({ "by": by })).await,
            ClockAction::Real => client.delete("/clock").await,
        }?;
        client.print(&answer, describe);
        Ok(SUCCESS)
    })
}

fn describe(clock: &Value) -> String {
    let state = match (clock["frozen"].as_bool(), clock["real"].as_bool()) {
        (Some(true), _) => "frozen",
        (_, Some(true)) => "running, real time",
        _ => "running, shifted",
    };
    pairs([("now", text(clock, "now")), ("state", state.to_owned()), ("origin", text(clock, "origin"))])
}
