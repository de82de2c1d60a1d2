//! The answers on the wire: structs in wire order, made from facts alone.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::engines::Outcome;
use super::error;
use super::hashes::Asked;
use super::sandboxes::CORE;
use crate::ids::hex;
use crate::samples::Sample;

const QUEUED: &str = "Sample is queued for analysis.";
const QUEUED_FOR_CORE: &str = "Sample is queued for core analysis.";
const SENT_TO_CORE: &str = "Sample is sent to core analysis.";
const ALREADY_QUEUED: &str = "Sample is already queued for analysis.";

/// A code and its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Said {
    pub(super) code: u16,
    pub(super) message: &'static str,
}

/// The answer about one queued sample: the whole body of single, an entry of bulk.
#[derive(Debug, Serialize)]
pub(super) struct Reanalysis {
    #[serde(flatten)]
    pub(super) top: Said,
    pub(super) analysis: Vec<Engine>,
    pub(super) detail: Detail,
}

/// One engine's answer.
#[derive(Debug, Serialize)]
pub(super) struct Engine {
    name: &'static str,
    #[serde(flatten)]
    said: Said,
}

/// The hashes of a sample; `imphash` where it is shown.
#[derive(Debug, Serialize)]
pub(super) struct Detail {
    sha1: String,
    sha256: String,
    sha512: String,
    md5: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    imphash: Option<String>,
}

/// An entry of a bulk answer.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Entry {
    Queued(Reanalysis),
    Extracted {
        #[serde(flatten)]
        top: Said,
        detail: Detail,
    },
    Unknown {
        #[serde(flatten)]
        top: Said,
        detail: AskedHash,
    },
}

/// An entry of a V2 answer, which has no code of its own.
#[derive(Debug, Serialize)]
pub(super) struct EntryV2 {
    pub(super) detail: DetailV2,
    pub(super) analysis: Vec<Engine>,
}

/// The hashes of an [`EntryV2`].
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum DetailV2 {
    Known(Detail),
    Unknown(AskedHash),
}

/// The hash that was asked for, as it was sent, under the name of its type.
#[derive(Debug)]
pub(super) struct AskedHash {
    kind: &'static str,
    text: String,
}

/// The list that bulk answers are wrapped in.
#[derive(Debug, Serialize)]
pub(super) struct Results<T> {
    pub(super) results: Vec<T>,
}

/// The answer of the status endpoint.
#[derive(Debug, Serialize)]
pub(super) struct Statuses {
    pub(super) hash_type: &'static str,
    pub(super) results: Vec<Status>,
}

/// The status of one sample.
#[derive(Debug, Serialize)]
pub(super) struct Status {
    pub(super) hash_value: String,
    pub(super) status: &'static str,
}

/// An issued token.
#[derive(Debug, Serialize)]
pub(super) struct Token {
    pub(super) token: String,
}

/// The answer to an upload.
#[derive(Debug, Serialize)]
pub(super) struct Done {
    pub(super) code: u16,
    pub(super) message: &'static str,
    pub(super) detail: Uploaded,
}

/// What was uploaded.
#[derive(Debug, Serialize)]
pub(super) struct Uploaded {
    pub(super) id: u64,
    pub(super) sha1: String,
    pub(super) user: usize,
    pub(super) created: String,
    pub(super) filename: String,
}

impl Outcome {
    fn said(self, engine: &str, sent_to_core: bool) -> Said {
        let (code, message) = match self {
            Self::Queued if engine == CORE && sent_to_core => (201, SENT_TO_CORE),
            Self::Queued if engine == CORE => (201, QUEUED_FOR_CORE),
            Self::Queued => (201, QUEUED),
            Self::Already => (200, ALREADY_QUEUED),
            Self::NotAllowed => (405, error::APPLIANCE),
            Self::NotConfigured => (405, "Sandbox integration is not configured."),
            Self::Extracted => (405, error::EXTRACTED),
            Self::Unknown => (404, "Sample not found"),
        };
        Said { code, message }
    }
}

