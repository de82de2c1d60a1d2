//! Imports recorded replies of this API: finds the fixture fields with which the emulator replies the same.

mod result;

use serde_json::{Map, json};

use super::auth;
use super::fields::KEY;
use super::license::expiration;
use super::settings::{LICENSE_DAYS, VERSION};
use crate::journal::recorded::RecordedExchange;
use crate::samples::Hash;
use crate::vendors::import::{FixtureDraft, ReplyReader};
use crate::vendors::{Endpoint, Importer, Route, opswat};

/// The importer of this API.
pub(super) const IMPORTER: Importer = Importer { recognises, learn };

/// Whether a reply is the result of a file, of this product and not of the Cloud.
fn recognises(exchange: &RecordedExchange) -> bool {
    exchange.json().is_some_and(|reply| {
        let is_result =
            ["file_info", "scan_results", "process_info"].iter().all(|field| reply[field].is_object());
        is_result && !opswat::import::is_of_cloud(&reply)
    })
}

/// Imports one exchange.
fn learn(exchange: &RecordedExchange, route: &Route, learned: &mut FixtureDraft) {
    account(exchange, learned);
    let Some(body) = exchange.json() else {
        return learned.lost("", "the reply is not JSON; this API always replies in JSON");
    };
    let reply = ReplyReader::new(&body);
    if exchange.status != 200 {
        let words = reply.text_of("err").unwrap_or_default();
        return learned.refused(exchange.status, &format!("{words:?}"));
    }
    match route.endpoint.map(Endpoint::form) {
        Some("/file/rules") => rules(&reply, learned),
        Some("/version") => {
            if let Some(version) = reply.text_of("version") {
                learned.set_setting(VERSION.name(), version);
            }
            match reply.text_of("product_id") {
                Some("MSCL") | None => learned.understood(),
                Some(other) => {
                    learned.lost("product_id", format!("is {other:?}; in the emulator it is always \"MSCL\""))
                }
            }
        }
        // These replies are new each time, or always the same.
        Some("/file") => {
            opswat::import::upload(exchange, KEY, reply.text_of("data_id").unwrap_or_default(), learned);
        }
        Some("/admin/license") => license(exchange, &reply, learned),
        Some("/file/batch") => new_each_time(&reply, "batch_id", learned),
        Some("/login") => new_each_time(&reply, "session_id", learned),
        Some("/logout") => new_each_time(&reply, "response", learned),
        _ => match missing(&reply) {
            Some(requested) => {
                learned.understood();
                if let Some(hash) = Hash::parse(requested) {
                    learned.absent(KEY, hash, "known");
                }
            }
            None => result::learn(&reply, learned),
        },
    }
    learned.unread(&reply);
}

/// Imports how long the licence lasts. What it allows is the same for every server of the emulator.
fn license(exchange: &RecordedExchange, reply: &ReplyReader<'_>, learned: &mut FixtureDraft) {
    let Some(days) = reply.count_of("days_left").filter(|days| *days <= 100_000) else { return };
    learned.set_setting(LICENSE_DAYS.name(), &days.to_string());
    // The emulator computes the date from the days.
    let follows = exchange.at.map(|at| expiration(at, days));
    reply.skip_if("expiration", |date| date.as_str() == follows.as_deref());
}

/// Reads a field that is new in each reply, or the same in all of them.
fn new_each_time(reply: &ReplyReader<'_>, field: &str, learned: &mut FixtureDraft) {
    if reply.text_of(field).is_some() {
        learned.understood();
    }
}

/// The requested text, if the reply is that it was not found.
fn missing<'v>(reply: &ReplyReader<'v>) -> Option<&'v str> {
    let entries = reply.entries();
    let [(requested, text)] = &entries[..] else { return None };
    (text.peek() == "Not Found").then(|| {
        text.text();
        *requested
    })
}

fn rules(reply: &ReplyReader<'_>, learned: &mut FixtureDraft) {
    for rule in reply.items() {
        let Some(name) = rule.text_of("name") else { continue };
        learned.understood();
        let mut entry = Map::from_iter([("name".to_owned(), json!(name))]);
        entry.extend(rule.count_of("max_file_size").map(|size| ("max_file_size".to_owned(), json!(size))));
        // The list may be in the recording more than once.
        if !learned.rules.iter().any(|known| known.get("name").is_some_and(|known| known == name)) {
            learned.rules.push(entry);
        }
    }
}

/// Imports the key of an accepted request. The session of a login is not a key.
fn account(exchange: &RecordedExchange, learned: &mut FixtureDraft) {
    let Some(request) = exchange.request.as_ref().filter(|_| exchange.status != 403) else { return };
    let key = auth::credential(&request.headers).map(|credential| credential.claim().to_owned());
    if let Some(key) = key.filter(|key| !key.is_empty()) {
        learned.account(KEY, "key", Map::from_iter([("key".to_owned(), json!(key))]));
    }
}
