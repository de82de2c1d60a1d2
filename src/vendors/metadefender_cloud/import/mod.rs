//! Imports recorded replies of this API: finds the fixture fields with which the emulator replies the same.

mod parts;
mod report;
mod results;
mod v4;

use serde_json::{Map, Value, json};

use super::auth;
use super::fields::{KEY, LOOKUPS, UPLOADS};
use super::settings::{FILE_IN_PROGRESS, FileInProgress, LOOKUP_LIMIT, UPLOAD_LIMIT};
use crate::journal::recorded::RecordedExchange;
use crate::samples::{Hash, HashKind};
use crate::vendors::import::{FixtureDraft, ReplyReader};
use crate::vendors::opswat::{self, import::is_of_cloud};
use crate::vendors::{Endpoint, Importer, Route};

/// The importer of this API.
pub(super) const IMPORTER: Importer = Importer { recognises, learn };

/// Whether a reply is a bulk reply of either version, or the report on one file.
fn recognises(exchange: &RecordedExchange) -> bool {
    let Some(reply) = exchange.json() else { return false };
    let is_item = |item: &Value| {
        item["hash"].is_string() && (item.get("scan_result").is_some() || item.get("scan_result_i").is_some())
    };
    let is_list = |list: &Value| list.as_array().is_some_and(|items| items.first().is_some_and(is_item));
    let is_report = reply["file_info"].is_object()
        // Results of MetaDefender Core always have `process_info`.
        && (is_of_cloud(&reply)
            || (reply["scan_results"].is_object() && reply.get("process_info").is_none()));
    let is_receipt = reply["queue_priority"].is_string() && reply["data_id"].is_string();
    is_list(&reply) || is_list(&reply["data"]) || is_report || is_receipt || is_queued(&reply)
}

/// Whether a reply is about the place of an upload in the queue, and not the receipt for it.
fn is_queued(reply: &Value) -> bool {
    reply["status"] == "inqueue" && reply["in_queue"].is_u64() && reply.get("queue_priority").is_none()
}

/// Imports one exchange.
fn learn(exchange: &RecordedExchange, route: &Route, learned: &mut FixtureDraft) {
    account(exchange, learned);
    let Some(body) = exchange.json() else {
        return learned.lost("", "the reply is not JSON; this API always replies in JSON");
    };
    let reply = ReplyReader::new(&body);
    // This error of version 4 teaches something: the sample is absent. Other errors are not part of a fixture.
    let unknown = body["error"]["code"] == 404_003;
    if exchange.status != 200 && !unknown {
        let words = reply.text_of("err").map(str::to_owned);
        let words =
            words.unwrap_or_else(|| body["error"]["messages"][0].as_str().unwrap_or_default().to_owned());
        return learned.refused(exchange.status, &format!("{words:?}"));
    }
    if unknown || is_not_found(&reply) {
        let requested = exchange.path().and_then(|path| path.rsplit('/').next()).and_then(Hash::parse);
        // Version 2 repeats the hash as the key of its answer.
        let requested = requested.or_else(|| Hash::parse(reply.entries().first()?.0));
        if let Some(hash) = requested {
            learned.absent(KEY, hash, "known");
        }
        learned.understood();
        reply.skip();
    } else if route.endpoint.map(Endpoint::form) == Some("/v4/file") || body.get("queue_priority").is_some() {
        upload(exchange, &reply, learned);
    } else if body["portal_api_key"].is_string() {
        limits(exchange, &reply, learned);
    } else if is_queued(&body) {
        learned.set_setting(FILE_IN_PROGRESS.name(), FileInProgress::Queue.word());
        ["data_id", "status", "last_updated"].iter().for_each(|field| reply.skip_if(field, |_| true));
        // The emulator has no queue of other files.
        reply.skip_if("in_queue", |place| *place == json!(1));
        learned.understood();
    } else if body.is_array() {
        results::learn(exchange, &reply, &reply.items(), learned);
    } else if let Some(data) = reply.get("data") {
        results::learn_v4(&data.items(), learned);
    } else {
        report::learn(&reply, learned);
    }
    learned.unread(&reply);
}

