//! Learns from recorded replies of this API which samples the appliance has, and its settings. What is queued is state and not
//! part of a fixture.

use serde_json::{Map, Value, json};

use super::fields::KEY;
use super::sandboxes::{self, CLOUD, CLOUD_SANDBOX, CORE};
use super::{auth, error, settings};
use crate::journal::recorded::RecordedExchange;
use crate::samples::{Hash, HashKind, Verdict};
use crate::vendors::import::{FixtureDraft, ReplyReader};
use crate::vendors::{Endpoint, Importer, Route};

/// The importer of this API.
pub(super) const IMPORTER: Importer = Importer { recognises, learn };

/// The endpoints whose replies are read differently, by the path that stands for them.
const SINGLE: &str = "/api/samples/{hash_value}/analyze/";
const BULK: &str = "/api/samples/analyze_bulk/";
const STATUS: &str = "/api/samples/status/";
const TOKEN: &str = "/api-token-auth/";
const UPLOAD: &str = "/api/uploads/";

/// Whether a reply is one of this API's: about one sample, or a list of those.
fn recognises(reply: &Value) -> bool {
    let is_entry = |entry: &Value| {
        entry["detail"].is_object() && (entry["analysis"].is_array() || entry["code"].is_u64())
    };
    let first = &reply["results"][0];
    is_entry(reply) || is_entry(first) || (first["hash_value"].is_string() && first["status"].is_string())
}

/// Learns from an exchange.
fn learn(exchange: &RecordedExchange, route: &Route, learned: &mut FixtureDraft) {
    if exchange.path().is_some() && route.endpoint.is_none() {
        return redirected(exchange, learned);
    }
    let form = route.endpoint.map(Endpoint::form);
    account(exchange, form, learned);
    let Some(body) = exchange.json() else {
        return learned.lost("", "the reply is not JSON, which these endpoints always answer");
    };
    let reply = ReplyReader::new(&body);
    match (exchange.status, form) {
        (401, _) => learned
            .set_setting(settings::UNAUTHENTICATED.name(), settings::Unauthenticated::Unauthorized.word()),
        (_, Some(TOKEN)) => reply.skip(),
        (200 | 201, Some(UPLOAD)) => reply.skip(),
        (200, Some(STATUS)) => statuses(&reply, learned),
        (200 | 201, None) if reply.has("hash_type") => statuses(&reply, learned),
        (200 | 201, _) => results(exchange, form, &reply, learned),
        (404 | 405, Some(SINGLE)) => refused(exchange, route, &reply, learned),
        (status, _) => {
            reply.skip();
            learned.lost("", refusal(status, &body));
        }
    }
    learned.unread(&reply);
}

fn refusal(status: u16, body: &Value) -> String {
    let excerpt: String = body.to_string().chars().take(80).collect();
    format!(
        "answered {status} {excerpt}: refusals and errors are not part of a fixture; \"scandouble fault add\" injects them"
    )
}

fn redirected(exchange: &RecordedExchange, learned: &mut FixtureDraft) {
    if !matches!(exchange.status, 301 | 404) {
        learned.lost("", format!("answered {} at a path that is not emulated", exchange.status));
    }
}

fn results(
    exchange: &RecordedExchange,
    form: Option<&str>,
    reply: &ReplyReader<'_>,
    learned: &mut FixtureDraft,
) {
    let Some(list) = reply.get("results") else {
        entry(reply, true, learned);
        return;
    };
    let entries = list.items();
    for one in &entries {
        entry(one, false, learned);
    }
    let asked = exchange.request.as_ref().filter(|_| form == Some(BULK));
    let asked = asked
        .map(|request| form_urlencoded::parse(&request.body).filter(|(key, _)| key == "hash_value").count());
    if asked.is_some_and(|asked| asked > entries.len()) {
        learned.set_setting(settings::BULK_UNKNOWN.name(), settings::BulkUnknown::LeaveOut.word());
    }
}

/// Learns from the entry of one sample; `single` if it is the whole reply.
fn entry(entry: &ReplyReader<'_>, single: bool, learned: &mut FixtureDraft) {
    let code = entry.count_of("code");
    let message = entry.text_of("message");
    let Some(detail) = entry.get("detail") else { return };
    let hashes: Vec<(HashKind, &str)> =
        HashKind::ALL.iter().filter_map(|kind| Some((*kind, detail.text_of(kind.name())?))).collect();
    let analysis = entry.get("analysis").map(|analysis| analysis.items()).unwrap_or_default();
    let unknown = |one: &ReplyReader<'_>| one.peek()["code"] == 404;
    if code == Some(404) || (!analysis.is_empty() && analysis.iter().all(unknown)) {
        analysis.iter().for_each(|one| one.skip());
        let hash = hashes.first().and_then(|(_, text)| Hash::parse(text));
        return hash.into_iter().for_each(|hash| learned.absent(KEY, hash, "present"));
    }
    if hashes.is_empty() {
        return learned.lost(entry.path(), "no hash, so the sample could not be looked up");
    }
    let place = learned.sample(&hashes);
    let is_new =
        !learned.samples[place].overlays.get(KEY).is_some_and(|fields| fields.contains_key("present"));
    learned.present(KEY, place);
    // An engine that the reply does not show had the sample queued before the session.
    if is_new && code == Some(200) && analysis.iter().all(|one| one.peek()["code"] != 200) {
        let fields = learned.samples[place].overlays.entry(KEY).or_default();
        fields.insert("queued_by".to_owned(), json!([CLOUD_SANDBOX]));
    }
    if let Some(imphash) = detail.text_of("imphash").filter(|text| !text.is_empty()) {
        learned.set_field(
            place,
            "imphash",
            &format!("{}.imphash", detail.path()),
            json!(imphash.to_ascii_lowercase()),
        );
        if single {
            learned.set_setting(settings::SINGLE_IMPHASH.name(), "true");
        }
    }
    assume_verdict(place, entry.path(), learned);
    if code == Some(405) && message == Some(error::EXTRACTED) {
        extracted(place, learned);
    }
    for one in &analysis {
        engine(one, place, learned);
    }
}

