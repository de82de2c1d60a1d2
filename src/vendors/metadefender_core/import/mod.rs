//! What captured replies of this API tell: the fields of a fixture that would make the emulator answer the same.

mod result;

use serde_json::{Map, Value, json};

use super::auth;
use super::fields::KEY;
use super::settings::VERSION;
use crate::journal::recorded::RecordedExchange;
use crate::samples::Hash;
use crate::vendors::import::FixtureDraft;
use crate::vendors::import::ReplyReader;
use crate::vendors::{Endpoint, Importer, Route};

/// What there is to learn.
pub(super) const IMPORTER: Importer = Importer { recognises, learn };

/// Whether a reply is the result of a file.
fn recognises(reply: &Value) -> bool {
    let result = reply["file_info"].is_object() && reply["scan_results"].is_object();
    result && reply["process_info"].is_object()
}

/// Learns from an exchange.
fn learn(exchange: &RecordedExchange, route: &Route, learned: &mut FixtureDraft) {
    account(exchange, learned);
    let Some(body) = exchange.json() else {
        return learned.lost("", "the reply is no JSON, which this API always answers");
    };
    let reply = ReplyReader::new(&body);
    if exchange.status != 200 {
        let words = reply.text_of("err").unwrap_or_default();
        let what = format!(
            "answered {} {words:?}: refusals and errors are no part of a fixture; \"scandouble fault add\" injects them",
            exchange.status
        );
        return learned.lost("", what);
    }
    match route.endpoint.map(Endpoint::form) {
        Some("/file/rules") => rules(&reply, learned),
        Some("/version") => {
            if let Some(version) = reply.text_of("version") {
                learned.set_setting(VERSION.name(), version);
            }
            match reply.text_of("product_id") {
                Some("MSCL") | None => {}
                Some(other) => {
                    learned.lost("product_id", format!("is {other:?}; the emulator always says \"MSCL\""))
                }
            }
        }
        // What they answer is new each time, or always the same.
        Some("/file") => drop(reply.text_of("data_id")),
        Some("/login") => drop(reply.text_of("session_id")),
        Some("/logout") => drop(reply.text_of("response")),
        _ => match missing(&reply) {
            Some(asked) => {
                if let Some(hash) = Hash::parse(asked) {
                    learned.absent(KEY, hash, "known");
                }
            }
            None if recognises(&body) => result::learn(&reply, learned),
            None => {}
        },
    }
    learned.unread(&reply);
}

/// What was not found, if that is what the reply says.
fn missing<'v>(reply: &ReplyReader<'v>) -> Option<&'v str> {
    let entries = reply.entries();
    let [(asked, said)] = &entries[..] else { return None };
    (said.peek() == "Not Found").then(|| {
        said.text();
        *asked
    })
}

fn rules(reply: &ReplyReader<'_>, learned: &mut FixtureDraft) {
    for rule in reply.items() {
        let Some(name) = rule.text_of("name") else { continue };
        let mut entry = Map::from_iter([("name".to_owned(), json!(name))]);
        entry.extend(rule.count_of("max_file_size").map(|size| ("max_file_size".to_owned(), json!(size))));
        if !learned.rules.iter().any(|known| known.get("name").is_some_and(|known| known == name)) {
            learned.rules.push(entry);
        }
    }
}

/// A key that was let in. A session that a login began is none.
fn account(exchange: &RecordedExchange, learned: &mut FixtureDraft) {
    let Some(request) = exchange.request.as_ref().filter(|_| exchange.status != 403) else { return };
    let key = auth::credential(&request.headers).map(|credential| credential.claim().to_owned());
    if let Some(key) = key.filter(|key| !key.is_empty()) {
        learned.account(KEY, "key", Map::from_iter([("key".to_owned(), json!(key))]));
    }
}
