//! Imports the result of a file: `file_info`, `scan_results`, `process_info` and the contents of an archive.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::codes;
use super::super::fields::KEY;
use crate::clock::with_millis;
use crate::samples::{HashKind, Verdict};
use crate::vendors::import::{FixtureDraft, KnownChild, KnownSample, KnownScan, ReplyReader};
use crate::vendors::opswat;

/// The hashes that the body has, in its order.
const HASHES: [HashKind; 3] = [HashKind::Md5, HashKind::Sha1, HashKind::Sha256];

/// The names of some facts in fixtures and in the body.
const FACTS: [(&str, &str); 3] =
    [("size", "file_size"), ("type", "file_type"), ("description", "file_type_description")];

/// The flags of outdated data.
const OUTDATED: [&str; 3] = ["enginedefinitions", "configuration", "sanitization"];

fn is_fact(key: &str, value: &Value) -> bool {
    if key == "size" { value.as_i64().is_some_and(|size| size >= 0) } else { value.is_string() }
}

/// Imports the result of a file.
pub(super) fn learn(reply: &ReplyReader<'_>, learned: &mut FixtureDraft) {
    let Some(file) = reply.get("file_info") else { return };
    let hashes = file.hashes(&HASHES);
    if hashes.is_empty() {
        return learned.lost("file_info", "has no hash, so the file could not be looked up");
    }
    let place = learned.sample(&hashes);
    let facts = [("name", "display_name")].into_iter().chain(FACTS);
    for (key, field) in facts {
        if let Some(value) = file.get(field).filter(|value| is_fact(key, value.peek())) {
            learned.set_field(place, key, value.path(), value.value().clone());
        }
    }
    let id = opswat::import::data_id(reply, learned);
    let mut pins: Map<_, _> = id.iter().map(|id| ("data_id".to_owned(), json!(id))).collect();
    let id = id.unwrap_or_default();
    let mut scan = KnownScan::default();
    scan.ids.insert(KEY, id.clone());
    let children = children(reply, learned, &id);
    // The emulator consolidates the verdicts of the contents with that of the archive.
    let inside = children.iter().filter_map(|child| child.stand_in.assumed);
    let inside = Verdict::consolidate(inside);
    time(&file, "upload_timestamp", "upload_timestamp", &mut pins, learned);
    scan_results(reply, &id, inside, &mut scan, &mut pins, learned);
    process_info(reply, &mut pins, learned);
    if let Some(info) = reply.get("vulnerability_info")
        && *info.value() != json!({})
    {
        pins.insert("vulnerability_info".to_owned(), info.peek().clone());
    }
    scan.overlays.insert(KEY, pins);
    learned.scan(place, KEY, scan);
    // A second report on the same archive would list its files again.
    if learned.samples[place].children.is_empty() {
        learned.samples[place].children = children;
    }
}

fn scan_results(
    reply: &ReplyReader<'_>,
    id: &str,
    inside: Option<Verdict>,
    scan: &mut KnownScan,
    pins: &mut Map<String, Value>,
    learned: &mut FixtureDraft,
) {
    let Some(results) = reply.get("scan_results") else { return };
    match results.get("data_id").and_then(|value| Some((value.text()?, value.path().to_owned()))) {
        Some((other, path)) if other != id => {
            learned.lost(&path, format!("is {other:?}; the emulator repeats {id:?}"));
        }
        _ => {}
    }
    let code = results.count_of("scan_all_result_i").and_then(|code| u16::try_from(code).ok());
    let finished = progress(&results, learned);
    if !finished {
        scan.fields.insert("in_progress".to_owned(), json!(true));
    }
    let engines = engines(&results, pins, learned);
    let of_engines = Verdict::consolidate(engines.iter().map(|(verdict, _)| *verdict));
    let verdict = code.and_then(opswat::verdict);
    // With engines, the verdict follows from them.
    scan.verdict = if of_engines.is_none() { verdict } else { None };
    let threat =
        engines.iter().filter_map(|(_, engine)| engine.get("threat")?.as_str()).find(|text| !text.is_empty());
    if let Some(threat) = threat.filter(|_| of_engines.is_some_and(Verdict::is_threat)) {
        scan.fields.insert("threat".to_owned(), json!(threat));
    }
    if finished {
        // Facts are better than pins: the result is pinned only where the emulator would compute another one.
        let follows = opswat::consolidate(
            of_engines.into_iter().chain(verdict.filter(|_| of_engines.is_none())).chain(inside),
        );
        let follows = follows.map(opswat::code);
        if let Some(code) = code.filter(|code| Some(*code) != follows) {
            pins.insert("scan_all_result_i".to_owned(), json!(code));
        }
        let name = results.text_of("scan_all_result_a");
        if let Some(name) = name.filter(|name| code.is_none_or(|code| codes::name(code) != *name)) {
            pins.insert("scan_all_result_a".to_owned(), json!(name));
        }
    } else {
        let (running, name) = (codes::IN_PROGRESS, codes::name(codes::IN_PROGRESS));
        if let Some(code) = code.filter(|code| *code != running) {
            let what = format!("is {code} while it runs; in the emulator it is {running}");
            learned.lost("scan_results.scan_all_result_i", what);
        }
        if let Some(shown) = results.text_of("scan_all_result_a").filter(|shown| *shown != name) {
            let what = format!("is {shown:?} while it runs; in the emulator it is {name:?}");
            learned.lost("scan_results.scan_all_result_a", what);
        }
    }
    match results.count_of("total_avs") {
        Some(total) if total != engines.len() as u64 => {
            let what = format!("is {total}; the emulator counts the engines, {}", engines.len());
            learned.lost("scan_results.total_avs", what);
        }
        _ => {}
    }
    scan.engines = Some(engines.into_iter().map(|(_, engine)| Value::Object(engine)).collect());
    time(&results, "start_time", "scanned_at", &mut scan.fields, learned);
    results.copy("total_time", Value::is_u64, pins);
    results.copy("last_file_scanned", Value::is_string, pins);
}

