//! Turns recorded traffic with vendors into fixtures, so that tests can use what was seen in production.
//!
//! `source` reads the exchanges of a file, `owner` finds the API of each, and the vendors read the replies. Whatever a
//! fixture cannot hold is reported with its path.

mod owner;
mod source;

use serde_json::{Value, json};

use crate::fixtures::{self, Source};
use crate::journal::recorded::RecordedExchange;
use crate::journal::redact;
use crate::vendors;
use crate::vendors::import::{FixtureDraft, Learned, Note};

pub use owner::Owners;
pub use source::exchanges;

/// The result of an import.
#[derive(Debug)]
pub struct Imported {
    /// The fixture, with keys in order.
    pub fixture: Value,
    /// Notes for the user.
    pub notes: Vec<Note>,
    /// Whether the fixture loads as it is.
    pub loads: bool,
}

/// The fixture of recorded exchanges. Credentials are redacted unless `credentials` is true.
pub fn fixture(exchanges: &[RecordedExchange], owners: &Owners, credentials: bool) -> Imported {
    let mut draft = FixtureDraft::masking(redact::by_name);
    for exchange in exchanges {
        learn(exchange, owners, &mut draft);
    }
    let (mut fixture, mut notes) = draft.fixture();
    if !credentials {
        mask(&mut fixture);
    }
    let text = fixture.to_string();
    let source = Source::Text { name: "imported.json".to_owned(), text };
    // Loading it here shows what has to be corrected, before a server refuses it.
    let loaded = fixtures::load(&[source]);
    let loads = loaded.is_ok();
    if let Err(problems) = loaded {
        // A vendor may send what a fixture does not allow, such as an empty name.
        let note = |problem: &crate::document::Diagnostic| Note {
            place: "the fixture".to_owned(),
            path: String::new(),
            what: format!("{}; {}; correct it by hand", problem.what, problem.help),
            lost: true,
        };
        notes.extend(problems.iter().map(note));
    }
    Imported { fixture, notes, loads }
}

/// Learns from one exchange. A reply from which nothing is learned is reported, so that none is ignored silently.
fn learn(exchange: &RecordedExchange, owners: &Owners, draft: &mut FixtureDraft) {
    draft.begin(&exchange.place);
    if let Some(why) = exchange.is_not_of_an_api() {
        return draft.assumed("", format!("{why}; it was left out"));
    }
    let (api, importer) = match owners.of(exchange).map(|api| (api, &api.importer)) {
        Ok((api, Some(importer))) => (api, importer),
        Ok((api, None)) => return draft.lost("", format!("nothing is imported for {}", api.name)),
        Err(what) => return draft.lost("", what),
    };
    let request = exchange.request.as_ref();
    if request.is_some_and(|request| request.method.eq_ignore_ascii_case("HEAD")) {
        return draft.assumed("", "a reply to HEAD has no body; it was left out");
    }
    let route = request.map(|request| api.route(&request.method, &request.path));
    (importer.learn)(exchange, &route.unwrap_or_default(), draft);
    match draft.learned() {
        Learned::Nothing => draft.lost("", "nothing in the reply is for a fixture"),
        // A reply without its request can only be meant for its sample.
        Learned::NoSample if request.is_none() => draft.lost("", "the reply yields no sample"),
        _ => {}
    }
}

/// Redacts the secrets of the accounts.
fn mask(fixture: &mut Value) {
    for api in vendors::ALL.iter() {
        let accounts = fixture.get_mut("accounts").and_then(|accounts| accounts.get_mut(api.key));
        let accounts = accounts.and_then(Value::as_array_mut);
        for account in accounts.into_iter().flatten().filter_map(Value::as_object_mut) {
            for (name, value) in account.iter_mut() {
                if let Some(text) = value.as_str() {
                    *value = json!(redact::by_name(name, text));
                }
            }
        }
    }
}
