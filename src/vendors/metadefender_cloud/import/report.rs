//! Imports the report on one file, of either version.

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::super::fields::KEY;
use super::super::reply::words;
use super::super::v4::report::v4_words;
use super::parts::{EngineTimes, engines, pin_result, verdict};
use super::v4;
use crate::clock::with_millis;
use crate::document::TimeSpec;
use crate::samples::derive::file_type;
use crate::samples::{HashKind, Verdict};
use crate::vendors::import::{FixtureDraft, KnownScan, ReplyReader};
use crate::vendors::opswat;
use crate::vendors::opswat::import::{data_id, time};

/// The most scans of one file that are invented.
const MOST_SCANS: u64 = 100;

/// Imports a report.
pub(super) fn learn(reply: &ReplyReader<'_>, learned: &mut FixtureDraft) {
    let Some(file) = reply.get("file_info") else { return };
    let hashes = file.hashes(&[HashKind::Md5, HashKind::Sha1, HashKind::Sha256]);
    if hashes.is_empty() {
        return learned.lost("file_info", "has no hash, so the file could not be looked up");
    }
    let place = learned.sample(&hashes);
    facts(place, &file, learned);
    let id = data_id(reply, learned);
    let mut fields: Map<_, _> = id.iter().map(|id| ("data_id".to_owned(), json!(id))).collect();
    let id = id.unwrap_or_default();
    fields.extend(reply.text_of("file_id").map(|id| ("file_id".to_owned(), json!(id))));
    let is_v4 = v4::is_report(reply.peek());
    if is_v4 {
        v4::result(reply, &mut fields);
    }
    let mut scan = KnownScan::default();
    scan.ids.insert(KEY, id.clone());
    scan.overlays.insert(KEY, fields);
    if let Some(results) = reply.get("scan_results") {
        scan_results(&results, &id, is_v4, &mut scan, learned);
        if let Some(verdict) = scan.verdict {
            pin_result(&mut scan, verdict);
        }
    }
    if !reply.has("scan_results") {
        // The newest scan must not be older than the upload, which the earlier ones get as their time.
        scan.fields.extend(after_upload(&file).map(|at| ("scanned_at".to_owned(), at)));
    }
    let earlier = earlier(reply, &file, &scan, learned);
    learned.scan(place, KEY, scan);
    for scan in earlier {
        learned.scan(place, KEY, scan);
    }
    of_sample(place, reply, learned);
    if is_v4 {
        v4::sample(place, reply, learned);
    }
}

/// A second after the upload.
fn after_upload(file: &ReplyReader<'_>) -> Option<Value> {
    match TimeSpec::parse(file.peek()["upload_timestamp"].as_str()?) {
        Ok(TimeSpec::At(at)) => Some(json!(TimeSpec::At(at.checked_add(SignedDuration::from_secs(1)).ok()?))),
        _ => None,
    }
}

/// The earlier scans. The reply only has their number and the time of the first one.
fn earlier(
    reply: &ReplyReader<'_>,
    file: &ReplyReader<'_>,
    scan: &KnownScan,
    learned: &mut FixtureDraft,
) -> Vec<KnownScan> {
    let began = scan.fields.get("scanned_at").and_then(Value::as_str).map(str::to_owned);
    let uploaded = time(file, "upload_timestamp", with_millis, learned);
    let uploaded = uploaded.as_ref().and_then(Value::as_str);
    let history = reply.count_of("scan_result_history_length").unwrap_or(1);
    // Invented scans get the time of the upload, so it must not be later than the scan of the reply.
    let sorted = began.as_deref().zip(uploaded).is_none_or(|(began, uploaded)| uploaded <= began);
    if history > 1 && history <= MOST_SCANS && sorted {
        learned
            .assumed("scan_result_history_length", "the earlier scans are invented, with the same verdict");
        let id = scan.ids.get(KEY).cloned().unwrap_or_default();
        let one = |number: u64| KnownScan {
            // An identifier of its own, or it would be taken for the scan of the reply.
            ids: [(KEY, format!("{number} before {id}"))].into(),
            verdict: scan.verdict,
            fields: uploaded.map(|at| ("scanned_at".to_owned(), json!(at))).into_iter().collect(),
            ..KnownScan::default()
        };
        return (1..history).map(one).collect();
    }
    if history != 1 {
        let what = format!("is {history}; in the emulator it counts the scans of the fixture, 1");
        learned.lost("scan_result_history_length", what);
    }
    if let Some(uploaded) = uploaded.filter(|uploaded| began.as_deref() != Some(uploaded)) {
        let what = format!("is {uploaded}; in the emulator it is when the first scan began");
        learned.lost("file_info.upload_timestamp", what);
    }
    Vec::new()
}

fn facts(place: usize, file: &ReplyReader<'_>, learned: &mut FixtureDraft) {
    for (key, field) in
        [("name", "display_name"), ("size", "file_size"), ("description", "file_type_description")]
    {
        let fits = |value: &Value| {
            if key == "size" { value.as_i64().is_some_and(|size| size >= 0) } else { value.is_string() }
        };
        if let Some(value) = file.get(field).filter(|value| fits(value.peek())) {
            learned.set_field(place, key, value.path(), value.value().clone());
        }
    }
    kind(place, file, learned);
}

/// Media types that stand for the categories.
const CATEGORIES: [(&str, &str); 6] = [
    ("A", "application/zip"),
    ("D", "application/pdf"),
    ("E", "application/x-dosexec"),
    ("G", "image/jpeg"),
    ("M", "video/mp4"),
    ("T", "text/plain"),
];

