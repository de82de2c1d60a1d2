//! `scandouble journal --follow`: prints entries as they come.

use std::io::IsTerminal as _;

use serde_json::Value;

use super::JournalFilter;
use crate::cli::client::{AdminClient, EventStream};
use crate::cli::error::CommandError;
use crate::cli::log::{allows_colour, print_error, print_line};
use crate::cli::missing_world;
use crate::cli::request_line::RequestLine;
use crate::cli::table::items;

/// Prints the entries of `list`, and then those that come after it, until the connection ends. `world` is `all` for all
/// worlds.
pub(super) async fn run(
    client: &AdminClient,
    filter: JournalFilter,
    world: Option<String>,
    list: &Value,
) -> Result<u8, CommandError> {
    // The stream continues where the list ends, so no entry is missed or printed twice.
    let after = list["last_request"].as_u64().map(|number| number.to_string());
    let mut events = client.events(&filter.path("/events", [("world", world), ("after", after)])).await?;
    for entry in items(list, "entries") {
        print(client, entry);
    }
    // Following never ends, so the note cannot wait until then.
    missing_world::print_note(client).await;
    print_events(client, &mut events).await
}

async fn print_events(client: &AdminClient, events: &mut EventStream) -> Result<u8, CommandError> {
    loop {
        let (name, data) = events.next().await?;
        match name.as_str() {
            "message" => print(client, &data),
            "dropped" => print_error(&format!(
                "note: entries of the world {} up to request {} were dropped before they could be printed",
                data["world"], data["through"]
            )),
            _ => {}
        }
    }
}

fn print(client: &AdminClient, entry: &Value) {
    let has_colour = allows_colour(std::io::stdout().is_terminal());
    print_line(&match client.prints_json() {
        true => entry.to_string(),
        false => RequestLine::of_entry(entry).text(has_colour),
    });
}
