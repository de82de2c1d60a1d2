//! `scandouble schema`: prints the JSON Schema of fixtures for editors.

use clap::Args;

use super::SUCCESS;
use super::log::print_line;
use crate::fixtures;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    scandouble schema > fixtures/scandouble.schema.json\n\n\
    Editors with a YAML language server complete and check a YAML fixture that begins with\n  \
    # yaml-language-server: $schema=scandouble.schema.json\n\
    and a JSON fixture that has a \"$schema\" field. A line of JSON Lines follows #/$defs/sample.")]
pub(super) struct SchemaArgs {}

pub(super) fn run(_: SchemaArgs) -> u8 {
    let schema = fixtures::schema();
    print_line(&serde_json::to_string_pretty(&schema).unwrap_or_else(|_| schema.to_string()));
    SUCCESS
}
