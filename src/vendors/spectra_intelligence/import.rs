//! Learns from recorded replies of this API which samples it knows, and which files it stores.

use serde_json::{Map, Value, json};

use super::fields::KEY;
use super::{auth, xml_lists};
use crate::accounts::Credential;
use crate::document::truncate;
use crate::journal::recorded::RecordedExchange;
use crate::samples::Hash;
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

const SENT: &str = "Sample sent for rescanning";
const UNAVAILABLE: &str = "Requested sample unavailable";

/// Whether a reply is a bulk answer, or one of the texts of a single answer.
fn recognises(exchange: &RecordedExchange) -> bool {
    if let Some(reply) = exchange.json() {
        return LISTS.iter().any(|(name, _)| reply["rl"].get(name).is_some_and(Value::is_array));
    }
    let text = String::from_utf8_lossy(&exchange.body);
    let lists = || xml_lists::items(&exchange.body).unwrap_or_default();
    [SENT, UNAVAILABLE].contains(&text.trim())
        || lists().iter().any(|(list, _)| LISTS.iter().any(|(name, _)| name == list))
}

/// Learns from an exchange.
fn learn(exchange: &RecordedExchange, _route: &Route, learned: &mut FixtureDraft) {
    account(exchange, learned);
    let text = String::from_utf8_lossy(&exchange.body);
    let single = exchange.path().and_then(|path| path.strip_prefix("/api/rescan/v1/query/"));
    let asked = single.and_then(|rest| rest.split('/').nth(1)).and_then(Hash::parse);
    match (exchange.status, asked, text.trim()) {
        (200, Some(hash), SENT) => sample(hash, Listed::Stored, "", learned),
        // The reply does not say whether the sample is known without its file, or unknown.
        (404, Some(hash), UNAVAILABLE) => learned.absent(KEY, hash, "stored"),
        (_, None, SENT | UNAVAILABLE) => {
            learned.lost("", "the request is not recorded, so the hash is unknown")
        }
        (200, None, _) => bulk(exchange, &text, learned),
        (status, _, text) => learned.refused(status, &format!("{:?}", truncate(text, 80))),
    }
}

fn bulk(exchange: &RecordedExchange, text: &str, learned: &mut FixtureDraft) {
    let listed = |name: &str| LISTS.iter().find(|(known, _)| *known == name).map(|(_, listed)| *listed);
    if let Some(body) = exchange.json() {
        let reply = ReplyReader::new(&body);
        let lists = reply.get("rl").map(|lists| lists.entries()).unwrap_or_default();
        for (listed, list) in lists.iter().filter_map(|(name, list)| Some((listed(name)?, list))) {
            learned.understood();
            for item in list.items() {
                if let Some(text) = item.text() {
                    hash(text, listed, item.path(), learned);
                }
            }
        }
        return learned.unread(&reply);
    }
    let Some(items) = xml_lists::items(text.as_bytes()) else {
        return learned.lost("", "the reply is neither JSON nor XML, which this endpoint answers");
    };
    for (name, text) in items {
        let path = format!("rl.{name}");
        match listed(&name) {
            Some(listed) => hash(text.trim(), listed, &path, learned),
            None => learned.lost(&path, format!("a fixture has no place for this field ({text:?})")),
        }
    }
    learned.understood();
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
    let place = learned.sample_of(&hash);
    learned.present(KEY, place);
    if listed == Listed::Known {
        learned.samples[place].overlays.entry(KEY).or_default().insert("stored".to_owned(), json!(false));
    }
    learned.assume_clean(place, path);
}

/// Learns the account of a caller who was accepted.
fn account(exchange: &RecordedExchange, learned: &mut FixtureDraft) {
    let Some(request) = exchange.request.as_ref().filter(|_| exchange.status != 401) else { return };
    let Some(Credential::Login { user, password }) = auth::credential(&request.headers) else { return };
    let mut account =
        Map::from_iter([("user".to_owned(), json!(user)), ("password".to_owned(), json!(password))]);
    // The service answers 403 only to a correct password.
    if exchange.status == 403 {
        account.insert("entitled".to_owned(), json!(false));
    }
    learned.account(KEY, "user", account);
}
