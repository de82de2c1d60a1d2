//! Learns from recorded replies of this API which samples the appliance has, and its settings. What a session queues is state
//! and not part of a fixture; what was queued before it is.

mod entries;
mod reports;

use serde_json::{Map, Value, json};

use super::fields::KEY;
use super::{auth, error, settings};
use crate::document::truncate;
use crate::journal::recorded::RecordedExchange;
use crate::samples::Hash;
use crate::vendors::import::{FixtureDraft, ReplyReader};
use crate::vendors::{Endpoint, Importer, Route};

/// The importer of this API.
pub(super) const IMPORTER: Importer = Importer { recognises, learn };

/// The endpoints whose replies are read differently, by the path that stands for them.
const BULK: &str = "/api/samples/analyze_bulk/";
const BULK_V2: &str = "/api/samples/v2/analyze_bulk/";
const TOKEN: &str = "/api-token-auth/";

/// Whether a reply is one of this API's: about one sample, or a list of those.
fn recognises(exchange: &RecordedExchange) -> bool {
    let Some(reply) = exchange.json() else { return false };
    let is_entry = |entry: &Value| {
        entry["detail"].is_object() && (entry["analysis"].is_array() || entry["code"].is_u64())
    };
    let is_status = |entry: &Value| entry["hash_value"].is_string() && entry["status"].is_string();
    // Of entries without `detail`, the messages are this API's own.
    let is_older = |entry: &Value| {
        entry["code"].is_u64() && entry["message"].as_str().is_some_and(|text| text.starts_with("Sample is "))
    };
    let results = if reply.is_array() { &reply } else { &reply["results"] };
    let any = |entry: &Value| is_entry(entry) || is_status(entry) || is_older(entry);
    any(&reply) || any(results) || any(&results[0]) || reports::recognises(&reply)
}

/// Learns from an exchange.
fn learn(exchange: &RecordedExchange, route: &Route, learned: &mut FixtureDraft) {
    if exchange.path().is_some() && route.endpoint.is_none() && matches!(exchange.status, 301 | 404) {
        // The emulator redirects, or does not know the path, without a fixture.
        return learned.understood();
    }
    let form = route.endpoint.map(Endpoint::form);
    account(exchange, form, learned);
    let Some(body) = exchange.json() else {
        return learned.lost("", "the reply is not JSON, which these endpoints always answer");
    };
    let reply = ReplyReader::new(&body);
    match (exchange.status, form) {
        (401, _) => {
            reply.skip();
            learned.set_setting(
                settings::UNAUTHENTICATED.name(),
                settings::Unauthenticated::Unauthorized.word(),
            );
        }
        (_, Some(TOKEN)) => {
            reply.skip();
            learned.understood();
        }
        (200 | 201, _) if reply.has("hash_type") => statuses(&reply, learned),
        (200 | 201, _) if body["detail"].get("filename").is_some() => upload(&reply, learned),
        (200, _) if reports::learn(&reply, route, learned) => {}
        (200 | 201, _) => results(exchange, form, &reply, learned),
        // By default, bulk answers 200 and has an entry for each unknown sample.
        (404, Some(BULK)) => {
            reply.skip();
            learned.set_setting(settings::BULK_NONE_FOUND.name(), settings::BulkNoneFound::NotFound.word());
        }
        (404 | 405, _) if !route.params.get("hash_value").is_empty() => {
            refused(exchange, route, &reply, learned);
        }
        (status, _) => {
            reply.skip();
            learned.refused(status, &truncate(&body.to_string(), 80));
        }
    }
    learned.unread(&reply);
}

fn results(
    exchange: &RecordedExchange,
    form: Option<&str>,
    reply: &ReplyReader<'_>,
    learned: &mut FixtureDraft,
) {
    let list = reply.get("results").unwrap_or_else(|| reply.clone());
    let entries = list.items();
    if !list.peek().is_array() {
        return entries::learn(&list, true, learned);
    }
    for one in &entries {
        entries::learn(one, false, learned);
    }
    let asked = exchange.request.as_ref().filter(|_| form == Some(BULK));
    let asked = asked
        .map(|request| form_urlencoded::parse(&request.body).filter(|(key, _)| key == "hash_value").count());
    if form == Some(BULK_V2) && exchange.status == 201 {
        learned.set_setting(settings::V2_STATUS.name(), settings::V2Status::Created.word());
    }
    // Fewer entries than hashes: those of unknown samples were left out.
    if asked.is_some_and(|asked| asked > entries.len()) {
        learned.set_setting(settings::BULK_UNKNOWN.name(), settings::BulkUnknown::LeaveOut.word());
    }
}

