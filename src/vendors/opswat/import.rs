//! What the imports of both products share.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::document::TimeSpec;
use crate::samples::Verdict;
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