/// Whether the scan is done.
fn progress(results: &ReplyReader<'_>, learned: &mut FixtureDraft) -> bool {
    match results.count_of("progress_percentage") {
        Some(percentage) if percentage < 100 => {
            let path = "scan_results.progress_percentage";
            learned.lost(
                path,
                format!("is {percentage}; how far an unfinished scan is follows from its hash or its time"),
            );
            false
        }
        _ => true,
    }
}

/// The engines' results, each with its verdict.
fn engines(
    results: &ReplyReader<'_>,
    pins: &mut Map<String, Value>,
    learned: &mut FixtureDraft,
) -> Vec<(Verdict, Map<String, Value>)> {
    let mut all = Vec::new();
    let mut locations: Vec<String> = Vec::new();
    for (name, engine_result) in
        results.get("scan_details").map(|details| details.entries()).unwrap_or_default()
    {
        let code = engine_result.count_of("scan_result_i").and_then(|code| u16::try_from(code).ok());
        let verdict = code.and_then(opswat::verdict).unwrap_or_else(|| {
            let path = format!("{}.scan_result_i", engine_result.path());
            match code {
                Some(codes::IN_PROGRESS) => {
                    learned.assumed(&path, "the engine is not done; assumed to be clean");
                    Verdict::Clean
                }
                other => {
                    let code_text = other.map_or_else(|| "missing".to_owned(), |code| code.to_string());
                    learned
                        .lost(&path, format!("{code_text} is not a result of an engine; replaced by failed"));
                    Verdict::Failed
                }
            }
        });
        let mut engine = opswat::import::engine(name, &engine_result, verdict);
        time(&engine_result, "def_time", "definitions", &mut engine, learned);
        engine_result.copy("scan_time", Value::is_number, &mut engine);
        engine_result.copy("wait_time", Value::is_u64, &mut engine);
        locations.extend(engine_result.text_of("location").map(str::to_owned));
        all.push((verdict, engine));
    }
    if let Some(first) = locations.first() {
        if let Some(other) = locations.iter().find(|other| *other != first) {
            let what =
                format!("engines run at {first:?} and at {other:?}; the emulator has one location for all");
            learned.lost("scan_results.scan_details.*.location", what);
        }
        if first != "local" {
            pins.insert("location".to_owned(), json!(first));
        }
    }
    all
}

