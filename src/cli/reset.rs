//! `scandouble reset`: puts a world back to its fixtures.

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::{Value, json};

use super::DONE;
use super::door::Target;
use super::table::plain;
use crate::worlds::Part;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  scandouble reset limits faults --world t42")]
pub(super) struct Flags {
    /// What to put back; everything, if nothing is named
    #[arg(value_name = "PART", value_parser = PossibleValuesParser::new(Part::ALL.map(Part::name)))]
    parts: Vec<String>,

    #[command(flatten)]
    target: Target,
}

pub(super) fn run(flags: Flags) -> u8 {
    let Flags { parts, target } = flags;
    target.drive(async |door| {
        let body = if parts.is_empty() { json!({}) } else { json!({ "parts": parts }) };
        let answer = door.post("/reset", &body).await?;
        door.show(&answer, |shown| {
            let parts: Vec<_> =
                shown["reset"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let world = plain(shown["world"].as_str().unwrap_or_default());
            format!("reset in the world {world}: {}", parts.join(", "))
        });
        Ok(DONE)
    })
}
