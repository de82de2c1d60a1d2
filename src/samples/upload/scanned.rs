//! What becomes of an uploaded file: a sample, or a known one with one more scan.

use super::found::Found;
use super::{Arrival, Content};
use crate::document::TimeSpec;
use crate::samples::{
    Cause, Engines, FileType, Hash, Hashes, Identity, Overlays, Progress, Sample, Scan, Upload, Verdict,
    derive,
};
use crate::settings::Pace;

/// The hashes of a known sample, with what was made up of them put right by the file itself.
pub(crate) fn joined(known: &Sample, content: &Content) -> Hashes {
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

/// The identifier of an upload and the name of its file.
pub(crate) struct Id<'a> {
    pub(crate) id: &'a str,
    pub(crate) name: String,
}

impl Id<'_> {
    fn cause(self, arrival: &Arrival) -> Cause {
        Cause::Upload(Upload {
            id: self.id.to_owned(),
            api: arrival.api.to_owned(),
            name: self.name,
            agent: arrival.agent.clone(),
        })
    }
}

/// A known sample with one more scan, which finds what the newest one did, of those under the same rule if there are
/// some.
pub(crate) fn again(
    known: &Sample,
    hashes: Hashes,
    mut scans: Vec<Scan>,
    default_rule: Option<&str>,
    arrival: Arrival,
    id: Id<'_>,
) -> Sample {
    let rule = arrival.rule.as_deref().or(default_rule);
    let under_it = |scan: &&Scan| scan.rule.as_deref().or(default_rule) == rule;
    let model = scans.iter().rev().find(under_it).or(scans.last()).cloned();
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

/// A sample that nobody knew.
pub(crate) fn first(content: &Content, found: Found, arrival: Arrival, id: Id<'_>) -> Sample {
    let key = content.hashes.sha256;
    let at = TimeSpec::At(arrival.at);
    let threat = found.threat.map_or_else(|| derive::threat(&key, found.verdict), str::to_owned);
    let scan = Scan {
        at,
        rule: arrival.rule.clone(),
        verdict: found.verdict,
        engines: Engines::derived(key, found.verdict, &threat, at),
        threat,
        progress: progress(arrival.pace),
        overlays: Overlays::new(),
        cause: Cause::Fixture,
    };
    let name = id.name.clone();
    let file_type = match content.is_eicar {
        true => FileType { description: "EICAR virus test files".to_owned(), ..eicar_type(&name) },
        false => derive::file_type(&name, None, None),
    };
    Sample {
        file_type,
        name,
        hashes: content.hashes.clone(),
        size: content.size,
        scans: vec![Scan { cause: id.cause(&arrival), ..scan }],
        children: Vec::new(),
        after_rescan: None,
        overlays: Overlays::new(),
        origin: "upload".to_owned(),
        identity: Identity::default(),
    }
}

fn eicar_type(name: &str) -> FileType {
    derive::file_type(name, Some("text/plain"), None)
}

fn progress(pace: Pace) -> Progress {
    match pace {
        Pace::AtOnce => Progress::Done,
        Pace::WhenTold => Progress::UntilEnded,
        Pace::After(span) => Progress::Takes(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)),
    }
}
