//! What the imports of both products share.

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::document::TimeSpec;
use crate::journal::recorded::RecordedExchange;
use crate::samples::{HashKind, Hashes, Verdict};
use crate::vendors::import::{FixtureDraft, ReplyReader};

/// Reads a time, and reports if the emulator would `write` it differently.
pub fn time(
    from: &ReplyReader<'_>,
    field: &str,
    write: fn(Timestamp) -> String,
    learned: &mut FixtureDraft,
) -> Option<Value> {
    let value = from.get(field)?;
    let text = value.peek().as_str()?;
    let Ok(TimeSpec::At(at)) = TimeSpec::parse(text) else { return None };
    // Marked as read only here: a text that is not a time must be reported.
    value.text();
    let written = write(at);
    if written != text {
        learned.lost(value.path(), format!("is written {text}; the emulator writes {written}"));
    }
    Some(json!(TimeSpec::At(at)))
}

/// The fixture of an engine's result: its name, verdict and threat.
pub fn engine(name: &str, recorded: &ReplyReader<'_>, verdict: Verdict) -> Map<String, Value> {
    let mut engine = Map::from_iter([("engine".to_owned(), json!(name))]);
    engine.insert("verdict".to_owned(), json!(verdict.word()));
    let threat = recorded.text_of("threat_found").filter(|text| !text.is_empty() || verdict.is_threat());
    engine.extend(threat.map(|threat| ("threat".to_owned(), json!(threat))));
    engine
}

/// Whether a report is one of MetaDefender Cloud. Core has none of these fields and writes hashes in lower case.
pub fn is_of_cloud(reply: &Value) -> bool {
    let file = &reply["file_info"];
    let is_upper = |kind: &str| {
        file[kind].as_str().is_some_and(|hash| hash.bytes().any(|byte| byte.is_ascii_uppercase()))
    };
    ["rest_version", "votes"].iter().any(|field| reply.get(field).is_some())
        || file.get("file_type_category").is_some()
        || ["md5", "sha1", "sha256"].into_iter().any(is_upper)
}

/// The identifier of a report's result. One without is reported, since the emulator always writes one.
pub fn data_id(reply: &ReplyReader<'_>, learned: &mut FixtureDraft) -> Option<String> {
    let id = reply.text_of("data_id").filter(|id| !id.is_empty()).map(str::to_owned);
    if id.is_none() {
        learned.lost("", "has no data_id; the emulator always has one");
    }
    id
}

/// Learns the name of an uploaded file, and its hashes where its content is in the recording. `id` is that of its result.
pub fn upload(exchange: &RecordedExchange, api: &'static str, id: &str, learned: &mut FixtureDraft) {
    learned.understood();
    let Some(request) = &exchange.request else { return };
    let name = sent_name(exchange);
    let is_form = request
        .headers
        .get(http::header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/"));
    // Journals do not keep uploaded files, and a form holds more than the file. In both cases its hashes are unknown.
    if request.body.is_empty() || is_form {
        return name.into_iter().for_each(|name| learned.uploaded(api, id, &name));
    }
    let hashes = Hashes::of(&request.body);
    let texts = HashKind::ALL.map(|kind| (kind, hashes.get(kind).to_string()));
    let place = learned.sample(&texts.each_ref().map(|(kind, text)| (*kind, text.as_str())));
    learned.set_field(place, "size", "", json!(request.body.len()));
    name.into_iter().for_each(|name| learned.set_field(place, "name", "", json!(name)));
    learned.assume_clean(place, "");
}

/// The name in the header `filename`, which is percent-encoded.
pub fn sent_name(exchange: &RecordedExchange) -> Option<String> {
    let name = exchange.request.as_ref()?.headers.get("filename")?;
    let name = String::from_utf8_lossy(name.as_bytes());
    Some(percent_decode_str(&name).decode_utf8_lossy().into_owned()).filter(|name| !name.is_empty())
}
