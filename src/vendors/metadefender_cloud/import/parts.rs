//! What reports and lists share: verdicts, engines, times, samples.

use serde_json::{Map, Value, json};

use crate::clock::{in_seconds, with_millis};
use crate::document::TimeSpec;
use crate::samples::{Hash, HashKind, Verdict};
use crate::vendors::import::Learned;
use crate::vendors::import::Reading;
use crate::vendors::opswat;

/// The verdict of a code. A code without a verdict becomes failed, which is reported.
pub(super) fn verdict(recorded: &Reading<'_>, key: &str, learned: &mut Learned) -> Verdict {
    let code = recorded.count_of(key);
    let known = code.and_then(|code| opswat::verdict(u16::try_from(code).ok()?));
    known.unwrap_or_else(|| {
        let code_text = code.map_or_else(|| "missing".to_owned(), |code| code.to_string());
        let what = format!("{code_text} is not a result that fixtures can have; replaced by failed");
        learned.lost(&format!("{}.{key}", recorded.path()), what);
        Verdict::Failed
    })
}

/// Each engine's result.
pub(super) fn engines(details: &Reading<'_>, learned: &mut Learned) -> Vec<Value> {
    let mut all = Vec::new();
    for (name, recorded) in details.entries() {
        let verdict = verdict(&recorded, "scan_result_i", learned);
        let mut engine = Map::from_iter([("engine".to_owned(), json!(name))]);
        engine.insert("verdict".to_owned(), json!(verdict.word()));
        if let Some(threat) =
            recorded.text_of("threat_found").filter(|text| !text.is_empty() || verdict.is_threat())
        {
            engine.insert("threat".to_owned(), json!(threat));
        }
        if let Some(at) = time(&recorded, "def_time", in_seconds, learned) {
            engine.insert("definitions".to_owned(), at);
        }
        if let Some(ms) = recorded.get("scan_time").filter(|value| value.peek().is_number()) {
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

/// Reads a time, and reports if the emulator would write it differently.
pub(super) fn time(
    from: &Reading<'_>,
    field: &str,
    write: fn(jiff::Timestamp) -> String,
    learned: &mut Learned,
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

/// Writes a time as reports do.
pub(super) fn exact(at: jiff::Timestamp) -> String {
    with_millis(at)
}

/// The index of the sample with this hash.
pub(super) fn sample(hash: &Hash, learned: &mut Learned) -> usize {
    let text = hash.to_string();
    let kind: HashKind = hash.kind();
    learned.sample(&[(kind, &text)])
}
