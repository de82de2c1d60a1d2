//! Fault rules as a test sends them.

use std::time::Duration;

use http::{HeaderName, HeaderValue, header};
use hyper::ext::ReasonPhrase;
use serde_json::Value;

use super::wire::{NewRule, WireDelivery, WireEffect, WireLatency, WireMatch, WireRefusal, WireWhen};
use crate::admin::decode::{advice, shorten};
use crate::admin::problem::Problem;
use crate::document::parse_span;
use crate::faults::{Delivery, Effect, Latency, Needle, Refusal, RequestMatcher, Rule, Substitute, When};
use crate::ids;
use crate::vendors::{self, Vendor};

/// Headers that say where the response ends. The server sets them: with another `Content-Length` a client would wait for bytes
/// that never come.
const FRAMING: [HeaderName; 3] = [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION];

impl NewRule {
    /// The rule with its defaults filled in. `id` is that of the path, if there is one.
    pub(crate) fn read(self, id: Option<String>) -> Result<Rule, Problem> {
        if let (Some(path), Some(own)) = (&id, &self.id)
            && path != own
        {
            return Err(Problem::unprocessable(format!(
                "`id`: \"{}\" differs from \"{}\" in the path; leave `id` out or make them equal",
                shorten(own),
                shorten(path)
            )));
        }
        let id = id.or(self.id).unwrap_or_else(|| format!("fault-{}", ids::hex(&ids::random::<4>())));
        if !crate::worlds::is_name(&id) {
            let detail = format!(
                "`id`: \"{}\" is not a valid id; use 1 to 100 letters, digits, '.', '_', '-' and '~'",
                shorten(&id)
            );
            return Err(Problem::unprocessable(detail));
        }
        Ok(Rule { id, matching: self.matching.read()?, when: self.when.read()?, effect: self.then.read()? })
    }
}

impl WireMatch {
    fn read(self) -> Result<RequestMatcher, Problem> {
        let api = self.api.as_deref().map(|name| find_api("match.api", name)).transpose()?;
        let endpoint = match self.endpoint.as_deref() {
            Some(text) => {
                let known: Vec<_> = vendors::ALL
                    .iter()
                    // With an API, the endpoint of another one would make a rule that never fires.
                    .filter(|one| api.is_none_or(|api| api.name == one.name))
                    .flat_map(|api| api.listed())
                    .collect();
                let found = known.iter().find(|(method, path)| text == format!("{method} {path}"));
                let (method, path) = found.ok_or_else(|| {
                    let known: Vec<_> =
                        known.iter().map(|(method, path)| format!("{method} {path}")).collect();
                    let known: Vec<_> = known.iter().map(String::as_str).collect();
                    let advice = advice(text, &known, "\"").unwrap_or_default();
                    let text = shorten(text);
                    Problem::unprocessable(format!("`match.endpoint`: unknown endpoint \"{text}\"; {advice}"))
                })?;
                Some(((*method).to_owned(), (*path).to_owned()))
            }
            None => None,
        };
        let hash = match self.hash.as_deref() {
            Some("") => {
                return Err(Problem::unprocessable(
                    "`match.hash` is empty; give a hash, or leave it out to match every request",
                ));
            }
            Some(text) => {
                let needle = Needle::hash(text);
                Some(needle.map_err(|error| Problem::unprocessable(format!("`match.hash`: {error}")))?)
            }
            None => None,
        };
        Ok(RequestMatcher { api: api.map(|api| api.name), endpoint, account: self.account, hash })
    }
}

/// The API of this name, which the request has in `field`.
pub(super) fn find_api(field: &str, name: &str) -> Result<&'static Vendor, Problem> {
    vendors::named(name).ok_or_else(|| {
        let known: Vec<_> = vendors::ALL.iter().map(|api| api.name).collect();
        let advice = advice(name, &known, "\"").unwrap_or_default();
        Problem::unprocessable(format!("`{field}`: unknown API \"{}\"; {advice}", shorten(name)))
    })
}

impl WireWhen {
    fn read(self) -> Result<When, Problem> {
        match self {
            Self::Always => Ok(When::Always),
            Self::Next(count) => Ok(When::Next(count)),
            Self::Every(0) => Err(Problem::unprocessable("`when.every` must be a number from 1, such as 3")),
            Self::Every(step) => Ok(When::Every(step)),
            Self::Chance { probability, seed } if (0.0..=1.0).contains(&probability) => {
                Ok(When::Chance { probability, seed })
            }
            Self::Chance { .. } => {
                Err(Problem::unprocessable("`when.chance.probability` must be a number from 0 to 1"))
            }
        }
    }
}

impl WireEffect {
    fn read(self) -> Result<Effect, Problem> {
        let nothing = self.status.is_none()
            && self.refuse.is_none()
            && self.latency.is_none()
            && self.delivery.is_none()
            && self.body.is_none();
        if nothing {
            let detail = "`then` has no effect; give at least one of status, body, refuse, latency, delivery";
            return Err(Problem::unprocessable(detail));
        }
        let answer = self.answer()?;
        // Otherwise one of the two would be ignored silently.
        if self.refuse.is_some() && answer.is_some() {
            let detail = "`then.refuse` is a complete response; leave it out, or leave status and body out";
            return Err(Problem::unprocessable(detail));
        }
        Ok(Effect {
            refusal: self.refuse.map(|refusal| match refusal {
                WireRefusal::Revoked => Refusal::Revoked,
                WireRefusal::Exhausted => Refusal::Exhausted,
            }),
            reason: self.reason()?.filter(|_| answer.is_some()),
            answer,
            latency: self.latency.map(WireLatency::read).transpose()?,
            delivery: self.delivery.map_or(Ok(Delivery::Whole), WireDelivery::read)?,
        })
    }

