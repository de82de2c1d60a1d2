//! Values that are not hashes where an endpoint takes hashes.
//!
//! Which parts of a request these are follows from the names in its row of the vendor's table: `{hash_value}`, `rl.query.hashes`.

use serde_json::Value;

use crate::document::truncate;
use crate::journal::{Entry, Finding, FindingKind};
use crate::samples::Hash;
use crate::vendors::Vendor;

/// How many malformed hashes of a request are reported.
const MOST: usize = 10;

/// The deviations of a request that has malformed hashes.
pub(super) fn hashes(api: &Vendor, entry: &Entry) -> Vec<Finding> {
    let route = api.route(entry.method.as_str(), entry.head.path());
    let Some(endpoint) = route.endpoint.filter(|_| route.takes_method) else { return Vec::new() };
    // Some answers say it themselves, with what their endpoint takes.
    let says_so = |finding: &Finding| finding.kind == FindingKind::Deviation && finding.text.contains("hash");
    if entry.reply.findings.iter().any(says_so) {
        return Vec::new();
    }
    let in_path = endpoint.form().split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path.filter(|name| is_hash(name)).map(|name| route.params.get(name).to_owned());
    let mut texts: Vec<String> = in_path.filter(|text| !text.is_empty()).collect();
    let fields = api.reads(entry.method.as_str(), entry.head.path()).map_or(&[][..], |reads| reads.fields);
    let fields: Vec<_> =
        fields.iter().filter(|field| is_hash(field.rsplit('.').next().unwrap_or(field))).collect();
    if let Some(body) = (!fields.is_empty()).then(|| entry.fields()).flatten() {
        for field in fields {
            let value = field.split('.').try_fold(&body, |value, name| value.get(name));
            collect(value.unwrap_or(&Value::Null), &mut texts);
        }
    }
    texts.retain(|text| Hash::parse(text).is_none());
    texts.dedup();
    let finding = |text: &String| Finding {
        kind: FindingKind::Deviation,
        text: format!(
            "\"{}\" is not a valid hash; send the hexadecimal digits of one, and nothing else",
            truncate(text, 140)
        ),
        source: endpoint.page,
    };
    texts.iter().take(MOST).map(finding).collect()
}

/// Whether a parameter or a field of this name has hashes; `hash_type` has none.
fn is_hash(name: &str) -> bool {
    matches!(name, "hash" | "hashes" | "hash_value" | "hash_values")
}

/// The texts of a value: of a list, or of a text that may be a list with commas. XML wraps each text of a list in an element.
fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.extend(text.split(',').map(str::to_owned)),
        // A number in a list of hashes is a malformed hash too.
        Value::Array(items) => {
            texts.extend(
                items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)),
            );
        }
        Value::Object(elements) => elements.values().for_each(|value| collect(value, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
