//! The headers that filter the results of a file: `rule`, `selfonly`, `timerange` and `include-inprogress`.
//!
//! Booleans are read in any case. If a client sends a header twice, the first value counts.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use percent_encoding::percent_decode_str;

use super::settings::INCLUDE_INPROGRESS;
use crate::journal::{FindingKind, Reply};
use crate::vendors::Call;

const RULE: HeaderName = HeaderName::from_static("rule");
const WORKFLOW: HeaderName = HeaderName::from_static("workflow");

/// The headers that filter results.
static FILTERS: [HeaderName; 4] = [
    HeaderName::from_static("selfonly"),
    HeaderName::from_static("include-inprogress"),
    HeaderName::from_static("timerange"),
    RULE,
];

/// A filter for the results of a file.
#[derive(Debug)]
pub(super) struct ResultQuery {
    /// Only results under this rule.
    pub(super) rule: Option<RequestedRule>,
    /// Only results of the file itself, not of the file as part of an archive.
    pub(super) self_only: bool,
    /// Only results that started at this instant or later.
    pub(super) since: Option<Timestamp>,
    /// An unfinished result if none is finished.
    pub(super) unfinished: bool,
    /// Whether the header `include-inprogress` decides that, rather than the setting.
    pub(super) unfinished_by_header: bool,
    /// Only results of uploads.
    pub(super) uploads_only: bool,
    /// One text for each header with an invalid value: what it was, and what to send.
    invalid: Vec<String>,
}

/// The name of a rule in a request, which may be percent-encoded.
#[derive(Debug)]
pub(super) struct RequestedRule {
    raw: String,
    decoded: String,
}

impl RequestedRule {
    /// Reads the header `rule`; an empty value requests no rule.
    pub(super) fn of(call: &Call) -> Option<Self> {
        call.headers.get(RULE).and_then(Self::read)
    }

    fn read(value: &HeaderValue) -> Option<Self> {
        let raw = Some(text(value)).filter(|text| !text.is_empty())?.into_owned();
        let decoded = percent_decode_str(&raw).decode_utf8_lossy().into_owned();
        Some(Self { raw, decoded })
    }

    /// Reads the header `rule` of an upload, or else `workflow`, its older name.
    pub(super) fn of_upload(call: &Call) -> Option<Self> {
        Self::of(call).or_else(|| call.headers.get(WORKFLOW).and_then(Self::read))
    }

    /// Whether this names the rule.
    pub(super) fn is(&self, name: &str) -> bool {
        // A name that is not encoded may contain a percent sign.
        self.raw == name || self.decoded == name
    }
}

impl ResultQuery {
    /// Reads the headers of a call.
    pub(super) fn of(call: &Call) -> Self {
        let [self_only, in_progress, hours, rule] = first_values(&call.headers);
        let mut invalid = Vec::new();
        let self_only = flag("selfonly", self_only, &mut invalid) == Some(true);
        let in_progress = flag("include-inprogress", in_progress, &mut invalid);
        let hours = hours.map(text).and_then(|text| match text.trim().parse::<u32>() {
            Ok(hours) => Some(hours),
            Err(_) => {
                invalid.push(format!("timerange is {text:?} and counts as 0; send a number of hours"));
                None
            }
        });
        let since = hours.filter(|hours| *hours > 0).map(|hours| {
            let span = SignedDuration::from_hours(i64::from(hours));
            // A range that begins before the calendar includes every result.
            call.now.saturating_sub(span).unwrap_or(Timestamp::MIN)
        });
        Self {
            rule: rule.and_then(RequestedRule::read),
            self_only,
            since,
            unfinished: in_progress.unwrap_or_else(|| call.settings.get(&INCLUDE_INPROGRESS)),
            unfinished_by_header: in_progress.is_some(),
            uploads_only: false,
            invalid,
        }
    }

    /// A query for any result, or for any result of an upload.
    pub(super) fn all(uploads_only: bool) -> Self {
        Self {
            rule: None,
            self_only: false,
            since: None,
            unfinished: true,
            unfinished_by_header: false,
            uploads_only,
            invalid: Vec::new(),
        }
    }

    /// Whether the filter matches every result.
    pub(super) fn matches_all(&self) -> bool {
        self.rule.is_none()
            && !self.self_only
            && self.since.is_none()
            && !self.unfinished_by_header
            && !self.uploads_only
    }

    /// Adds a finding to the reply for each invalid header.
    pub(super) fn note(self, reply: Reply) -> Reply {
        if self.invalid.is_empty() {
            return reply;
        }
        let note =
            |reply: Reply, text| reply.finding(FindingKind::Deviation, text, "Clients of MetaDefender Core");
        self.invalid.into_iter().fold(reply, note)
    }
}

/// The first value of each of [`FILTERS`]. One pass over the few headers of a request takes half the instructions of four
/// look-ups.
fn first_values(headers: &HeaderMap) -> [Option<&HeaderValue>; 4] {
    let mut values = [None; 4];
    for (name, value) in headers {
        if let Some(place) = FILTERS.iter().position(|known| known == name) {
            values[place].get_or_insert(value);
        }
    }
    values
}

fn text(value: &HeaderValue) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}

fn flag(name: &str, value: Option<&HeaderValue>, invalid: &mut Vec<String>) -> Option<bool> {
    let text = text(value?);
    match text.trim().to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => {
            invalid.push(format!("{name} is {text:?} and does not count; send true or false"));
            None
        }
    }
}
