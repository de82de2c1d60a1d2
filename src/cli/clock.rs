//! `scandouble clock`: looks at the clock of a world, freezes it, sets it, moves it.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::DONE;
use super::door::Target;
use super::table::pairs;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  scandouble clock freeze 2026-01-01T00:00:00Z\n  scandouble clock advance 24h"
)]
pub(super) struct Flags {
    #[command(subcommand)]
    act: Option<Act>,

    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Show it; what happens without a word
    #[command(after_help = "Example:\n  scandouble clock show --world t42")]
    Show,
    /// Stop it, where it is or at an instant
    #[command(after_help = "Example:\n  scandouble clock freeze 2026-01-01T00:00:00Z")]
    Freeze {
        /// 2026-01-01T00:00:00Z, 2026-01-01, or an offset from its present such as -2d
        #[arg(allow_hyphen_values = true)]
        at: Option<String>,
    },
    /// Set it; it goes on running, or standing still
    #[command(after_help = "Example:\n  scandouble clock set 2026-01-01")]
    Set {
        /// 2026-01-01T00:00:00Z, 2026-01-01, or an offset from its present such as -2d
        #[arg(allow_hyphen_values = true)]
        at: String,
    },
    /// Let it run on from where it stands
    #[command(after_help = "Example:\n  scandouble clock run")]
    Run,
    /// Move it
    #[command(after_help = "Example:\n  scandouble clock advance 24h")]
    Advance {
        /// 90s, 24h, 1d12h, or a number of seconds
        by: String,
    },
    /// Put it back to real time
    #[command(after_help = "Example:\n  scandouble clock real")]
    Real,
}

pub(super) fn run(flags: Flags) -> u8 {
    let Flags { act, target } = flags;
    target.drive(async |door| {
        let answer = match act.unwrap_or(Act::Show) {
            Act::Show => door.get("/clock").await,
            Act::Freeze { at: Some(at) } => door.put("/clock", &json!({ "at": at, "frozen": true })).await,
            Act::Freeze { at: None } => door.put("/clock", &json!({ "frozen": true })).await,
            Act::Set { at } => door.put("/clock", &json!({ "at": at })).await,
            Act::Run => door.put("/clock", &json!({ "frozen": false })).await,
            Act::Advance { by } => door.post("/clock/advance", &json!({ "by": by })).await,
            Act::Real => door.delete("/clock").await,
        }?;
        door.show(&answer, describe);
        Ok(DONE)
    })
}

fn describe(clock: &Value) -> String {
    let text = |key: &str| clock[key].as_str().unwrap_or_default().to_owned();
    let state = match (clock["frozen"].as_bool(), clock["real"].as_bool()) {
        (Some(true), _) => "stands still",
        (_, Some(true)) => "runs, real time",
        _ => "runs, moved",
    };
    pairs([("now", text("now")), ("state", state.to_owned()), ("origin", text("origin"))])
}