    fn answer(&self) -> Result<Option<Substitute>, Problem> {
        if self.status.is_none() && self.body.is_none() {
            let has_parts = self.retry_after.is_some() || !self.headers.is_empty();
            if has_parts || self.content_type.is_some() || self.reason.is_some() {
                let detail = "`then`: headers, retry_after, content_type and reason need a status or a body";
                return Err(Problem::unprocessable(detail));
            }
            return Ok(None);
        }
        let status = self.status.unwrap_or(200);
        // A 1xx is not a final response: the client would go on waiting for one.
        if !(200..=599).contains(&status) {
            return Err(Problem::unprocessable(format!(
                "`then.status` must be from 200 to 599, not {status}"
            )));
        }
        let given = self.content_type()?;
        let kind = |default| given.clone().unwrap_or(HeaderValue::from_static(default));
        // Without a body here, the vendor's own body for the status is sent.
        let body = match &self.body {
            Some(Value::String(text)) => Some((text.clone().into(), kind("text/plain; charset=utf-8"))),
            Some(value) => Some((crate::journal::json(value), kind("application/json"))),
            None => None,
        };
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            let bad = || {
                Problem::unprocessable(format!(
                    "`then.headers.{}` is not a valid header name or value",
                    shorten(name)
                ))
            };
            let text = plain(value).ok_or_else(bad)?;
            let name = HeaderName::try_from(name.as_str()).map_err(|_| bad())?;
            if FRAMING.contains(&name) {
                return Err(Problem::unprocessable(format!(
                    "`then.headers.{name}` cannot be set: the server sets it from the body and the connection; use \
                     `then.delivery` for a response that is cut, reset or never sent"
                )));
            }
            headers.push((name, HeaderValue::try_from(text).map_err(|_| bad())?));
        }
        if let Some(after) = &self.retry_after {
            let bad =
                || Problem::unprocessable("`then.retry_after` must be a number of seconds or an HTTP date");
            let is_good =
                after.as_u64().is_some() || after.as_str().is_some_and(|text| !text.trim().is_empty());
            let text = plain(after).filter(|_| is_good).ok_or_else(bad)?;
            headers.push((header::RETRY_AFTER, HeaderValue::try_from(text).map_err(|_| bad())?));
        }
        Ok(Some(Substitute { status, body, headers }))
    }

    fn reason(&self) -> Result<Option<String>, Problem> {
        let read = |text: &String| {
            ReasonPhrase::try_from(text.as_bytes()).map(|_| text.clone()).map_err(|_| {
                Problem::unprocessable(format!(
                    "`then.reason`: \"{}\" is not a valid reason phrase; it has no line ends",
                    shorten(text)
                ))
            })
        };
        self.reason.as_ref().map(read).transpose()
    }

    fn content_type(&self) -> Result<Option<HeaderValue>, Problem> {
        let read = |text: &String| {
            HeaderValue::try_from(text.as_str()).map_err(|_| {
                Problem::unprocessable(format!(
                    "`then.content_type`: \"{}\" is not a valid header value",
                    shorten(text)
                ))
            })
        };
        self.content_type.as_ref().map(read).transpose()
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The maximum duration in a rule.
const MAX_WAIT: Duration = Duration::from_secs(3600);

fn wait(text: &str, name: &str) -> Result<Duration, Problem> {
    let bad = |error: String| Problem::unprocessable(format!("`{name}`: {error}"));
    let span = parse_span(text).map_err(bad)?;
    let wait = Duration::try_from(span).map_err(|error| bad(error.to_string()))?;
    if wait > MAX_WAIT { Err(bad("the maximum is 1h".to_owned())) } else { Ok(wait) }
}

/// Reads two durations, each with its field. The second must not be shorter than the first.
fn range(low: (&str, &str), high: (&str, &str)) -> Result<(Duration, Duration), Problem> {
    let (from, to) = (wait(low.0, low.1)?, wait(high.0, high.1)?);
    if from > to {
        return Err(Problem::unprocessable(format!("`{}` must not be shorter than `{}`", high.1, low.1)));
    }
    Ok((from, to))
}

impl WireLatency {
    fn read(self) -> Result<Latency, Problem> {
        Ok(match self {
            Self::Fixed(text) => Latency::Fixed(wait(&text, "then.latency")?),
            Self::Uniform { from, to } => {
                let (from, to) = range((&from, "then.latency.from"), (&to, "then.latency.to"))?;
                Latency::Uniform(from, to)
            }
            Self::Lognormal { p50, p99 } => {
                let (p50, p99) = range((&p50, "then.latency.p50"), (&p99, "then.latency.p99"))?;
                Latency::Lognormal { p50, p99 }
            }
        })
    }
}

impl WireDelivery {
    fn read(self) -> Result<Delivery, Problem> {
        Ok(match self {
            Self::Reset => Delivery::ResetBefore,
            Self::ResetMidway => Delivery::ResetMidway,
            Self::CutShort => Delivery::CutShort,
            Self::Malformed => Delivery::Malformed,
            Self::Never => Delivery::Never,
            Self::Trickle { bytes: 0, .. } => {
                return Err(Problem::unprocessable("`then.delivery.trickle.bytes` must be a number from 1"));
            }
            Self::Trickle { bytes, every } => {
                Delivery::Trickle { bytes, every: wait(&every, "then.delivery.trickle.every")? }
            }
        })
    }
}