/// What each engine answers; `sent_to_core` chooses between the page's two messages of core.
pub(super) fn engines(engines: &[&'static str], outcomes: &[Outcome], sent_to_core: bool) -> Vec<Engine> {
    let answer =
        |(name, outcome): (&&'static str, &Outcome)| Engine { name, said: outcome.said(name, sent_to_core) };
    engines.iter().zip(outcomes).map(answer).collect()
}

/// The deprecated code and message above the engines: 201 if any was newly queued, 200 if not, and the first
/// engine's where every one refused.
pub(super) fn top(engines: &[&'static str], outcomes: &[Outcome]) -> Said {
    let any = |wanted: Outcome| outcomes.contains(&wanted);
    match (any(Outcome::Queued), any(Outcome::Already), engines.first().zip(outcomes.first())) {
        (true, _, _) if engines == [CORE] => Said { code: 201, message: QUEUED_FOR_CORE },
        (true, _, _) => Said { code: 201, message: QUEUED },
        (false, false, Some((engine, outcome))) => outcome.said(engine, false),
        _ => Said { code: 200, message: ALREADY_QUEUED },
    }
}

impl Entry {
    pub(super) fn extracted(sample: &Sample) -> Self {
        let top = Said { code: 405, message: error::EXTRACTED };
        Self::Extracted { top, detail: Detail::of(sample, true) }
    }

    pub(super) fn unknown(asked: &Asked) -> Self {
        Self::Unknown { top: Said { code: 404, message: error::NOT_FOUND }, detail: AskedHash::of(asked) }
    }
}

impl Detail {
    /// The hashes of `sample`, with the import hash if it has one and `imphash` asks for it.
    pub(super) fn of(sample: &Sample, imphash: bool) -> Self {
        let hashes = &sample.hashes;
        Self {
            sha1: hex(&hashes.sha1),
            sha256: hex(&hashes.sha256),
            sha512: hex(&hashes.sha512),
            md5: hex(&hashes.md5),
            imphash: hashes.imphash.filter(|_| imphash).map(|bytes| hex(&bytes)),
        }
    }
}

impl DetailV2 {
    /// The hashes of `sample`, the import hash empty where it has none.
    pub(super) fn of(sample: &Sample) -> Self {
        let mut detail = Detail::of(sample, true);
        detail.imphash.get_or_insert_default();
        Self::Known(detail)
    }
}

impl AskedHash {
    pub(super) fn of(asked: &Asked) -> Self {
        Self { kind: asked.hash.kind().name(), text: asked.text.clone() }
    }
}

impl Serialize for AskedHash {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(Some(1))?;
        map.serialize_entry(self.kind, &self.text)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Outcome::{Already, NotAllowed, NotConfigured, Queued};

    #[test]
    fn the_top_is_that_of_the_sample() {
        let both = ["cloud", "core"];
        let top = |engines: &[&'static str], outcomes: &[Outcome]| {
            let top = super::top(engines, outcomes);
            (top.code, top.message)
        };
        assert_eq!(top(&both, &[Queued, Queued]), (201, QUEUED));
        assert_eq!(top(&both, &[Already, Queued]), (201, QUEUED));
        assert_eq!(top(&both, &[NotAllowed, Queued]), (201, QUEUED));
        assert_eq!(top(&["core"], &[Queued]), (201, QUEUED_FOR_CORE));
        assert_eq!(top(&["cloud"], &[Queued]), (201, QUEUED));
        assert_eq!(top(&["core"], &[Already]), (200, ALREADY_QUEUED));
        assert_eq!(top(&both, &[NotAllowed, Already]), (200, ALREADY_QUEUED));
        assert_eq!(top(&["cloud"], &[NotAllowed]), (405, error::APPLIANCE));
        assert_eq!(top(&["cape", "cloud"], &[NotConfigured, NotAllowed]).0, 405);
    }
}
