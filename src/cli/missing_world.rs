//! The note that a command was about a world that does not exist.

use bytes::Bytes;
use http::Method;
use percent_encoding::percent_decode_str;

use super::client::AdminClient;
use super::log::print_error;
use super::table::items;
use crate::document::suggest;

/// Prints a note on standard error if the world of `client` does not exist, with the name that was probably meant.
/// Reading such a world is not an error and shows an empty one, so a typo would go unnoticed. A server that never
/// answered is not asked.
pub(super) async fn print_note(client: &AdminClient) {
    let Some(segment) = client.world().filter(|_| client.has_reached_server()) else { return };
    let server = client.without_world();
    let found = server.send(Method::GET, &format!("/worlds/{segment}"), "", Bytes::new()).await;
    if !found.is_ok_and(|found| found.status() == 404) {
        return;
    }
    let Ok(list) = server.get("/worlds").await else { return };
    let known: Vec<&str> = items(&list.value, "worlds").filter_map(|world| world["name"].as_str()).collect();
    let name = percent_decode_str(segment).decode_utf8_lossy();
    let hint = match suggest(&name, known) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => "\"scandouble worlds\" lists them".to_owned(),
    };
    print_error(&format!("note: there is no world \"{name}\"; {hint}"));
}
