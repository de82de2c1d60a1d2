//! Learns from reports: classifications, lists, uploads by URL, and answers to deletions.

use serde_json::{Map, Value, json};

use super::super::fields::KEY;
use super::entries::hashes;
use crate::samples::{Hash, HashKind, Verdict};
use crate::vendors::Route;
use crate::vendors::import::{FixtureDraft, ReplyReader};

const DELETED: &str = "Sample deleted successfully.";

/// The names of fields in a classification that have another one in lists and in fixtures.
const RENAMED: [(&str, &str); 2] = [("first_seen", "local_first_seen"), ("last_seen", "local_last_seen")];

/// Whether a reply is one of these.
pub(super) fn recognises(reply: &Value) -> bool {
    let is_listed = |report: &Value| report["sha1"].is_string() && report.get("classification").is_some();
    reply["results"]["message"] == DELETED
        || reply["processing_status"].is_string()
        || is_listed(reply)
        || is_listed(&reply["results"][0])
}

/// Learns from a reply, if it is one of these.
pub(super) fn learn(reply: &ReplyReader<'_>, route: &Route, learned: &mut FixtureDraft) -> bool {
    if !recognises(reply.peek()) {
        return false;
    }
    if reply.has("processing_status") {
        by_url(reply, route, learned);
    } else if reply.has("classification") {
        classification(reply, learned);
    } else if reply.peek()["results"].is_array() {
        list(reply, learned);
    } else if let Some(deleted) = reply.get("results").and_then(|results| results.get("detail")) {
        let place = learned.sample(&hashes(&deleted));
        learned.assume_clean(place, deleted.path());
        learned.deleted(KEY, place);
        reply.skip();
    }
    true
}

fn list(reply: &ReplyReader<'_>, learned: &mut FixtureDraft) {
    let entries = reply.get("results").map(|results| results.items()).unwrap_or_default();
    // The emulator puts all reports on one page, so these fields follow from the reports.
    let count = json!(entries.len());
    for (field, usual) in [("count", &count), ("next", &Value::Null), ("previous", &Value::Null)] {
        reply.skip_if(field, |value| value == usual);
    }
    for entry in &entries {
        if let Some(place) = report(entry, learned) {
            learned.present(KEY, place);
        }
    }
}

fn classification(reply: &ReplyReader<'_>, learned: &mut FixtureDraft) {
    let Some(place) = report(reply, learned) else { return };
    let source = reply.get("data_source");
    match source.as_ref().and_then(|source| source.text()) {
        Some("LOCAL") => learned.present(KEY, place),
        // The appliance asks the cloud only about samples that it does not have.
        Some("CLOUD") => {
            let hash = reply.peek()["sha1"].as_str().and_then(Hash::parse);
            hash.into_iter().for_each(|hash| learned.absent(KEY, hash, "present"));
        }
        _ => {}
    }
}

/// What became of an upload by URL.
fn by_url(reply: &ReplyReader<'_>, route: &Route, learned: &mut FixtureDraft) {
    let Some(found) = reply.get("report").filter(|_| reply.peek()["processing_status"] == "complete") else {
        return learned.lost("", "the upload is not complete, and a fixture begins without uploads");
    };
    let Some(place) = report(&found, learned) else { return };
    reply.text_of("processing_status");
    reply.skip_if("message", |message| message == "");
    let id = route.params.get("id");
    if let Some(url) = learned.take_upload(KEY, id) {
        learned.samples[place].overlays.entry(KEY).or_default().insert("url".to_owned(), json!(url));
        learned.arrived(KEY, place);
    }
    if !matches!(id, "" | "1") {
        learned.lost("", format!("is about upload {id}; in the emulator, uploads are numbered from 1"));
    }
}

/// Learns from a report: its hashes and classification, and everything else as fields of reports.
fn report(of: &ReplyReader<'_>, learned: &mut FixtureDraft) -> Option<usize> {
    let hashes = hashes(of);
    if hashes.is_empty() {
        learned.lost(of.path(), "no hash, so the sample could not be looked up");
        return None;
    }
    let place = learned.sample(&hashes);
    let verdict = match of.peek()["classification"].as_str() {
        Some("malicious") => Some(Verdict::Infected),
        Some("suspicious") => Some(Verdict::Suspicious),
        Some("goodware") => Some(Verdict::Clean),
        _ => None,
    };
    match verdict {
        // A classification is not a scan. It decides only if no other reply has a scan of the sample.
        Some(_) => learned.samples[place].assumed = verdict,
        None => learned.assume_clean(place, of.path()),
    }
    let mut shown = Map::new();
    for (name, value) in of.entries() {
        match name {
            // The time of the look-up is that of the request.
            "cloud_last_lookup" if value.peek().is_string() => value.skip(),
            "cloud_last_lookup" | "data_source" => {}
            "imphash" if value.peek().as_str().is_some_and(|text| !text.is_empty()) => {
                learned.set_field(place, "imphash", value.path(), value.value().clone());
            }
            _ if HashKind::ALL.iter().any(|kind| kind.name() == name) => {}
            name => {
                let name = RENAMED.iter().find(|(short, _)| *short == name).map_or(name, |(_, long)| long);
                shown.insert(name.to_owned(), value.value().clone());
            }
        }
    }
    let fields = learned.samples[place].overlays.entry(KEY).or_default();
    let known = fields.entry("report").or_insert_with(|| json!({}));
    for (name, value) in shown {
        let Some(known) = known.as_object_mut() else { break };
        known.entry(name).or_insert(value);
    }
    Some(place)
}
