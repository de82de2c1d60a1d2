//! What captured replies of this API tell: which samples it knows, and of which it has the file.

use serde_json::{Map, Value, json};

use super::auth;
use super::fields::KEY;
use crate::accounts::Credential;
use crate::journal::recorded::RecordedExchange;
use crate::samples::{Hash, Verdict};
use crate::vendors::import::FixtureDraft;
use crate::vendors::import::ReplyReader;
use crate::vendors::{Importer, Route};

/// The lists of a bulk answer, and what being in one means.
const LISTS: [(&str, Held); 4] = [
    ("sent_for_rescan", Held::Stored),
    ("sample_unavailable", Held::Known),
    ("unknown_hashes", Held::Unknown),
    ("invalid_hashes", Held::Invalid),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Stored,
    Known,
    Unknown,
    Invalid,
}

/// What there is to learn.
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
        (200, Some(hash), "Sample sent for rescanning") => one(hash, Held::Stored, "", learned),
        // Known without its file, or not known at all: the reply does not tell which.
        (404, Some(hash), "Requested sample unavailable") => learned.absent(KEY, hash, "stored"),
        (200, None, _) => bulk(exchange, &text, learned),
        (status, _, text) => {
            let shown: String = text.chars().take(80).collect();
            let what = format!(
                "answered {status} {shown:?}: refusals and errors are no part of a fixture; \"scandouble fault add\" \
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
            for (name, held) in LISTS {
                for item in lists.get(name).map(|list| list.items()).unwrap_or_default() {
                    if let Some(text) = item.text() {
                        hash(text, held, item.path(), learned);
                    }
                }
            }
        }
        return learned.unread(&reply);
    }
    match lists_of_xml(text) {
        Some(lists) => {
            for (name, text) in lists {
                match LISTS.iter().find(|(known, _)| *known == name) {
                    Some((_, held)) => hash(&text, *held, &format!("rl.{name}"), learned),
                    None => {
                        learned.lost(&format!("rl.{name}"), format!("no place for this field ({text:?})"))
                    }
                }
            }
        }
        None => learned.lost("", "the reply is neither JSON nor XML, which this endpoint answers"),
    }
}

fn hash(text: &str, held: Held, path: &str, learned: &mut FixtureDraft) {
    match (Hash::parse(text), held) {
        (_, Held::Invalid) => {}
        (Some(hash), held) => one(hash, held, path, learned),
        (None, _) => learned.lost(path, format!("{text:?} is no hash")),
    }
}

fn one(hash: Hash, held: Held, path: &str, learned: &mut FixtureDraft) {
    if held == Held::Unknown {
        return learned.absent(KEY, hash, "known");
    }
    let text = hash.to_string();
    let place = learned.sample(&[(hash.kind(), &text)]);
    learned.present(KEY, place);
    let sample = &mut learned.samples[place];
    if held == Held::Known {
        sample.overlays.entry(KEY).or_default().insert("stored".to_owned(), json!(false));
    }
    if sample.scans.is_empty() && sample.assumed.is_none() {
        sample.assumed = Some(Verdict::Clean);
        learned.assumed(path, "this API tells no verdict; clean is assumed where no other reply tells one");
    }
}

/// The items of an answer in XML, each with the name of its list.
fn lists_of_xml(text: &str) -> Option<Vec<(String, String)>> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(text);
    let (mut open, mut items) = (Vec::<String>::new(), Vec::new());
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => open.push(start.name().as_ref().to_owned()),
            Event::End(_) => drop(open.pop()),
            Event::Text(text) if open.len() == 3 => {
                let text = text.xml10_content().trim().to_owned();
                if !text.is_empty() {
                    items.push((open[1].clone(), text));
                }
            }
            Event::Eof => return (!text.trim().is_empty() && open.is_empty()).then_some(items),
            _ => {}
        }
    }
}

/// A user who was let in.
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
