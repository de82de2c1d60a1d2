//! Learns from the entries of a reply, one for each sample.

use serde_json::{Value, json};

use super::super::fields::KEY;
use super::super::sandboxes::{self, CLOUD, CLOUD_SANDBOX, CORE};
use super::super::{error, settings};
use super::extracted;
use crate::samples::{Hash, HashKind};
use crate::vendors::import::{FixtureDraft, ReplyReader};

const QUEUED: &str = "Sample is queued for analysis.";
const QUEUED_FOR_CORE: &str = "Sample is queued for core analysis.";
const SENT_TO_CORE: &str = "Sample is sent to core analysis.";
const ALREADY_QUEUED: &str = "Sample is already queued for analysis.";

/// The texts above the engines of an entry.
const MESSAGES: [(u64, &str); 5] = [
    (200, ALREADY_QUEUED),
    (201, QUEUED),
    (201, QUEUED_FOR_CORE),
    (405, error::EXTRACTED),
    (405, error::APPLIANCE),
];

/// The hashes of a sample in an object of a reply.
pub(super) fn hashes<'v>(of: &ReplyReader<'v>) -> Vec<(HashKind, &'v str)> {
    let hash = |kind: HashKind| {
        let value = of.get(kind.name())?;
        let hash = value.peek().as_str().and_then(Hash::parse)?;
        (hash.kind() == kind).then(|| Some((kind, value.text()?)))?
    };
    HashKind::ALL.iter().filter_map(|kind| hash(*kind)).collect()
}

/// Learns from the entry of one sample; `single` if it is the whole reply. Older releases have no `detail` around the hashes.
pub(super) fn learn(entry: &ReplyReader<'_>, single: bool, learned: &mut FixtureDraft) {
    let detail = entry.get("detail").unwrap_or_else(|| entry.clone());
    let hashes = hashes(&detail);
    if hashes.is_empty() {
        return learned.lost(entry.path(), "no hash, so the sample could not be looked up");
    }
    let code = entry.peek()["code"].as_u64();
    let analysis = entry.get("analysis").map(|analysis| analysis.items()).unwrap_or_default();
    // Version 2 has no code above the engines. For an unknown sample, each engine answers 404.
    let unknown = |one: &ReplyReader<'_>| one.peek()["code"] == 404;
    if code == Some(404) || (!analysis.is_empty() && analysis.iter().all(unknown)) {
        entry.skip();
        let hash = hashes.first().and_then(|(_, text)| Hash::parse(text));
        return hash.into_iter().for_each(|hash| learned.absent(KEY, hash, "present"));
    }
    let place = learned.sample(&hashes);
    learned.present(KEY, place);
    if let Some(imphash) = detail.text_of("imphash").filter(|text| !text.is_empty()) {
        let path = format!("{}.imphash", detail.path());
        learned.set_field(place, "imphash", &path, json!(imphash.to_ascii_lowercase()));
        if single {
            learned.set_setting(settings::SINGLE_IMPHASH.name(), "true");
        }
    }
    learned.assume_clean(place, entry.path());
    let message = entry.peek()["message"].as_str();
    // The emulator writes these pairs itself, so they count as read. Others are reported.
    if code.zip(message).is_some_and(|pair| MESSAGES.contains(&pair)) {
        entry.count_of("code");
        entry.text_of("message");
    }
    if (code, message) == (Some(405), Some(error::EXTRACTED)) {
        extracted(place, learned);
    } else if analysis.is_empty() {
        learned.lost(entry.path(), "has no results of engines; the emulator always has them");
    }
    top(code, &analysis, place, learned);
    for one in &analysis {
        engine(one, place, code.is_some(), learned);
    }
}

/// Learns from the code above the engines whether the sample was queued before the request.
fn top(code: Option<u64>, analysis: &[ReplyReader<'_>], place: usize, learned: &mut FixtureDraft) {
    let any = |code: u64| analysis.iter().any(|one| one.peek()["code"] == code);
    match code {
        // An engine that the reply does not show had it queued. The sandbox stands for it, because version 1 never shows one.
        Some(200) if any(201) && !any(200) && learned.samples[place].queued.is_empty() => {
            queued_by(CLOUD_SANDBOX, place, learned);
        }
        Some(201) if any(201) && any(200) => {
            learned.set_setting(settings::TOP_LEVEL.name(), settings::TopLevel::AnyNew.word());
        }
        _ => {}
    }
}

/// Learns from the answer of one engine. `coded` if there is a code above the engines, as in V1.
fn engine(one: &ReplyReader<'_>, place: usize, coded: bool, learned: &mut FixtureDraft) {
    let (Some(name), Some(code)) = (one.peek()["name"].as_str(), one.peek()["code"].as_u64()) else { return };
    let message = one.text_of("message").unwrap_or_default();
    let is_sandbox = sandboxes::sandbox(name).is_some();
    one.text_of("name");
    one.count_of("code");
    // A sandbox that has or takes a sample is configured; none is by default.
    if is_sandbox && matches!(code, 200 | 201) {
        configured(name, learned);
    }
    match (code, message) {
        _ if !sandboxes::V2.contains(&name) => {
            learned.lost(one.path(), format!("the engine {name:?} is not emulated"));
        }
        (201, QUEUED_FOR_CORE) if name == CORE && coded => {
            learned.set_setting(settings::CORE_MESSAGE.name(), settings::CoreMessage::Table.word());
            newly(name, one, place, learned);
        }
        (201, SENT_TO_CORE) if name == CORE && coded => newly(name, one, place, learned),
        (201, QUEUED_FOR_CORE) if name == CORE => newly(name, one, place, learned),
        (201, QUEUED) if name != CORE => newly(name, one, place, learned),
        (200, ALREADY_QUEUED) => {
            if !learned.samples[place].queued.contains(name) {
                queued_by(name, place, learned);
            }
        }
        (405, error::EXTRACTED) => extracted(place, learned),
        (405, error::APPLIANCE) if name == CLOUD => {
            learned.set_setting(settings::CLOUD_CONNECTED.name(), "false");
        }
        // It is not configured, which is the default.
        (405, _) if is_sandbox => {}
        (code, message) => learned.lost(one.path(), format!("answered {code} {message:?}")),
    }
}

/// Notes that an engine newly queued the sample. It cannot, where an earlier reply showed it queued from the start.
fn newly(name: &str, one: &ReplyReader<'_>, place: usize, learned: &mut FixtureDraft) {
    let sample = &mut learned.samples[place];
    sample.queued.insert(name.to_owned());
    let from_start = sample.overlays.get(KEY).and_then(|fields| fields.get("queued_by"));
    if from_start.and_then(Value::as_array).is_some_and(|engines| engines.contains(&json!(name))) {
        let what =
            "was queued before, and that has ended here; in the fixture it is queued until that is ended";
        learned.lost(one.path(), what);
    }
}

/// Notes that an engine had the sample queued before the session.
fn queued_by(name: &str, place: usize, learned: &mut FixtureDraft) {
    let fields = learned.samples[place].overlays.entry(KEY).or_default();
    let engines = fields.entry("queued_by").or_insert_with(|| json!([]));
    if let Some(engines) = engines.as_array_mut().filter(|engines| !engines.contains(&json!(name))) {
        engines.push(json!(name));
    }
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
