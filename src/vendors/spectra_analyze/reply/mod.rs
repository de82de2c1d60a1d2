//! The bodies of answers, as structs in wire order. Those about reanalyses, which clients ask for most, are written without serde.

mod report;

pub(super) use self::report::{Classification, Findings, Report, Reports, UrlSample, deleted};
use std::borrow::Cow;

use bytes::Bytes;
use serde::Serialize;

use super::engines::{Outcome, Outcomes};
use super::error;
use super::hashes::RequestedHash;
use super::sandboxes::CORE;
use super::settings::{self, TopLevel};
use crate::journal::{ObjectWriter, push_list, written};
use crate::samples::{Hashes, Sample};
use crate::settings::Settings;

const QUEUED: &str = "Sample is queued for analysis.";
const QUEUED_FOR_CORE: &str = "Sample is queued for core analysis.";
const SENT_TO_CORE: &str = "Sample is sent to core analysis.";
const ALREADY_QUEUED: &str = "Sample is already queued for analysis.";

/// A code and its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StatusMessage {
    pub(super) code: u16,
    pub(super) message: &'static str,
}

/// The answer about one queued sample: the body of a single answer, an entry of a bulk answer.
#[derive(Debug)]
pub(super) struct Reanalysis<'a> {
    pub(super) top: StatusMessage,
    pub(super) analysis: Vec<Engine>,
    pub(super) detail: Detail<'a>,
}

/// The answer of one engine.
#[derive(Debug)]
pub(super) struct Engine {
    name: &'static str,
    status: StatusMessage,
}

/// The hashes of a sample; `imphash` only where the endpoint includes it.
#[derive(Debug)]
pub(super) struct Detail<'a> {
    hashes: &'a Hashes,
    imphash: Option<ImportHash>,
}

/// The import hash of a sample. Some endpoints show an empty one of a sample that is no PE file.
#[derive(Debug)]
enum ImportHash {
    Of([u8; 16]),
    Empty,
}

/// An entry of a bulk answer.
#[derive(Debug)]
pub(super) enum Entry<'a> {
    Queued(Reanalysis<'a>),
    Extracted(Detail<'a>),
    Unknown(UnknownHash<'a>),
}

/// An entry of a V2 answer, which has no code of its own.
#[derive(Debug)]
pub(super) struct EntryV2<'a> {
    pub(super) detail: DetailV2<'a>,
    pub(super) analysis: Vec<Engine>,
}

/// The hashes of an [`EntryV2`].
#[derive(Debug)]
pub(super) enum DetailV2<'a> {
    Known(Detail<'a>),
    Unknown(UnknownHash<'a>),
}

/// The hash of an unknown sample, as it was sent, under the name of its type.
#[derive(Debug)]
pub(super) struct UnknownHash<'a> {
    kind: &'static str,
    text: &'a str,
}

/// The answer of the status endpoint.
#[derive(Debug, Serialize)]
pub(super) struct Statuses<'a> {
    pub(super) hash_type: &'static str,
    pub(super) results: Vec<Status<'a>>,
}

/// The status of one sample.
#[derive(Debug, Serialize)]
pub(super) struct Status<'a> {
    pub(super) hash_value: Cow<'a, str>,
    pub(super) status: &'static str,
}

/// The answer with an issued token.
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

/// What was uploaded: a file, which has a SHA-1 and a page, or a URL.
#[derive(Debug, Serialize)]
pub(super) struct Uploaded {
    pub(super) id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sha1: Option<String>,
    pub(super) user: usize,
    pub(super) created: String,
    pub(super) filename: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) href: Option<String>,
}

impl Outcome {
    fn status(self, engine: &str, sent_to_core: bool) -> StatusMessage {
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
        StatusMessage { code, message }
    }
}

