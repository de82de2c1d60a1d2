//! What only reports of version 4 have.

use serde_json::{Map, Value, json};

use super::super::fields::KEY;
use crate::vendors::import::{FixtureDraft, ReplyReader};

/// Whether a report is one of version 4.
pub(super) fn is_report(reply: &Value) -> bool {
    reply["rest_version"] == "4" || reply.get("process_info").is_some()
}

/// Reads the fields of one result into those of a scan.
pub(super) fn result(reply: &ReplyReader<'_>, fields: &mut Map<String, Value>) {
    // Clean files have none of these in the emulator, whatever a fixture says.
    if reply.peek()["scan_results"]["scan_all_result_i"] == 1 {
        reply.copy("malware_family", Value::is_string, fields);
        reply.copy("malware_type", is_texts, fields);
        reply.copy("threat_name", Value::is_string, fields);
        // The emulator would write the threat, which may be a derived one.
        fields.entry("threat_name").or_insert_with(|| json!(""));
    }
    reply.copy("sanitized", |_| true, fields);
    let Some(info) = reply.get("process_info") else { return };
    let is_result = |value: &Value| [json!("Allowed"), json!("Blocked"), json!("Processing")].contains(value);
    for (field, is) in [
        ("post_processing", (|_| true) as fn(&Value) -> bool),
        ("profile", Value::is_string),
        ("file_type_skipped_scan", Value::is_boolean),
        ("result", is_result),
        ("blocked_reason", Value::is_string),
        ("verdicts", is_texts),
    ] {
        info.copy(field, is, fields);
    }
    info.skip_if("progress_percentage", |done| done == 100);
    // Older reports have none, and the emulator then writes none.
    fields.entry("verdicts").or_insert_with(|| json!([]));
}

/// Reads the facts of the sample at `place`.
pub(super) fn sample(place: usize, reply: &ReplyReader<'_>, learned: &mut FixtureDraft) {
    let mut facts = Map::new();
    reply.copy("sandbox", Value::is_boolean, &mut facts);
    reply.copy("stored", Value::is_boolean, &mut facts);
    reply.copy("private_processing", |value| value.as_u64().is_some_and(|flag| flag <= 1), &mut facts);
    if let Some(names) = reply.get("additional_info").filter(|names| is_texts(names.peek())) {
        let names: Vec<String> =
            names.items().iter().filter_map(|name| name.text().map(str::to_owned)).collect();
        if !names.is_empty() {
            let what = "the report has the names alone; their contents are empty";
            learned.assumed("additional_info", what);
            let contents = names.into_iter().map(|name| (name, json!({})));
            facts.insert("additional_info".to_owned(), Value::Object(contents.collect()));
        }
    }
    if !reply.has("scan_results") {
        facts.insert("reputation_only".to_owned(), json!(true));
    }
    let usual = [("sandbox", json!(false)), ("stored", json!(true)), ("private_processing", json!(0))];
    facts.retain(|key, value| !usual.iter().any(|(name, usual)| name == key && usual == value));
    learned.samples[place].overlays.entry(KEY).or_default().extend(facts);
}

fn is_texts(value: &Value) -> bool {
    value.as_array().is_some_and(|items| items.iter().all(Value::is_string))
}
