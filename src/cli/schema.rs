//! `scandouble schema`: prints the format of fixtures for editors.

use clap::Args;

use super::DONE;
use super::log::say;
use crate::fixtures;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    scandouble schema > fixtures/scandouble.schema.json\n\n\
    Editors that know YAML complete and check a fixture that begins with\n  \
    # yaml-language-server: $schema=scandouble.schema.json\n\
    and a fixture in JSON that has a \"$schema\" field. One line of JSON Lines is a #/$defs/sample.")]
pub(super) struct Flags {}

pub(super) fn run(_: Flags) -> u8 {
    let schema = fixtures::schema();
    say(&serde_json::to_string_pretty(&schema).unwrap_or_else(|_| schema.to_string()));
    DONE
}