/// Extension and category are derived from the name and the media type; this reply has no media type.
fn kind(place: usize, file: &ReplyReader<'_>, learned: &mut FixtureDraft) {
    let text = |learned: &FixtureDraft, key: &str| {
        learned.samples[place].fields.get(key).and_then(Value::as_str).map(str::to_owned)
    };
    let name = text(learned, "name").unwrap_or_default();
    let follows = |learned: &FixtureDraft| file_type(&name, text(learned, "type").as_deref(), None);
    let category = file.text_of("file_type_category").unwrap_or_default();
    if !category.is_empty() && text(learned, "type").is_none() && follows(learned).category != category {
        let mime =
            CATEGORIES.iter().find(|row| row.0 == category).map_or("application/octet-stream", |row| row.1);
        learned.set_field(place, "type", "file_info.file_type_category", json!(mime));
        let what = format!("the reply has no media type; {mime} is used");
        learned.assumed("file_info.file_type_category", what);
    }
    // Computed again, because the type may have been set just now.
    let follows = follows(learned);
    let derived = [("file_type_extension", follows.extension), ("file_type_category", follows.category)];
    for (field, follows) in derived {
        if let Some(fields) = file.text_of(field).filter(|fields| *fields != follows) {
            let what = format!(
                "is {fields:?}; it follows from name and media type and is {follows:?} in the emulator"
            );
            learned.lost(&format!("file_info.{field}"), what);
        }
    }
}

fn scan_results(
    results: &ReplyReader<'_>,
    id: &str,
    is_v4: bool,
    scan: &mut KnownScan,
    learned: &mut FixtureDraft,
) {
    let overall = verdict(results, "scan_all_result_i", learned);
    scan.verdict = Some(overall);
    let details = results
        .get("scan_details")
        .map(|details| engines(&details, EngineTimes::Exact, learned))
        .unwrap_or_default();
    let detected = |engine: &&Value| {
        let word = engine["verdict"].as_str().unwrap_or_default();
        Verdict::of_word(word).is_some_and(opswat::is_detection)
    };
    // The emulator computes these fields, so a fixture has none of them. A value that differs from the computed one is
    // noted.
    let says = |key: &str, here: Value, learned: &mut FixtureDraft| {
        if let Some(value) = results.get(key)
            && *value.value() != here
        {
            learned.lost(value.path(), format!("is {}; in the emulator it is {here}", value.peek()));
        }
    };
    says("data_id", json!(id), learned);
    says("rescan_available", json!(true), learned);
    says("total_avs", json!(details.len()), learned);
    says("total_detected_avs", json!(details.iter().filter(detected).count()), learned);
    says("progress_percentage", json!(100), learned);
    says("in_queue", json!(0), learned);
    let name = if is_v4 { v4_words(opswat::code(overall)) } else { words(overall) };
    says("scan_all_result_a", json!(name), learned);
    // The engines work in parallel, and the reply does not say how long each of them waited.
    if let Some(total) = results.count_of("total_time") {
        let slowest = details.iter().filter_map(|engine| engine["scan_time"].as_f64()).fold(0.0, f64::max);
        scan.engines = Some(waiting(details, total, slowest));
        scan.estimates = &["wait_time"];
    } else {
        scan.engines = Some(details);
    }
    if let Some(at) = time(results, "start_time", with_millis, learned) {
        scan.fields.insert("scanned_at".to_owned(), at);
    }
    let threat = scan.engines.iter().flatten().filter_map(|engine| engine["threat"].as_str());
    if let Some(threat) = threat.filter(|_| overall.is_threat()).find(|text| !text.is_empty()) {
        scan.fields.insert("threat".to_owned(), json!(threat));
    }
}

/// Sets the wait times of the engines. The longest one is that of the scan.
fn waiting(mut engines: Vec<Value>, total: u64, slowest: f64) -> Vec<Value> {
    for engine in &mut engines {
        // The emulator's `total_time` is the longest wait of an engine, so the slowest one gets all of it.
        let took = engine["scan_time"].as_f64().unwrap_or_default();
        let wait =
            if (slowest - took).abs() < f64::EPSILON { total } else { (took.ceil() as u64).min(total) };
        engine["wait_time"] = json!(wait);
    }
    engines
}

fn of_sample(place: usize, reply: &ReplyReader<'_>, learned: &mut FixtureDraft) {
    let mut fields = Map::new();
    for (field, usual) in [
        ("votes", json!({ "up": 0, "down": 0 })),
        ("archived", json!(!learned.samples[place].children.is_empty())),
        ("top_threat", json!(-1)),
        ("share_file", json!(1)),
    ] {
        let fits = |value: &Value| match (&usual, value) {
            (Value::Object(_), Value::Object(votes)) => votes.values().all(Value::is_u64) && votes.len() == 2,
            (Value::Bool(_), value) => value.is_boolean(),
            (_, value) if field == "share_file" => value.as_u64().is_some_and(|flag| flag <= 1),
            (_, value) => value.as_i64().is_some_and(|number| number >= -1),
        };
        if let Some(value) = reply.get(field).filter(|value| fits(value.peek()))
            && *value.value() != usual
        {
            fields.insert(field.to_owned(), value.peek().clone());
        }
    }
    learned.samples[place].overlays.entry(KEY).or_default().extend(fields);
    let version = if v4::is_report(reply.peek()) { "4" } else { "3" };
    match reply.get("rest_version") {
        Some(shown) if shown.peek() != version => {
            learned.lost("rest_version", format!("is {}; in the emulator it is {version:?}", shown.value()));
        }
        Some(shown) => shown.skip(),
        None => {}
    }
}