/// Learns from the answer of one engine.
fn engine(one: &ReplyReader<'_>, place: usize, learned: &mut FixtureDraft) {
    let (Some(name), Some(code)) = (one.text_of("name"), one.count_of("code")) else { return };
    let message = one.text_of("message").unwrap_or_default();
    let known = sandboxes::V2.contains(&name);
    match (code, message) {
        _ if !known => learned.lost(one.path(), format!("the engine {name:?} is not emulated")),
        (201, "Sample is queued for core analysis.") if name == CORE => {
            learned.set_setting(settings::CORE_MESSAGE.name(), settings::CoreMessage::Table.word());
        }
        (201, _) if sandboxes::sandbox(name).is_some() => configured(name, learned),
        (201, _) => {}
        (200, _) => {
            let what = "was queued before the session; a fixture begins with an empty queue";
            learned.lost(one.path(), what);
        }
        (405, error::EXTRACTED) => extracted(place, learned),
        (405, error::APPLIANCE) if name == CLOUD => {
            learned.set_setting(settings::CLOUD_CONNECTED.name(), "false")
        }
        (405, _) if sandboxes::sandbox(name).is_some() => {}
        (code, message) => learned.lost(one.path(), format!("answered {code} {message:?}")),
    }
}

fn extracted(place: usize, learned: &mut FixtureDraft) {
    let fields = learned.samples[place].overlays.entry(KEY).or_default();
    fields.insert("extracted".to_owned(), json!(true));
}

fn configured(name: &str, learned: &mut FixtureDraft) {
    let known = learned.settings.get(settings::SANDBOXES.name()).and_then(Value::as_str).unwrap_or_default();
    let mut names: Vec<&str> = known.split(',').filter(|name| !name.is_empty()).collect();
    if !names.contains(&name) {
        names.push(name);
        let names = names.join(",");
        learned.settings.insert(settings::SANDBOXES.name().to_owned(), json!(names));
    }
}

/// A single request that was refused because of its sample.
fn refused(exchange: &RecordedExchange, route: &Route, reply: &ReplyReader<'_>, learned: &mut FixtureDraft) {
    let asked = Hash::parse(route.params.get("hash_value"));
    let (message, status) = (reply.text_of("message"), exchange.status);
    reply.skip();
    match (asked, message) {
        (Some(hash), Some(error::NOT_FOUND)) => learned.absent(KEY, hash, "present"),
        (Some(hash), Some(error::EXTRACTED)) => {
            let text = hash.to_string();
            let place = learned.sample(&[(hash.kind(), &text)]);
            learned.present(KEY, place);
            assume_verdict(place, "", learned);
            extracted(place, learned);
        }
        (_, Some(error::APPLIANCE)) => learned.set_setting(settings::MAY_REANALYSE.name(), "false"),
        _ => learned.lost("", refusal(status, reply.peek())),
    }
}

fn statuses(reply: &ReplyReader<'_>, learned: &mut FixtureDraft) {
    reply.text_of("hash_type");
    for one in reply.get("results").map(|results| results.items()).unwrap_or_default() {
        let (Some(text), Some(status)) = (one.text_of("hash_value"), one.text_of("status")) else { continue };
        let Some(hash) = Hash::parse(text) else { continue };
        match status {
            "processed" => {
                let text = hash.to_string();
                let place = learned.sample(&[(hash.kind(), &text)]);
                learned.present(KEY, place);
                assume_verdict(place, one.path(), learned);
            }
            "not_found" => learned.absent(KEY, hash, "present"),
            other => learned.lost(&format!("{}.status", one.path()), format!("{other:?} is not emulated")),
        }
    }
}

/// Assumes a verdict, which the replies of this API do not contain.
fn assume_verdict(place: usize, path: &str, learned: &mut FixtureDraft) {
    let sample = &mut learned.samples[place];
    if sample.scans.is_empty() && sample.assumed.is_none() {
        sample.assumed = Some(Verdict::Clean);
        learned.assumed(
            path,
            "replies of this API contain no verdict; clean is assumed unless another reply has one",
        );
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
