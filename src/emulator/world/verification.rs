//! What a test expects of the client, checked against the journal of a world.

use std::fmt;

use serde_json::Value;

use crate::document::setters;
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

    setters! { pub it:
        /// Calls of this API: `metadefender-cloud`.
        api(name: impl Into<String>) => it.query.api = Some(name.into());
        /// Calls that got an answer of this behaviour, by its id or its full name; `*` matches any text.
        behaviour(pattern: impl Into<String>) => it.query.behaviour = Some(pattern.into());
        /// Calls of this account: its name or its key.
        account(account: impl Into<String>) => it.query.account = Some(account.into());
        /// Calls of an endpoint: a method and a path with placeholders, `GET /hash/{hash}`.
        endpoint(endpoint: impl Into<String>) => it.query.endpoint = Some(endpoint.into());
        /// Calls that were answered with this status.
        status(status: u16) => it.query.status = Some(status.into());
        /// Calls for which the fault rule with this id fired; `*` matches any text.
        fault(id: impl Into<String>) => it.query.fault = Some(id.into());
        /// Calls with this hash, or this part of one, in the path or the body.
        hash(hash: impl Into<String>) => it.query.hash = Some(hash.into());
    }

    /// Calls with exactly these hashes in the path and the body, in any order.
    pub fn hashes<T: Into<String>>(mut self, hashes: impl IntoIterator<Item = T>) -> Self {
        self.query.hashes = Some(hashes.into_iter().map(Into::into).collect());
        self
    }

    setters! { pub it:
        /// Calls with this header.
        header(name: impl Into<String>, value: impl Into<String>) =>
            it.query.header.get_or_insert_default().insert(name.into(), Value::String(value.into()));
        /// Calls without this header.
        without_header(name: impl Into<String>) =>
            it.query.header.get_or_insert_default().insert(name.into(), Value::Null);
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

    setters! { pub it:
        /// The calls may come at any position when the others must be in order.
        anywhere() => it.anywhere = true;
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

    setters! { pub it:
        /// Expects such calls as well.
        expect(call: Call) => it.expectations.push(call);
        /// The calls must come in the order of the expectations.
        in_order() => it.in_order = true;
        /// Any other call is a failure.
        nothing_else() => it.nothing_else = true;
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
