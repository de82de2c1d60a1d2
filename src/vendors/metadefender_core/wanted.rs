//! Which results a look-up wants: the headers `rule`, `selfonly`, `timerange` and `include-inprogress`.
//!
//! Clients spell booleans in any case, and send a header twice; then the first one counts.

use http::HeaderName;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::percent_decode_str;

use crate::journal::{FindingKind, Reply};
use crate::vendors::Call;

const RULE: HeaderName = HeaderName::from_static("rule");
const SELF_ONLY: HeaderName = HeaderName::from_static("selfonly");
const TIME_RANGE: HeaderName = HeaderName::from_static("timerange");
const IN_PROGRESS: HeaderName = HeaderName::from_static("include-inprogress");

/// Which results are wanted; all of them by default.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Those under this rule.
    pub(super) rule: Option<AskedRule>,
    /// Those of the file itself, not of the file as part of an archive.
    pub(super) self_only: bool,
    /// Those that are no older than this.
    pub(super) since: Option<Timestamp>,
    /// Unfinished ones before finished ones, or not at all.
    pub(super) in_progress: Option<bool>,
    /// Those of uploads alone.
    pub(super) uploads_only: bool,
    /// The headers that could not be read, with what to send.
    unread: Vec<String>,
}

/// A rule that a request asks for, raw or percent-encoded.
#[derive(Debug)]
pub(super) struct AskedRule {
    raw: String,
    decoded: String,
}

impl AskedRule {
    /// The header `rule`; an empty one asks for none.
    pub(super) fn of(call: &Call) -> Option<Self> {
        let raw = call.header(RULE.as_str()).filter(|value| !value.is_empty())?.into_owned();
        let decoded = percent_decode_str(&raw).decode_utf8_lossy().into_owned();
        Some(Self { raw, decoded })
    }

    /// Whether this is the rule's name.
    pub(super) fn is(&self, name: &str) -> bool {
        self.raw == name || self.decoded == name
    }
}

impl Wanted {
    /// What the headers of a call say.
    pub(super) fn of(call: &Call) -> Self {
        let mut unread = Vec::new();
        let self_only = flag(call, &SELF_ONLY, &mut unread) == Some(true);
        let in_progress = flag(call, &IN_PROGRESS, &mut unread);
        let hours = call.header(TIME_RANGE.as_str()).and_then(|text| match text.trim().parse::<u32>() {
            Ok(hours) => Some(hours),
            Err(_) => {
                unread.push(format!("timerange is {text:?} and counts as 0; send a number of hours"));
                None
            }
        });
        let since = hours.filter(|hours| *hours > 0).map(|hours| {
            let span = SignedDuration::from_hours(i64::from(hours));
            call.now.saturating_sub(span).unwrap_or(Timestamp::MIN)
        });
        Self { rule: AskedRule::of(call), self_only, since, in_progress, uploads_only: false, unread }
    }

    /// Whether any result is as good as another.
    pub(super) fn is_any(&self) -> bool {
        self.rule.is_none()
            && !self.self_only
            && self.since.is_none()
            && self.in_progress.is_none()
            && !self.uploads_only
    }

    /// The same answer, with what there is to say about the headers.
    pub(super) fn note(self, reply: Reply) -> Reply {
        let note =
            |reply: Reply, text| reply.finding(FindingKind::Deviation, text, "Clients of MetaDefender Core");
        self.unread.into_iter().fold(reply, note)
    }
}

fn flag(call: &Call, name: &HeaderName, unread: &mut Vec<String>) -> Option<bool> {
    let text = call.header(name.as_str())?;
    match text.trim().to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => {
            unread.push(format!("{name} is {text:?} and does not count; send true or false"));
            None
        }
    }
}
