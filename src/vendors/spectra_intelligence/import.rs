//! Learns from recorded replies of this API which samples it knows, and which files it stores.

use serde_json::{Map, Value, json};

use super::fields::KEY;
use super::{auth, xml_lists};
use crate::accounts::Credential;
use crate::journal::recorded::RecordedExchange;
use crate::samples::{Hash, Verdict};
use crate::vendors::import::{FixtureDraft, ReplyReader};
use crate::vendors::{Importer, Route};

/// The lists of a bulk answer and their meanings.
const LISTS: [(&str, Listed); 4] = [
    ("sent_for_rescan", Listed::Stored),
    ("sample_unavailable", Listed::Known),
    ("unknown_hashes", Listed::Unknown),
    ("invalid_hashes", Listed::Invalid),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listed {
    Stored,
    Known,
    Unknown,
    Invalid,
}

/// The importer of this API.
pub(super) const IMPORTER: Importer = Importer { recognises, learn };

/// Whether a reply is a bulk answer.
fn recognises(reply: &Value) -> bool {
    LISTS.iter().any(|(name, _)| reply["rl"].get(name).is_some_and(Value::is_array))
}

/// Learns from an exchange.
fn learn(exchange: &RecordedExchange, _route: &Route, learned: &mut FixtureDraft) {
    account(exchange, learned);
    let text = String::from_utf8_lossy(&exchange.body);
    let single = exchange.path().and_then(|path| path.strip_prefix("/api/rescan/v1/query/"));
    let asked = single.and_then(|rest| rest.split('/').nth(1)).and_then(Hash::parse);
    match (exchange.status, asked, text.trim()) {
        (200, Some(hash), "Sample sent for rescanning") => sample(hash, Listed::Stored, "", learned),
        // The reply does not say whether the sample is known without its file, or unknown.
        (404, Some(hash), "Requested sample unavailable") => learned.absent(KEY, hash, "stored"),
        (200, None, _) => bulk(exchange, &text, learned),
        (status, _, text) => {
            let excerpt: String = text.chars().take(80).collect();
            let what = format!(
                "answered {status} {excerpt:?}: refusals and errors are not part of a fixture; \"scandouble fault add\" \
                 injects them"
            );
            learned.lost("", what);
        }
    }
}

fn bulk(exchange: &RecordedExchange, text: &str, learned: &mut FixtureDraft) {
    if let Some(body) = exchange.json() {
        let reply = ReplyReader::new(&body);
        if let Some(lists) = reply.get("rl") {
            for (name, listed) in LISTS {
                for item in lists.get(name).map(|list| list.items()).unwrap_or_default() {
                    if let Some(text) = item.text() {
                        hash(text, listed, item.path(), learned);
                    }
                }
            }
        }
        return learned.unread(&reply);
    }
    match xml_lists::items(text.as_bytes()) {
        Some(lists) => {
            for (name, text) in lists {
                match LISTS.iter().find(|(known, _)| *known == name) {
                    Some((_, listed)) => hash(text.trim(), *listed, &format!("rl.{name}"), learned),
                    None => learned.lost(
                        &format!("rl.{name}"),
                        format!("a fixture has no place for this field ({text:?})"),
                    ),
                }
            }
        }
        None => learned.lost("", "the reply is neither JSON nor XML, which this endpoint answers"),
    }
}

fn hash(text: &str, listed: Listed, path: &str, learned: &mut FixtureDraft) {
    match (Hash::parse(text), listed) {
        (_, Listed::Invalid) => {}
        (Some(hash), listed) => sample(hash, listed, path, learned),
        (None, _) => learned.lost(path, format!("{text:?} is not a hash")),
    }
}

fn sample(hash: Hash, listed: Listed, path: &str, learned: &mut FixtureDraft) {
    if listed == Listed::Unknown {
        return learned.absent(KEY, hash, "known");
    }
    let text = hash.to_string();
    let place = learned.sample(&[(hash.kind(), &text)]);
    learned.present(KEY, place);
    let sample = &mut learned.samples[place];
    if listed == Listed::Known {
        sample.overlays.entry(KEY).or_default().insert("stored".to_owned(), json!(false));
    }
    if sample.scans.is_empty() && sample.assumed.is_none() {
        sample.assumed = Some(Verdict::Clean);
        learned.assumed(
            path,
            "replies of this API contain no verdict; clean is assumed unless another reply has one",
        );
    }
}

/// Learns the account of a caller who was accepted.
fn account(exchange: &RecordedExchange, learned: &mut FixtureDraft) {
    let Some(request) = exchange.request.as_ref().filter(|_| exchange.status != 401) else { return };
    let Some(Credential::Login { user, password }) = auth::credential(&request.headers) else { return };
    let mut account =
        Map::from_iter([("user".to_owned(), json!(user)), ("password".to_owned(), json!(password))]);
    if exchange.status == 403 {
        account.insert("entitled".to_owned(), json!(false));
    }
    learned.account(KEY, "user", account);
}
