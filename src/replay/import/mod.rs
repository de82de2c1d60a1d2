//! Captured traffic with vendors as fixtures, so that what was seen in production can be tested.
//!
//! `source` finds the exchanges of a file, `owner` the API that each belongs to; the rooms learn from them. What no fixture
//! holds is told, place by place.

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

/// What captured traffic came to.
#[derive(Debug)]
pub struct Imported {
    /// The fixture, keys in order.
    pub fixture: Value,
    /// What there is to tell.
    pub notes: Vec<Note>,
    /// Whether it loads as it is.
    pub loads: bool,
}

/// The fixture of captured exchanges. Credentials are masked unless `credentials` asks for them.
#[must_use]
pub fn fixture(exchanges: &[RecordedExchange], owners: &Owners, credentials: bool) -> Imported {
    let mut learned = FixtureDraft::masking(redact::by_name);
    for exchange in exchanges {
        learned.begin(&exchange.place);
        match owners.of(exchange) {
            Ok(api) => match &api.importer {
                Some(importer) => {
                    let request = exchange.request.as_ref();
                    let route = request.map(|request| api.route(&request.method, &request.path));
                    (importer.learn)(exchange, &route.unwrap_or_default(), &mut learned);
                }
                None => learned.lost("", format!("nothing is imported for {}", api.name)),
            },
            Err(what) => learned.lost("", what),
        }
    }
    let (mut fixture, mut notes) = learned.fixture();
    if !credentials {
        mask(&mut fixture);
    }
    let text = fixture.to_string();
    let source = Source::Text { name: "imported.json".to_owned(), text };
    let loaded = fixtures::load(&[source]);
    let loads = loaded.is_ok();
    if let Err(problems) = loaded {
        // What the vendor said may be more than a fixture may hold: a name that is empty, say.
        let fault = |problem: &crate::document::Diagnostic| Note {
            place: "the fixture".to_owned(),
            path: String::new(),
            what: format!("{}; {}; mend it by hand", problem.what, problem.help),
            lost: true,
        };
        notes.extend(problems.iter().map(fault));
    }
    Imported { fixture, notes, loads }
}

/// Masks the secrets of the accounts.
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