fn process_info(reply: &ReplyReader<'_>, pins: &mut Map<String, Value>, learned: &mut FixtureDraft) {
    let Some(info) = reply.get("process_info") else { return };
    let is_outdated = |value: &Value| value.as_str().is_some_and(|flag| OUTDATED.contains(&flag));
    for (field, is) in [
        ("processing_time", Value::is_u64 as fn(&Value) -> bool),
        ("user_agent", Value::is_string),
        ("profile", Value::is_string),
        ("queue_time", Value::is_u64),
    ] {
        info.copy(field, is, pins);
    }
    match info.get("outdated_data") {
        Some(flags) if flags.peek().as_array().is_some_and(|flags| flags.iter().all(is_outdated)) => {
            pins.insert("outdated_data".to_owned(), flags.value().clone());
        }
        // The field is absent where nothing is outdated, and a setting or a newer result must not add it.
        None if info.peek()["result"] != "Processing" => {
            pins.insert("outdated_data".to_owned(), json!([]));
        }
        _ => {}
    }
    let is_texts = |value: &Value| value.as_array().is_some_and(|texts| texts.iter().all(Value::is_string));
    info.copy("post_processing", Value::is_object, pins);
    info.copy("verdicts", is_texts, pins);
    if let Some(percentage) = info.count_of("progress_percentage").filter(|percentage| *percentage != 100) {
        let what = format!("is {percentage}; it follows from the scan");
        learned.lost("process_info.progress_percentage", what);
    }
    if let Some(skipped) =
        info.get("file_type_skipped_scan").and_then(|value| value.flag()).filter(|skipped| *skipped)
    {
        pins.insert("file_type_skipped_scan".to_owned(), json!(skipped));
    }
    let result = info.text_of("result");
    match result {
        Some(result @ ("Allowed" | "Blocked")) => drop(pins.insert("result".to_owned(), json!(result))),
        Some("Processing") | None => {}
        Some(other) => {
            learned.lost("process_info.result", format!("{other:?} is none of Allowed, Blocked, Processing"))
        }
    }
    if let Some(reason) = info.text_of("blocked_reason") {
        let name = reply.peek()["scan_results"]["scan_all_result_a"].as_str().unwrap_or_default();
        let follows = if result == Some("Blocked") { format!("Scan result: {name}") } else { String::new() };
        if reason != follows {
            pins.insert("blocked_reason".to_owned(), json!(reason));
        }
    }
}

/// Imports the files in an archive. The reply does not have their hashes.
fn children(reply: &ReplyReader<'_>, learned: &mut FixtureDraft, archive: &str) -> Vec<KnownChild> {
    let files = reply.get("extracted_files").and_then(|files| files.get("files_in_archive"));
    let files = files.map(|files| files.items()).unwrap_or_default();
    files.iter().filter_map(|file| child(file, learned, archive)).collect()
}

fn child(file: &ReplyReader<'_>, learned: &mut FixtureDraft, archive: &str) -> Option<KnownChild> {
    let id = file.text_of("data_id")?.to_owned();
    let path = file.text_of("display_name").unwrap_or(&id).to_owned();
    let code = file.count_of("scan_all_result_i").and_then(|code| u16::try_from(code).ok());
    let mut pins = Map::new();
    file.copy("detected_by", Value::is_u64, &mut pins);
    file.copy("scanned_with", Value::is_u64, &mut pins);
    if !pins.contains_key("scanned_with") {
        let what = "has no scanned_with; the emulator always has it";
        learned.lost(file.path(), what);
    }
    if let Some(percentage) = file.count_of("progress_percentage").filter(|percentage| *percentage != 100) {
        pins.insert("progress_percentage".to_owned(), json!(percentage));
    }
    let verdict = code.and_then(opswat::verdict);
    if let Some(code) = code.filter(|_| verdict.is_none()) {
        pins.insert("scan_all_result_i".to_owned(), json!(code));
    }
    let mut stand_in = KnownSample {
        // A text that no other file has, so that its hashes are its own.
        content: Some(format!("stands for the file {id} in the archive {archive}\n")),
        assumed: verdict,
        ..KnownSample::default()
    };
    let name = path.rsplit('/').next().unwrap_or(&path);
    stand_in.fields.insert("name".to_owned(), json!(name));
    for (key, field) in FACTS {
        let value = file.get(field).filter(|value| is_fact(key, value.peek()));
        stand_in.fields.extend(value.map(|value| (key.to_owned(), value.value().clone())));
    }
    stand_in.overlays.insert(KEY, Map::from_iter([("data_id".to_owned(), json!(id))]));
    learned.assumed(file.path(), "the reply does not have its hash; a text is used as its content");
    Some(KnownChild { id: (KEY, id), path, overlays: BTreeMap::from([(KEY, pins)]), stand_in })
}

/// Copies a time into the fixture field `called`.
fn time(
    from: &ReplyReader<'_>,
    field: &str,
    called: &str,
    to: &mut Map<String, Value>,
    learned: &mut FixtureDraft,
) {
    let at = opswat::import::time(from, field, with_millis, learned);
    to.extend(at.map(|at| (called.to_owned(), at)));
}