/// Learns from the answer to an upload. Its numbers and its time are new each time.
fn upload(reply: &ReplyReader<'_>, learned: &mut FixtureDraft) {
    let Some(detail) = reply.get("detail") else { return };
    for (of, field) in
        [(reply, "code"), (reply, "message"), (&detail, "id"), (&detail, "user"), (&detail, "created")]
    {
        // They do not belong in a fixture, and are not reported either.
        of.skip_if(field, |_| true);
    }
    let hashes = entries::hashes(&detail);
    if hashes.is_empty() {
        // Of an upload by URL, a later reply has the hashes.
        let url = detail.text_of("filename").unwrap_or_default();
        return learned.uploaded(KEY, &detail.peek()["id"].to_string(), url);
    }
    let place = learned.sample(&hashes);
    learned.arrived(KEY, place);
    learned.assume_clean(place, "");
    if let Some(name) = detail.get("filename").filter(|name| name.peek().is_string()) {
        learned.set_field(place, "name", name.path(), name.value().clone());
    }
    // The emulator derives the link from the SHA-1, so only another link is reported.
    let follows = detail.peek()["sha1"].as_str().map(|sha1| format!("/?q={sha1}"));
    detail.skip_if("href", |href| href.as_str() == follows.as_deref());
}

fn extracted(place: usize, learned: &mut FixtureDraft) {
    let fields = learned.samples[place].overlays.entry(KEY).or_default();
    fields.insert("extracted".to_owned(), json!(true));
}

/// A single request that was refused because of its sample.
fn refused(exchange: &RecordedExchange, route: &Route, reply: &ReplyReader<'_>, learned: &mut FixtureDraft) {
    let asked = Hash::parse(route.params.get("hash_value"));
    let (message, status) = (reply.text_of("message"), exchange.status);
    reply.skip();
    match (asked, message) {
        (Some(hash), Some(error::NOT_FOUND)) => learned.absent(KEY, hash, "present"),
        (Some(hash), Some(error::EXTRACTED)) => {
            let place = learned.sample_of(&hash);
            learned.present(KEY, place);
            learned.assume_clean(place, "");
            extracted(place, learned);
        }
        (_, Some(error::APPLIANCE)) => learned.set_setting(settings::MAY_REANALYSE.name(), "false"),
        _ => learned.refused(status, &truncate(&reply.peek().to_string(), 80)),
    }
}

fn statuses(reply: &ReplyReader<'_>, learned: &mut FixtureDraft) {
    reply.text_of("hash_type");
    for one in reply.get("results").map(|results| results.items()).unwrap_or_default() {
        let (hash, status) = (&one.peek()["hash_value"], &one.peek()["status"]);
        let (Some(hash), Some(status)) = (hash.as_str().and_then(Hash::parse), status.as_str()) else {
            continue;
        };
        one.text_of("hash_value");
        one.text_of("status");
        match status {
            "processed" => {
                let place = learned.sample_of(&hash);
                learned.present(KEY, place);
                learned.assume_clean(place, one.path());
            }
            "not_found" => learned.absent(KEY, hash, "present"),
            other => learned.lost(&format!("{}.status", one.path()), format!("{other:?} is not emulated")),
        }
    }
}

/// Learns a token that was accepted, or the user to whom one was issued.
fn account(exchange: &RecordedExchange, form: Option<&str>, learned: &mut FixtureDraft) {
    let Some(request) = &exchange.request else { return };
    if form == Some(TOKEN) {
        let token = exchange.json().and_then(|body| Some(body.get("token")?.as_str()?.to_owned()));
        let json: Option<Value> = serde_json::from_slice(&request.body).ok();
        let field = |name: &str| {
            let of_json = json.as_ref().and_then(|body| Some(body.get(name)?.as_str()?.to_owned()));
            of_json.or_else(|| {
                let mut pairs = form_urlencoded::parse(&request.body);
                pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
            })
        };
        if let (Some(token), Some(user), Some(password)) = (token, field("username"), field("password")) {
            let account = [("token", token), ("user", user), ("password", password)];
            let account = account.map(|(name, text)| (name.to_owned(), json!(text)));
            learned.account(KEY, "token", Map::from_iter(account));
        }
    } else if !matches!(exchange.status, 401 | 403)
        && let Ok(token) = auth::token(&request.headers)
    {
        learned.account(KEY, "token", Map::from_iter([("token".to_owned(), json!(token))]));
    }
}
