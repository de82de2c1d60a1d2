//! Fault rules, built by a test.

use std::time::Duration;

use serde_json::Value;

use crate::admin::faults::{NewRule, WireDelivery, WireLatency, WireRefusal, WireWhen};
use crate::faults::Rule;

/// A fault rule for [`World::inject`](super::World::inject): the requests that it matches, for which of these it fires, and
/// its effects. Without a condition it matches every request and fires each time. Effects can be combined; at least one is
/// required.
///
/// ```
/// use std::time::Duration;
/// use scandouble::Fault;
///
/// // The next two bulk look-ups fail, with the vendor's own body for the status.
/// let outage = Fault::new().endpoint("POST /v2/hash").status(503).retry_after(120).next(2);
/// // Every third answer of one API is late and arrives a few bytes at a time.
/// let slow = Fault::new()
///     .api("metadefender-core")
///     .every(3)
///     .latency(Duration::from_millis(200))
///     .trickle(16, Duration::from_millis(5));
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a fault does nothing until it is injected into a world"]
pub struct Fault {
    rule: NewRule,
}

impl Fault {
    /// A rule that matches every request and has no effect yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the id of the rule, which is generated otherwise. A rule with the same id is replaced.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.rule.id = Some(id.into());
        self
    }

    /// Matches the requests to this API only: `metadefender-cloud`.
    pub fn api(mut self, name: impl Into<String>) -> Self {
        self.rule.matching.api = Some(name.into());
        self
    }

    /// Matches this endpoint only: a method and a path with placeholders, `GET /hash/{hash}`.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.rule.matching.endpoint = Some(endpoint.into());
        self
    }

    /// Matches the requests of this account only: a user name or an API key.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.rule.matching.account = Some(account.into());
        self
    }

    /// Matches the requests with this hash, or this part of one, in the path or the body.
    pub fn hash(mut self, hash: impl Into<String>) -> Self {
        self.rule.matching.hash = Some(hash.into());
        self
    }

    /// Fires for the next `count` matching requests, then never again.
    pub fn next(mut self, count: u64) -> Self {
        self.rule.when = WireWhen::Next(count);
        self
    }

    /// Fires for every `nth` matching request: with 3, for the third, the sixth, and so on.
    pub fn every(mut self, nth: u64) -> Self {
        self.rule.when = WireWhen::Every(nth);
        self
    }

    /// Fires for each matching request with this probability, from 0 to 1. The same seed gives the same sequence.
    pub fn chance(mut self, probability: f64, seed: u64) -> Self {
        self.rule.when = WireWhen::Chance { probability, seed };
        self
    }

    /// Answers with this status, from 200 to 599. The body is the vendor's own for it, unless [`Fault::body`] is given.
    pub fn status(mut self, status: u16) -> Self {
        self.rule.then.status = Some(status);
        self
    }

    /// Answers with this body, with status 200 unless another is given. Its content type is plain text, unless
    /// [`Fault::content_type`] is given.
    pub fn body(mut self, text: impl Into<String>) -> Self {
        self.rule.then.body = Some(Value::String(text.into()));
        self
    }

    /// Sets the content type of the body.
    pub fn content_type(mut self, kind: impl Into<String>) -> Self {
        self.rule.then.content_type = Some(kind.into());
        self
    }

    /// Sets a header of the answer, which needs a status or a body.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.rule.then.headers.insert(name.into(), Value::String(value.into()));
        self
    }

    /// Sets `Retry-After` in seconds, which needs a status or a body.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.rule.then.retry_after = Some(seconds.into());
        self
    }

    /// Refuses the request as the vendor refuses an unknown credential.
    pub fn revoked(mut self) -> Self {
        self.rule.then.refuse = Some(WireRefusal::Revoked);
        self
    }

    /// Refuses the request as the vendor does when the account's quota or look-up limit is used up.
    pub fn exhausted(mut self) -> Self {
        self.rule.then.refuse = Some(WireRefusal::Exhausted);
        self
    }

    /// Delays the answer, in real time, by at most an hour.
    pub fn latency(mut self, wait: Duration) -> Self {
        self.rule.then.latency = Some(WireLatency::Fixed(millis(wait)));
        self
    }

    /// Resets the connection before the answer.
    pub fn reset(self) -> Self {
        self.delivery(WireDelivery::Reset)
    }

    /// Resets the connection within the body.
    pub fn reset_midway(self) -> Self {
        self.delivery(WireDelivery::ResetMidway)
    }

    /// Closes the connection within the body.
    pub fn cut_short(self) -> Self {
        self.delivery(WireDelivery::CutShort)
    }

    /// Makes the body invalid JSON or XML.
    pub fn malformed(self) -> Self {
        self.delivery(WireDelivery::Malformed)
    }

    /// Never sends anything.
    pub fn unanswered(self) -> Self {
        self.delivery(WireDelivery::Never)
    }

    /// Sends the answer in pieces of this size, with this time between them.
    pub fn trickle(self, bytes: usize, every: Duration) -> Self {
        self.delivery(WireDelivery::Trickle { bytes, every: millis(every) })
    }

    fn delivery(mut self, delivery: WireDelivery) -> Self {
        self.rule.then.delivery = Some(delivery);
        self
    }

    /// # Errors
    /// What is not allowed, in the words of the admin API.
    pub(super) fn into_rule(self) -> Result<Rule, String> {
        self.rule.read(None).map_err(|problem| problem.into_detail())
    }
}

/// A duration as the admin API takes it.
fn millis(wait: Duration) -> String {
    format!("{}ms", wait.as_millis())
}
