//! The sample that an uploaded file becomes: a new one, or a known one with one more scan.

use super::verdicts::verdict;
use super::{Arrival, Content};
use crate::document::TimeSpec;
use crate::ids::hex;
use crate::samples::{
    Cause, Engines, FileType, Hash, Hashes, Identity, Overlays, Progress, Sample, Scan, Upload, Verdict,
    derive,
};
use crate::settings::Pace;

/// The hashes of the sample that a file becomes. Hashes of a known sample that no fixture gave are synthetic; the file
/// brings the real ones.
#[must_use]
pub(crate) fn uploaded_hashes(known: Option<&Sample>, content: &Content) -> Hashes {
    let Some(known) = known else { return content.hashes.clone() };
    let mut hashes = known.hashes.clone();
    for kind in std::mem::take(&mut hashes.synthetic) {
        match content.hashes.get(kind) {
            Hash::Md5(bytes) => hashes.md5 = bytes,
            Hash::Sha1(bytes) => hashes.sha1 = bytes,
            Hash::Sha256(bytes) => hashes.sha256 = bytes,
            Hash::Sha512(bytes) => hashes.sha512 = bytes,
        }
    }
    hashes
}

/// How the scan of an upload is identified.
#[derive(Debug)]
pub(crate) struct UploadId<'a> {
    /// The upload's identifier.
    pub id: &'a str,
    /// The file's name.
    pub name: String,
}

impl UploadId<'_> {
    fn cause(self, arrival: &Arrival) -> Cause {
        Cause::Upload(Upload {
            id: self.id.to_owned(),
            api: arrival.api.to_owned(),
            name: self.name,
            agent: arrival.agent.clone(),
        })
    }
}

/// A known sample with one more scan. It has the result of the newest of `scans` under the same rule, or of the newest of
/// all if there is none under that rule.
#[must_use]
pub(crate) fn rescanned_sample(
    known: &Sample,
    hashes: Hashes,
    mut scans: Vec<Scan>,
    default_rule: Option<&str>,
    arrival: Arrival,
    id: UploadId<'_>,
) -> Sample {
    let rule = arrival.rule.as_deref().or(default_rule);
    // A scan without a rule ran under the default one, which other scans may name.
    let under_rule = |scan: &&Scan| scan.rule.as_deref().or(default_rule) == rule;
    let model = scans.iter().rev().find(under_rule).or(scans.last()).cloned();
    let cause = id.cause(&arrival);
    let key = hashes.sha256;
    let (verdict, threat) =
        model.as_ref().map_or((Verdict::Clean, String::new()), |model| (model.verdict, model.threat.clone()));
    let at = TimeSpec::At(arrival.at);
    scans.push(Scan {
        at,
        rule: arrival.rule,
        verdict,
        engines: match &model {
            Some(model) => model.engines.clone(),
            None => Engines::derived(key, verdict, &threat, at),
        },
        threat,
        progress: progress(arrival.pace),
        overlays: model.map_or_else(Overlays::new, |model| model.overlays),
        cause,
    });
    Sample { hashes, ..known.with_scans(scans) }
}

/// The sample of a file that was not known. `verdicts` is the text of [`super::VERDICTS`].
#[must_use]
pub(crate) fn new_sample(content: &Content, verdicts: &str, arrival: Arrival, id: UploadId<'_>) -> Sample {
    let key = content.hashes.sha256;
    let at = TimeSpec::At(arrival.at);
    // A sample must have a name. The upload and the patterns below keep the given one, which may be empty.
    let name = if id.name.is_empty() { hex(&key) } else { id.name.clone() };
    let found = verdict(verdicts, &id.name, content);
    let threat = found.threat.map_or_else(|| derive::threat(&key, found.verdict), str::to_owned);
    let file_type = match content.is_eicar {
        true => FileType {
            description: "EICAR virus test files".to_owned(),
            ..derive::file_type(&name, Some("text/plain"), None)
        },
        false => derive::file_type(&name, None, None),
    };
    let scan = Scan {
        at,
        rule: arrival.rule.clone(),
        verdict: found.verdict,
        engines: Engines::derived(key, found.verdict, &threat, at),
        threat,
        progress: progress(arrival.pace),
        overlays: Overlays::new(),
        cause: id.cause(&arrival),
    };
    Sample {
        file_type: file_type.into(),
        name,
        hashes: content.hashes.clone(),
        size: content.size,
        scans: vec![scan],
        children: Vec::new(),
        after_rescan: Vec::new(),
        overlays: Overlays::new(),
        origin: "upload".into(),
        identity: Identity::default(),
    }
}

fn progress(pace: Pace) -> Progress {
    match pace {
        Pace::AtOnce => Progress::Done,
        Pace::WhenTold => Progress::UntilEnded,
        Pace::After(span) => Progress::Takes(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)),
    }
}
