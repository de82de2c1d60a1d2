//! The built-in samples with their hashes, for `scandouble samples builtin`.

use serde_json::{Value, json};

use crate::fixtures::Recipe;
use crate::samples::{HashKind, Sample};

/// The samples whose name holds `name`, in any ASCII case, as text or as JSON.
pub(super) fn list(name: &str, as_json: bool) -> String {
    let name = name.to_ascii_lowercase();
    // Tests load the built-in sets, so they have no errors.
    let samples = Recipe::default().load(None).map(|loaded| loaded.samples).unwrap_or_default();
    let mut found = samples.iter().filter(|sample| sample.name.to_ascii_lowercase().contains(&name));
    if as_json {
        let list: Vec<Value> = found.map(|sample| object(sample)).collect();
        return json!({ "samples": list }).to_string();
    }
    let mut text = String::new();
    found.by_ref().for_each(|sample| text.push_str(&lines(sample)));
    if text.is_empty() { "no built-in sample has this name".to_owned() } else { text.trim_end().to_owned() }
}

fn verdict(sample: &Sample) -> (&'static str, &str) {
    sample.scans.last().map_or(("", ""), |scan| (scan.verdict.word(), &scan.threat))
}

fn object(sample: &Sample) -> Value {
    let (verdict, threat) = verdict(sample);
    let mut object =
        json!({ "name": sample.name, "verdict": verdict, "threat": threat, "origin": sample.origin });
    for kind in HashKind::ALL {
        object[kind.name()] = sample.hashes.get(kind).to_string().into();
    }
    object
}

fn lines(sample: &Sample) -> String {
    let (verdict, threat) = verdict(sample);
    let title = format!("{}  {}  {}", sample.name, if verdict.is_empty() { "-" } else { verdict }, threat);
    // SHA-512 is long, and every endpoint takes one of the others.
    let shown = [HashKind::Md5, HashKind::Sha1, HashKind::Sha256];
    let hashes: String =
        shown.iter().map(|kind| format!("  {:<6}  {}\n", kind.name(), sample.hashes.get(*kind))).collect();
    format!("{}\n{hashes}", title.trim_end())
}
