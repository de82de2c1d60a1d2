//! The fixture fields of this API.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::sandboxes;
use crate::accounts::Account;
use crate::document::{Field, Shape};
use crate::samples::Sample;
use crate::vendors::Fixtures;

/// The name of this API.
pub(super) const NAME: &str = "spectra-analyze";

/// The fixture key of this API.
pub(super) const KEY: &str = "spectra_analyze";

/// What this API adds to fixtures.
pub(super) const FIXTURES: Fixtures = Fixtures {
    sample: SAMPLE,
    examples: Some(include_str!("../../../fixtures/vendor-examples/spectra-analyze.yaml")),
    account: ACCOUNT,
    rescans: true,
    names: |sample| ApplianceFacts::of(sample).url.into_iter().collect(),
    read_account: account,
    ..Fixtures::NONE
};

/// Its fields of a sample.
const SAMPLE: &[Field] = &[
    Field::new("present", Shape::Flag, "Whether the appliance has the sample; true unless given."),
    Field::new(
        "extracted",
        Shape::Flag,
        "Whether the sample was extracted from another; false unless given.",
    ),
    Field::new(
        "queued_by",
        Shape::List(&Shape::Word(|| sandboxes::V2.to_vec())),
        "The engines that have the sample queued from the start, until that is ended through the admin API.",
    ),
    Field::new("url", Shape::Text, "The URL at which an upload by URL finds the sample; nothing is fetched."),
    Field::new("report", REPORT, "Fields of its reports, in place of derived ones or besides them."),
];

/// The kinds of values of a report are the vendor's.
const REPORT: Shape = Shape::Map(&Shape::Any);

/// Its fields of an account.
const ACCOUNT: &[Field] = &[
    Field::new("user", Shape::Text, "The user name, for /api-token-auth/."),
    Field::new("password", Shape::Text, "The password that goes with it."),
    Field::new("token", Shape::Text, "A token that is accepted without being issued first."),
    Field::new("active", Shape::Flag, "Whether the account may be used; true unless given."),
];

/// What fixtures say of a sample on the appliance.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub(super) struct ApplianceFacts {
    /// Whether the appliance has it.
    pub(super) present: bool,
    /// Whether it was extracted from another.
    pub(super) extracted: bool,
    /// The engines that have it queued until that is ended.
    pub(super) queued_by: Vec<String>,
    /// The URL at which it is found.
    pub(super) url: Option<String>,
    /// What its reports say.
    pub(super) report: BTreeMap<String, Value>,
}

// Not derived: without a fixture that says otherwise, the appliance has the sample.
impl Default for ApplianceFacts {
    fn default() -> Self {
        Self { present: true, extracted: false, queued_by: Vec::new(), url: None, report: BTreeMap::new() }
    }
}

impl ApplianceFacts {
    /// The facts of `sample`. An uploaded sample is present and is not extracted, whatever the fixture says.
    pub(super) fn of(sample: &Sample) -> Self {
        let facts: Self = sample.overlay(KEY);
        match sample.was_uploaded_to(NAME) {
            true => Self { present: true, extracted: false, queued_by: Vec::new(), ..facts },
            false => facts,
        }
    }
}

/// Reads an account from an entry that has been checked.
fn account(entry: &Value) -> Account {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
    Account {
        user: text("user"),
        password: text("password"),
        key: text("token"),
        suspended: entry.get("active").and_then(Value::as_bool) == Some(false),
        ..Account::default()
    }
}
