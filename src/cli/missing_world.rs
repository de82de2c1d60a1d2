//! The note that a command was about a world that does not exist.

use bytes::Bytes;
use http::Method;
use percent_encoding::percent_decode_str;

use super::door::Door;
use super::log::complain;
use crate::document::suggest;

/// Does `act`, then [`note`]s.
pub(super) async fn noted_after<T>(door: &Door, act: impl AsyncFnOnce(&Door) -> T) -> T {
    let done = act(door).await;
    note(door).await;
    done
}

/// Notes on standard error that the world of `door` does not exist, and which one was probably meant. Reading it is no
/// error, and shows an empty world. A server that never answered is not asked.
pub(super) async fn note(door: &Door) {
    let world = door.prefix.rsplit_once("/_world/").filter(|_| door.reached.get());
    let Some((_, segment)) = world else { return };
    let server = door.of_server();
    let found = server.ask(Method::GET, &format!("/worlds/{segment}"), Bytes::new()).await;
    if !found.is_ok_and(|found| found.status() == 404) {
        return;
    }
    let Ok(list) = server.get("/worlds").await else { return };
    let known = list.value["worlds"].as_array().into_iter().flatten();
    let known: Vec<&str> = known.filter_map(|world| world["name"].as_str()).collect();
    let name = percent_decode_str(segment).decode_utf8_lossy();
    let hint = match suggest(&name, known) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => "\"scandouble worlds\" lists them".to_owned(),
    };
    complain(&format!("note: there is no world \"{name}\"; {hint}"));
}
