//! What a vendor adds to fixtures, and what it learns from recorded replies.

use serde_json::Value;

use super::Route;
use crate::accounts::Account;
use crate::document::Field;
use crate::journal::recorded::RecordedExchange;
use crate::samples::Sample;
use crate::vendors::import::FixtureDraft;

/// What a vendor adds to fixtures.
#[derive(Clone, Copy, Debug)]
pub struct Fixtures {
    /// Its fields of a sample.
    pub sample: &'static [Field],
    /// Its fields of one scan of a sample.
    pub scan: &'static [Field],
    /// Whether samples can be rescanned by way of it, so that `after_rescan` may name it.
    pub rescans: bool,
    /// Its fields of a child in an archive.
    pub child: &'static [Field],
    /// The examples of the vendor's own page, as a fixture in YAML; part of `builtin:vendor-examples`.
    pub examples: Option<&'static str>,
    /// Its fields of an account.
    pub account: &'static [Field],
    /// Reads an account from an entry that has been checked against [`Fixtures::account`].
    pub read_account: fn(&Value) -> Account,
    /// Its identifiers of a sample's results and of whatever else of a sample clients ask for.
    /// [`State::named`](crate::worlds::State::named) finds the sample by them.
    pub names: fn(&Sample) -> Vec<String>,
}

impl Fixtures {
    /// No fields.
    pub const NONE: Self = Self {
        sample: &[],
        scan: &[],
        rescans: false,
        child: &[],
        examples: None,
        account: &[],
        read_account: |_| Account::default(),
        names: |_| Vec::new(),
    };
}

/// What a vendor learns from recorded replies.
#[derive(Clone, Copy, Debug)]
pub struct Importer {
    /// Whether a reply without its request is one of this API's.
    pub recognises: fn(&RecordedExchange) -> bool,
    /// Learns samples, accounts, rules and settings from a recorded exchange, and notes each part that no fixture can hold.
    /// The route has no endpoint if the request is not known.
    pub learn: fn(&RecordedExchange, &Route, &mut FixtureDraft),
}
