//! What reports and lists have in common: verdicts, engines, times, samples.

use serde_json::{Map, Value, json};

use crate::clock::{in_seconds, with_millis};
use crate::document::TimeSpec;
use crate::samples::{Hash, HashKind, Verdict};
use crate::vendors::import::FixtureDraft;
use crate::vendors::import::ReplyReader;
use crate::vendors::opswat;

/// The verdict of a code, or failed in its place, which is noted.
pub(super) fn verdict(told: &ReplyReader<'_>, key: &str, learned: &mut FixtureDraft) -> Verdict {
    let code = told.count_of(key);
    let known = code.and_then(|code| opswat::verdict(u16::try_from(code).ok()?));
    known.unwrap_or_else(|| {
        let shown = code.map_or_else(|| "missing".to_owned(), |code| code.to_string());
        let what = format!("{shown} is no result that a fixture has; failed stands for it");
        learned.lost(&format!("{}.{key}", told.path()), what);
        Verdict::Failed
    })
}

/// Each engine's result.
pub(super) fn engines(details: &ReplyReader<'_>, learned: &mut FixtureDraft) -> Vec<Value> {
    let mut all = Vec::new();
    for (name, told) in details.entries() {
        let verdict = verdict(&told, "scan_result_i", learned);
        let mut engine = Map::from_iter([("engine".to_owned(), json!(name))]);
        engine.insert("verdict".to_owned(), json!(verdict.word()));
        if let Some(threat) =
            told.text_of("threat_found").filter(|text| !text.is_empty() || verdict.is_threat())
        {
            engine.insert("threat".to_owned(), json!(threat));
        }
        if let Some(at) = time(&told, "def_time", in_seconds, learned) {
            engine.insert("definitions".to_owned(), at);
        }
        if let Some(ms) = told.get("scan_time").filter(|value| value.peek().is_number()) {
            if ms.peek().is_u64() {
                let what = format!("is {}; the emulator writes one decimal, {}.0", ms.peek(), ms.peek());
                learned.lost(ms.path(), what);
            }
            engine.insert("scan_time".to_owned(), ms.value().clone());
        }
        all.push(Value::Object(engine));
    }
    all
}

/// A time, and a note if the emulator would write it differently.
pub(super) fn time(
    from: &ReplyReader<'_>,
    field: &str,
    write: fn(jiff::Timestamp) -> String,
    learned: &mut FixtureDraft,
) -> Option<Value> {
    let value = from.get(field)?;
    let text = value.peek().as_str()?;
    let Ok(TimeSpec::At(at)) = TimeSpec::parse(text) else { return None };
    value.text();
    let written = write(at);
    if written != text {
        learned.lost(value.path(), format!("is written {text}; the emulator writes {written}"));
    }
    Some(json!(TimeSpec::At(at)))
}

/// The form of times in reports.
pub(super) fn exact(at: jiff::Timestamp) -> String {
    with_millis(at)
}

/// The place of the sample of this hash.
pub(super) fn sample(hash: &Hash, learned: &mut FixtureDraft) -> usize {
    let text = hash.to_string();
    let kind: HashKind = hash.kind();
    learned.sample(&[(kind, &text)])
}
