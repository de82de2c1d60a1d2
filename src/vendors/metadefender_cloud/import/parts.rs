//! What reports and lists share: verdicts, engines, times, samples.

use serde_json::{Value, json};

use super::super::fields::KEY;
use crate::clock::{in_seconds, with_millis};
use crate::samples::Verdict;
use crate::vendors::import::{FixtureDraft, KnownScan, ReplyReader};
use crate::vendors::opswat;
use crate::vendors::opswat::import::{engine, time};

/// The verdict of a code. A code without a verdict becomes failed, which is reported.
pub(super) fn verdict(recorded: &ReplyReader<'_>, key: &str, learned: &mut FixtureDraft) -> Verdict {
    let code = recorded.count_of(key);
    let known = code.and_then(|code| opswat::verdict(u16::try_from(code).ok()?));
    known.unwrap_or_else(|| {
        let code_text = code.map_or_else(|| "missing".to_owned(), |code| code.to_string());
        let what = format!("{code_text} is not a result that fixtures can have; replaced by failed");
        learned.lost(&format!("{}.{key}", recorded.path()), what);
        Verdict::Failed
    })
}

/// How a reply writes the times of engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EngineTimes {
    /// As the page's lists: instants in seconds, durations with a decimal.
    Rounded,
    /// As reports and lists of version 4: instants with milliseconds, whole durations.
    Exact,
}

/// Each engine's result.
pub(super) fn engines(
    details: &ReplyReader<'_>,
    times: EngineTimes,
    learned: &mut FixtureDraft,
) -> Vec<Value> {
    let mut all = Vec::new();
    for (name, recorded) in details.entries() {
        let verdict = verdict(&recorded, "scan_result_i", learned);
        let mut engine = engine(name, &recorded, verdict);
        let write = if times == EngineTimes::Rounded { in_seconds } else { with_millis };
        if let Some(at) = time(&recorded, "def_time", write, learned) {
            engine.insert("definitions".to_owned(), at);
        }
        if let Some(ms) = recorded.get("scan_time").filter(|value| value.peek().is_number()) {
            let (is_whole, number) = (ms.peek().is_u64(), ms.peek());
            match times {
                EngineTimes::Rounded if is_whole => {
                    let what = format!("is {number}; the emulator writes one decimal, {number}.0");
                    learned.lost(ms.path(), what);
                }
                EngineTimes::Exact if !is_whole => {
                    learned.lost(ms.path(), format!("is {number}; the emulator writes a whole number"));
                }
                _ => {}
            }
            engine.insert("scan_time".to_owned(), ms.value().clone());
        }
        if let Some(ms) = recorded.count_of("wait_time") {
            engine.insert("wait_time".to_owned(), json!(ms));
        }
        all.push(Value::Object(engine));
    }
    all
}

/// Pins the overall result of a scan if its engines do not consolidate to it.
pub(super) fn pin_result(scan: &mut KnownScan, verdict: Verdict) {
    let words = scan.engines.iter().flatten().filter_map(|engine| engine["verdict"].as_str());
    let of_engines = opswat::consolidate(words.filter_map(Verdict::of_word));
    if of_engines.is_some_and(|of_engines| of_engines != verdict) {
        let code = json!(opswat::code(verdict));
        scan.overlays.entry(KEY).or_default().insert("scan_all_result_i".to_owned(), code);
    }
}
