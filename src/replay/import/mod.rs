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
use crate::vendors::import::{FixtureDraft, Note};

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
#[must_use]
pub fn fixture(exchanges: &[RecordedExchange], owners: &Owners, credentials: bool) -> Imported {
    let mut draft = FixtureDraft::masking(redact::by_name);
    for exchange in exchanges {
        draft.begin(&exchange.place);
        match owners.of(exchange) {
            Ok(api) => match &api.importer {
                Some(importer) => {
                    let request = exchange.request.as_ref();
                    let route = request.map(|request| api.route(&request.method, &request.path));
                    (importer.learn)(exchange, &route.unwrap_or_default(), &mut draft);
                }
                None => draft.lost("", format!("nothing is imported for {}", api.name)),
            },
            Err(what) => draft.lost("", what),
        }
    }
    let (mut fixture, mut notes) = draft.fixture();
    if !credentials {
        mask(&mut fixture);
    }
    let text = fixture.to_string();
    let source = Source::Text { name: "imported.json".to_owned(), text };
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
