//! Imports bulk replies, of version 2 and of version 4.

use serde_json::{Map, Value, json};

use super::super::fields::KEY;
use super::super::reply::{LIMITED, UNKNOWN};
use super::super::results::hash;
use super::super::settings::{HASH_CASE, HashCase, RESULT_KEY, ResultKey};
use super::parts::{self, EngineTimes};
use crate::journal::recorded::RecordedExchange;
use crate::vendors::import::{FixtureDraft, KnownScan, ReplyReader};
use crate::vendors::opswat;

/// Imports a bulk reply of version 2.
pub(super) fn learn(
    exchange: &RecordedExchange,
    reply: &ReplyReader<'_>,
    items: &[ReplyReader<'_>],
    learned: &mut FixtureDraft,
) {
    let has = |key: &str| items.iter().any(|item| item.has(key));
    // The names of the field tell the setting. A list without items tells nothing, so the default stays.
    let key = match (has("scan_result"), has("scan_result_i")) {
        (true, true) => ResultKey::Both,
        (false, true) => ResultKey::Numbered,
        _ => ResultKey::Plain,
    };
    if key != RESULT_KEY.default() {
        learned.set_setting(RESULT_KEY.name(), key.word());
    }
    let requested: Option<Value> =
        exchange.request.as_ref().and_then(|request| serde_json::from_slice(&request.body).ok());
    let requested: Vec<String> = requested
        .as_ref()
        .and_then(|body| body["hash"].as_array())
        .map(|hashes| hashes.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        .unwrap_or_default();
    if !requested.is_empty() && requested.len() != items.len() {
        let what = format!(
            "{} results for {} hashes; the emulator returns one for each",
            items.len(),
            requested.len()
        );
        learned.lost(reply.path(), what);
    }
    for (place, item) in items.iter().enumerate() {
        let Some(text) = item.text_of("hash") else { continue };
        if let Some(sent) = requested.get(place).filter(|sent| *sent != text) {
            if sent.to_ascii_uppercase() == text {
                learned.set_setting(HASH_CASE.name(), HashCase::Upper.word());
            } else {
                learned.lost(
                    &format!("{}.hash", item.path()),
                    format!("is {text:?}, but the request has {sent:?}"),
                );
            }
        }
        let code_key = if key == ResultKey::Numbered { "scan_result_i" } else { "scan_result" };
        if key == ResultKey::Both && item.count_of("scan_result") != item.count_of("scan_result_i") {
            learned.lost(item.path(), "scan_result and scan_result_i differ; in the emulator they are equal");
        }
        one(item, text, code_key, EngineTimes::Rounded, learned);
    }
}

/// Imports a bulk reply of version 4.
pub(super) fn learn_v4(items: &[ReplyReader<'_>], learned: &mut FixtureDraft) {
    for item in items {
        let Some(text) = item.text_of("hash") else { continue };
        let details = item.peek()["scan_details"].as_object();
        // A float, because an unknown hash has -1, which is not a count.
        let detected = item.get("total_detected_avs").and_then(|value| value.number());
        one(item, text, "scan_result_i", EngineTimes::Exact, learned);
        let threats = |engine: &&Value| {
            let code = engine["scan_result_i"].as_u64().and_then(|code| u16::try_from(code).ok());
            code.and_then(opswat::verdict).is_some_and(opswat::is_detection)
        };
        let counted = details.map(|details| details.values().filter(threats).count() as f64);
        let path = format!("{}.total_detected_avs", item.path());
        match (detected, counted) {
            (Some(recorded), Some(counted)) if (recorded - counted).abs() > 0.5 => {
                learned.lost(
                    &path,
                    format!("is {recorded}; the emulator counts the engines that find a threat, {counted}"),
                );
            }
            (Some(recorded), None) if recorded >= 0.0 => {
                let what = format!(
                    "is {recorded}, but the reply has no engines; the emulator derives some (send includescandetails: 1 to record them)"
                );
                learned.lost(&path, what);
            }
            _ => {}
        }
    }
}

fn one(item: &ReplyReader<'_>, text: &str, key: &str, times: EngineTimes, learned: &mut FixtureDraft) {
    let code = item.count_of(key);
    let id = item.get("data_id");
    // A null says that there is no result. It is read here, so that it is not reported as unread.
    let id = id
        .as_ref()
        .and_then(|id| if id.peek().is_null() { Some(id.value()).map(|_| None) } else { Some(id.text()) });
    let id = id.flatten();
    // What the limit left out teaches nothing about the sample.
    if code == Some(u64::from(LIMITED)) {
        let what = "no look-up was left for it; set lookup_limit of an account instead";
        return learned.lost(&format!("{}.{key}", item.path()), what);
    }
    let Some(hash) = hash(text) else {
        if code != Some(u64::from(UNKNOWN)) {
            learned.lost(item.path(), "has a result for text that is not a valid hash");
        }
        return;
    };
    learned.understood();
    if code == Some(u64::from(UNKNOWN)) {
        return learned.absent(KEY, hash, "known");
    }
    let verdict = parts::verdict(item, key, learned);
    let place = learned.sample_of(&hash);
    let mut scan = KnownScan { verdict: Some(verdict), ..KnownScan::default() };
    scan.ids.insert(KEY, id.unwrap_or_default().to_owned());
    if let Some(id) = id {
        scan.overlays.insert(KEY, Map::from_iter([("data_id".to_owned(), json!(id))]));
    }
    if let Some(details) = item.get("scan_details") {
        if opswat::code(verdict) > 2 {
            learned.lost(details.path(), "the emulator only has details for the results 0, 1 and 2");
        }
        scan.engines = Some(parts::engines(&details, times, learned));
        parts::pin_result(&mut scan, verdict);
    }
    learned.scan(place, KEY, scan);
}
