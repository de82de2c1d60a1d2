//! What the endpoints look at in a request, and which hashes an answer calls invalid: for the journal.

use http::Method;
use serde_json::Value;

use super::behaviours::{BULK_OK, SINGLE_INVALID_HASH};
use crate::api::{Reads, decoded};
use crate::faults::has_form;
use crate::reply::Reply;

const SINGLE: &str = "/api/rescan/v1/query/{hash_type}/{hash_value}";
const BULK: &str = "/api/rescan/v1/bulk_query/{post_format}";

/// What an endpoint looks at. A single query ignores every parameter.
pub(super) fn of(method: &Method, path: &str) -> Option<Reads> {
    if has_form(path, SINGLE) && [Method::GET, Method::HEAD].contains(method) {
        return Some(Reads { headers: &["authorization"], ..Reads::default() });
    }
    (has_form(path, BULK) && *method == Method::POST).then_some(Reads {
        headers: &["authorization"],
        query: &["format"],
        fields: &["rl.query.hash_type", "rl.query.hashes"],
        ..Reads::default()
    })
}

/// The hash of a single query, or the list of a bulk answer.
pub(super) fn invalid_hashes(path: &str, reply: &Reply) -> Vec<String> {
    let is = |behaviour| reply.behaviours.iter().any(|known| std::ptr::eq(*known, behaviour));
    if is(&SINGLE_INVALID_HASH) {
        let last = path.rsplit('/').next().unwrap_or_default();
        return vec![decoded(last).into_owned()];
    }
    if !is(&BULK_OK) {
        return Vec::new();
    }
    if reply.body.ends_with(br#""invalid_hashes":[]}}"#) {
        return Vec::new();
    }
    match serde_json::from_slice::<Value>(&reply.body) {
        Ok(body) => {
            let list = body.pointer("/rl/invalid_hashes").and_then(Value::as_array);
            list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Err(_) => std::str::from_utf8(&reply.body).map(xml).unwrap_or_default(),
    }
}

/// The items of the XML list.
fn xml(body: &str) -> Vec<String> {
    let list = body.split_once("<invalid_hashes>").and_then(|(_, rest)| rest.split_once("</invalid_hashes>"));
    let items = list.map_or("", |(list, _)| list).split("<item>").skip(1);
    items.filter_map(|item| item.split_once("</item>")).map(|(text, _)| text.to_owned()).collect()
}
