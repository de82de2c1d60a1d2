//! What a test expects of the client, checked against the journal of a world.

use std::fmt;

use serde_json::Value;

use crate::findings::ExchangeQuery;
use crate::findings::verify::{ExpectationRequest, TimesRequest, VerificationRequest};
use crate::worlds::{State, Worlds};

/// Describes calls of the client, and how many of them are expected: at least one, unless the description says otherwise.
/// Conditions that are left out do not matter.
#[derive(Clone, Debug, Default)]
#[must_use = "a call is verified as a part of a verification"]
pub struct Call {
    query: ExchangeQuery,
    times: Option<TimesRequest>,
    anywhere: bool,
}

impl Call {
    /// Any call, at least once.
    pub fn new() -> Self {
        Self::default()
    }

    /// Calls of this API: `metadefender-cloud`.
    pub fn api(mut self, name: impl Into<String>) -> Self {
        self.query.api = Some(name.into());
        self
    }

    /// Calls that got an answer of this behaviour, by its id or its full name; `*` matches any text.
    pub fn behaviour(mut self, pattern: impl Into<String>) -> Self {
        self.query.behaviour = Some(pattern.into());
        self
    }

    /// Calls of this account: its name or its key.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.query.account = Some(account.into());
        self
    }

    /// Calls of an endpoint: a method and a path with placeholders, `GET /hash/{hash}`.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.query.endpoint = Some(endpoint.into());
        self
    }

    /// Calls that were answered with this status.
    pub fn status(mut self, status: u16) -> Self {
        self.query.status = Some(status.into());
        self
    }

    /// Calls for which the fault rule with this id fired; `*` matches any text.
    pub fn fault(mut self, id: impl Into<String>) -> Self {
        self.query.fault = Some(id.into());
        self
    }

    /// Calls with this hash, or this part of one, in the path or the body.
    pub fn hash(mut self, hash: impl Into<String>) -> Self {
        self.query.hash = Some(hash.into());
        self
    }

    /// Calls with exactly these hashes in the path and the body, in any order.
    pub fn hashes<T: Into<String>>(mut self, hashes: impl IntoIterator<Item = T>) -> Self {
        self.query.hashes = Some(hashes.into_iter().map(Into::into).collect());
        self
    }

    /// Calls with this header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.header.get_or_insert_default().insert(name.into(), Value::String(value.into()));
        self
    }

    /// Calls without this header.
    pub fn without_header(mut self, name: impl Into<String>) -> Self {
        self.query.header.get_or_insert_default().insert(name.into(), Value::Null);
        self
    }

    /// Exactly this many calls are expected.
    pub fn times(self, count: u64) -> Self {
        self.expecting(TimesRequest::Exactly(count))
    }

    /// At least this many calls are expected.
    pub fn at_least(self, min: u64) -> Self {
        self.expecting(TimesRequest::Between { min, max: None })
    }

    /// At most this many calls are expected.
    pub fn at_most(self, max: u64) -> Self {
        self.expecting(TimesRequest::Between { min: 0, max: Some(max) })
    }

    /// No such call is expected.
    pub fn never(self) -> Self {
        self.times(0)
    }

    /// The calls may come at any position when the others must be in order.
    pub fn anywhere(mut self) -> Self {
        self.anywhere = true;
        self
    }

    fn expecting(mut self, times: TimesRequest) -> Self {
        self.times = Some(times);
        self
    }
}

/// What a test expects of the client, for [`World::verify`](super::World::verify).
///
/// ```
/// use scandouble::{Call, Verification};
///
/// let retried_once = Verification::new()
///     .expect(Call::new().endpoint("POST /v2/hash").status(503).times(1))
///     .expect(Call::new().endpoint("POST /v2/hash").status(200).times(1))
///     .in_order()
///     .nothing_else();
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a verification does nothing until a world verifies it"]
pub struct Verification {
    expectations: Vec<Call>,
    in_order: bool,
    nothing_else: bool,
}

/// Why a verification failed: what was expected, and what was received instead, the most similar calls first.
///
/// Its debug output is the text as well, so that a failed `unwrap` in a test can be read.
#[derive(Clone, thiserror::Error)]
#[error("{text}")]
pub struct VerifyError {
    text: String,
}

impl fmt::Debug for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Verification {
    /// Nothing is expected yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Expects such calls as well.
    pub fn expect(mut self, call: Call) -> Self {
        self.expectations.push(call);
        self
    }

    /// The calls must come in the order of the expectations.
    pub fn in_order(mut self) -> Self {
        self.in_order = true;
        self
    }

    /// Any other call is a failure.
    pub fn nothing_else(mut self) -> Self {
        self.nothing_else = true;
        self
    }

    /// # Errors
    /// An expectation is not met, or is not valid.
    pub(super) async fn judge(self, state: &State, worlds: &Worlds) -> Result<(), VerifyError> {
        let Self { expectations, in_order, nothing_else } = self;
        let expected = |call: Call| {
            let Call { query, times, anywhere } = call;
            ExpectationRequest { call: query, times, anywhere }
        };
        let request = VerificationRequest {
            expectations: expectations.into_iter().map(expected).collect(),
            in_order,
            nothing_else,
            since: 0,
            among: ExchangeQuery::default(),
        };
        let verification = request.into_verification().map_err(|text| VerifyError { text })?;
        match verification.judge(&state.journal.snapshot(), state, worlds).await {
            Ok(_) => Ok(()),
            Err(failed) => Err(VerifyError { text: failed.detail }),
        }
    }
}