/// Imports the limits of a key that asks about itself.
fn limits(exchange: &RecordedExchange, reply: &ReplyReader<'_>, learned: &mut FixtureDraft) {
    let request = exchange.request.as_ref();
    let Some(credential) = request.and_then(|request| auth::credential(&request.headers)) else { return };
    let is_own = |key: &ReplyReader<'_>| *key.peek() == json!(credential.claim());
    let Some(key) = reply.get("portal_api_key").filter(is_own) else { return };
    let mut account = Map::from_iter([("key".to_owned(), key.value().clone())]);
    let limits = [("limit_reputation", LOOKUPS, &LOOKUP_LIMIT), ("limit_prevention", UPLOADS, &UPLOAD_LIMIT)];
    for (field, limit, setting) in limits {
        let count = reply.count_of(field).filter(|count| *count != setting.default());
        account.extend(count.map(|count| (limit.to_owned(), json!(count))));
    }
    learned.account(KEY, "key", account);
    learned.understood();
}

/// Imports the answer to an upload: the file's name and hashes. The rest is new each time, or always the same.
fn upload(exchange: &RecordedExchange, reply: &ReplyReader<'_>, learned: &mut FixtureDraft) {
    let usual = [("status", json!("inqueue")), ("in_queue", json!(0)), ("queue_priority", json!("normal"))];
    usual.iter().for_each(|(field, usual)| reply.skip_if(field, |value| value == usual));
    let hashes = reply.hashes(&[HashKind::Sha1, HashKind::Sha256]);
    let id = reply.text_of("data_id").unwrap_or_default();
    if hashes.is_empty() {
        return opswat::import::upload(exchange, KEY, id, learned);
    }
    let place = learned.sample(&hashes);
    if let Some(name) = opswat::import::sent_name(exchange) {
        learned.set_field(place, "name", "", json!(name));
    }
    learned.assume_clean(place, "");
}

fn is_not_found(reply: &ReplyReader<'_>) -> bool {
    matches!(&reply.entries()[..], [(_, text)] if text.peek() == "Not Found")
}

/// Imports the key of an accepted request, with its limit if the reply has one.
fn account(exchange: &RecordedExchange, learned: &mut FixtureDraft) {
    let Some(request) = exchange.request.as_ref().filter(|_| exchange.status != 401) else { return };
    let Some(credential) = auth::credential(&request.headers) else { return };
    let mut account = Map::from_iter([("key".to_owned(), json!(credential.claim()))]);
    let count = |name: &str| exchange.header(name).and_then(|text| text.trim().parse::<u64>().ok());
    if let Some(limit) = count("x-ratelimit-limit").filter(|limit| *limit != LOOKUP_LIMIT.default()) {
        account.insert(LOOKUPS.to_owned(), json!(limit));
    }
    let known = learned.accounts.get(KEY).into_iter().flatten();
    let first = !known.into_iter().any(|one| one.get("key") == account.get("key"));
    // A list costs one look-up for each hash.
    let cost = if request.method.eq_ignore_ascii_case("POST") {
        let requested: Option<Value> = serde_json::from_slice(&request.body).ok();
        requested.and_then(|body| body["hash"].as_array().map(Vec::len)).unwrap_or(0)
    } else {
        1
    };
    // Only the first reply to a key shows what was used before the recording.
    if let Some(before) = count("x-ratelimit-used").map(|used| used.saturating_sub(cost as u64))
        && before > 0
        && first
    {
        let what =
            format!("{before} look-ups were used before the recording; a fixture starts with none used");
        learned.lost("x-ratelimit-used", what);
    }
    learned.account(KEY, "key", account);
}