/// The answers of the engines. `sent_to_core` chooses between the two messages that the page has for core.
pub(super) fn engines(engines: &[&'static str], outcomes: &[Outcome], sent_to_core: bool) -> Vec<Engine> {
    let answer = |(name, outcome): (&&'static str, &Outcome)| Engine {
        name,
        status: outcome.status(name, sent_to_core),
    };
    engines.iter().zip(outcomes).map(answer).collect()
}

/// The deprecated code and message above the engines. If any engine newly queued the sample: 200 if some engine had it queued
/// before and the setting looks at that, else 201. If none did: the first engine's refusal if all refused, else 200.
pub(super) fn top(engines: &[&'static str], outcomes: &Outcomes, settings: &Settings) -> StatusMessage {
    let before = outcomes.queued_before && settings.get(&settings::TOP_LEVEL) == TopLevel::QueuedBefore;
    let first = engines.first().zip(outcomes.engines.first());
    match (outcomes.any(Outcome::Queued), outcomes.any(Outcome::Already), first) {
        (true, _, _) if before => StatusMessage { code: 200, message: ALREADY_QUEUED },
        (true, _, _) if engines == [CORE] => StatusMessage { code: 201, message: QUEUED_FOR_CORE },
        (true, _, _) => StatusMessage { code: 201, message: QUEUED },
        // The flag only matters for a newly queued core, which this is not.
        (false, false, Some((engine, outcome))) => outcome.status(engine, false),
        _ => StatusMessage { code: 200, message: ALREADY_QUEUED },
    }
}

/// Whether a setting gives a sample another code at the top than the page's example has.
pub(super) fn is_top_switched(outcomes: &Outcomes, settings: &Settings) -> bool {
    let any_new = settings.get(&settings::TOP_LEVEL) == TopLevel::AnyNew;
    any_new && outcomes.queued_before && outcomes.any(Outcome::Queued)
}

impl StatusMessage {
    fn write(self, object: &mut ObjectWriter<'_>) {
        object.number("code", self.code).plain("message", self.message);
    }
}

impl Engine {
    fn write_list(engines: &[Self], object: &mut ObjectWriter<'_>) {
        push_list(object.field("analysis"), engines, |out, engine| {
            let mut object = ObjectWriter::new(out);
            object.plain("name", engine.name);
            engine.status.write(&mut object);
            object.end();
        });
    }
}

impl Reanalysis<'_> {
    /// The body of a single answer.
    pub(super) fn body(&self) -> Bytes {
        written(|out| self.write(out))
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut object = ObjectWriter::new(out);
        self.top.write(&mut object);
        Engine::write_list(&self.analysis, &mut object);
        self.detail.write(object.field("detail"));
        object.end();
    }
}

impl<'a> Entry<'a> {
    pub(super) fn unknown(asked: &'a RequestedHash<'_>) -> Self {
        Self::Unknown(UnknownHash::of(asked))
    }

    fn write(&self, out: &mut Vec<u8>) {
        let (code, message) = match self {
            Self::Queued(reanalysis) => return reanalysis.write(out),
            Self::Extracted(_) => (405, error::EXTRACTED),
            Self::Unknown(_) => (404, error::NOT_FOUND),
        };
        let mut object = ObjectWriter::new(out);
        StatusMessage { code, message }.write(&mut object);
        match self {
            Self::Queued(_) => {}
            Self::Extracted(detail) => detail.write(object.field("detail")),
            Self::Unknown(hash) => hash.write(object.field("detail")),
        }
        object.end();
    }
}

impl EntryV2<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let mut object = ObjectWriter::new(out);
        match &self.detail {
            DetailV2::Known(detail) => detail.write(object.field("detail")),
            DetailV2::Unknown(hash) => hash.write(object.field("detail")),
        }
        Engine::write_list(&self.analysis, &mut object);
        object.end();
    }
}

/// The body of a bulk answer.
pub(super) fn bulk(entries: &[Entry<'_>]) -> Bytes {
    results(entries, Entry::write)
}

/// The body of a bulk answer of version 2.
pub(super) fn bulk_v2(entries: &[EntryV2<'_>]) -> Bytes {
    results(entries, EntryV2::write)
}

fn results<T>(entries: &[T], write: impl Fn(&T, &mut Vec<u8>)) -> Bytes {
    written(|out| {
        let mut object = ObjectWriter::new(out);
        push_list(object.field("results"), entries, |out, entry| write(entry, out));
        object.end();
    })
}

impl<'a> Detail<'a> {
    /// The hashes of `sample`, with the import hash if it is a PE file and `imphash` is true.
    pub(super) fn of(sample: &'a Sample, imphash: bool) -> Self {
        // Only if it is shown: deriving one took 6 % of the instructions of a request that does not show it.
        let imphash = if imphash { sample.imphash().map(ImportHash::Of) } else { None };
        Self { hashes: &sample.hashes, imphash }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let Hashes { sha1, sha256, sha512, md5, .. } = self.hashes;
        let mut object = ObjectWriter::new(out);
        object.hex("sha1", sha1).hex("sha256", sha256).hex("sha512", sha512).hex("md5", md5);
        match &self.imphash {
            Some(ImportHash::Of(bytes)) => _ = object.hex("imphash", bytes),
            Some(ImportHash::Empty) => _ = object.text("imphash", ""),
            None => {}
        }
        object.end();
    }
}

impl<'a> DetailV2<'a> {
    /// The hashes of `sample`; the import hash is empty unless it is a PE file.
    pub(super) fn of(sample: &'a Sample) -> Self {
        let mut detail = Detail::of(sample, true);
        // Published replies of version 2 always have the field.
        detail.imphash.get_or_insert(ImportHash::Empty);
        Self::Known(detail)
    }
}

impl<'a> UnknownHash<'a> {
    pub(super) fn of(asked: &'a RequestedHash<'_>) -> Self {
        Self { kind: asked.hash.kind().name(), text: &asked.text }
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut object = ObjectWriter::new(out);
        object.text(self.kind, self.text);
        object.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Outcome::{Already, NotAllowed, NotConfigured, Queued};

    #[test]
    fn the_top_summarises_the_engines() {
        let both = ["cloud", "core"];
        let mut settings = Settings::new(settings::ALL.iter().copied());
        let top_of = |engines: &[&'static str], outcomes: &[Outcome], queued_before, settings: &Settings| {
            let outcomes = Outcomes { queued_before, engines: outcomes.to_vec() };
            let top = super::top(engines, &outcomes, settings);
            (top.code, top.message)
        };
        for engines in [&both[..], &["core"]] {
            let outcomes = &[Queued, Queued][..engines.len()];
            assert_eq!(top_of(engines, outcomes, true, &settings), (200, ALREADY_QUEUED));
        }
        assert_eq!(top_of(&both, &[Already, Queued], true, &settings), (200, ALREADY_QUEUED));
        settings.set("spectra-analyze.top-level", "any-new").expect("a value");
        assert_eq!(top_of(&both, &[Already, Queued], true, &settings), (201, QUEUED));

        let top =
            |engines: &[&'static str], outcomes: &[Outcome]| top_of(engines, outcomes, false, &settings);
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
