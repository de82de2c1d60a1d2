//! A sample as a row of a built store.
//!
//! Most samples of a large set have one scan, and nothing that a single vendor says of them. Columns hold all of such a
//! sample, so that reading it parses no text. What other samples have besides is JSON in the column `rest`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::types::ValueRef;
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::document::TimeSpec;
use crate::samples::{
    AfterRescan, Cause, Child, Engines, FileType, HashKind, Hashes, Identity, Overlays, Progress, Sample,
    Scan, Verdict,
};

/// The columns of the table `sample`, in their order. `common` is a row of the table of that name, null where `rest` has it;
/// `at` is when the only scan began in milliseconds since 1970, null where `rest` has the scans.
pub(super) const COLUMNS: &str = "place, name, verdict, hashes, size, common, at, threat, rest";

/// The most rows of the table `common`, all of which are in memory while a store is open.
const MOST_COMMON: usize = 4096;

/// What many samples have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Common {
    file_type: Arc<FileType>,
    origin: Arc<str>,
}

/// The rows of the table `common`, while a store is built.
#[derive(Debug, Default)]
pub(super) struct Commons(HashMap<Common, u32>);

impl Commons {
    /// The row of this value, added unless there are too many.
    fn row_of(&mut self, common: &Common) -> Option<u32> {
        if let Some(row) = self.0.get(common) {
            return Some(*row);
        }
        let row = u32::try_from(self.0.len()).ok().filter(|_| self.0.len() < MOST_COMMON)?;
        self.0.insert(common.clone(), row);
        Some(row)
    }

    /// The values, with their rows.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Common, u32)> {
        self.0.iter().map(|(common, row)| (common, *row))
    }
}

/// What only some samples have.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Rest<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    common: Option<Common>,
    #[serde(skip_serializing_if = "is_empty")]
    scans: Cow<'a, [Scan]>,
    #[serde(skip_serializing_if = "is_empty")]
    children: Cow<'a, [Child]>,
    #[serde(skip_serializing_if = "is_empty")]
    after_rescan: Cow<'a, [AfterRescan]>,
    #[serde(skip_serializing_if = "no_overlays")]
    overlays: Cow<'a, Overlays>,
}

#[allow(clippy::ptr_arg, reason = "serde passes a reference to the field")]
fn is_empty<T: Clone>(list: &Cow<'_, [T]>) -> bool {
    list.is_empty()
}

#[allow(clippy::ptr_arg, reason = "serde passes a reference to the field")]
fn no_overlays(overlays: &Cow<'_, Overlays>) -> bool {
    overlays.is_empty()
}

/// The values of a row, without its place.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) verdict: &'static str,
    pub(super) hashes: Vec<u8>,
    pub(super) size: i64,
    pub(super) common: Option<u32>,
    pub(super) at: Option<i64>,
    pub(super) threat: String,
    pub(super) rest: Option<String>,
}

impl Row {
    /// The row of a sample.
    ///
    /// # Errors
    /// What one vendor says of it is not valid JSON.
    pub(super) fn of(sample: &Sample, commons: &mut Commons) -> Result<Self, serde_json::Error> {
        // Every field is named, so that a new one cannot be forgotten here.
        let Sample {
            name,
            hashes,
            size,
            file_type,
            scans,
            children,
            after_rescan,
            overlays,
            origin,
            identity: _,
        } = sample;
        let common = Common { file_type: file_type.clone(), origin: origin.clone() };
        let row = commons.row_of(&common);
        let plain = plain(scans);
        let rest = Rest {
            common: row.is_none().then_some(common),
            scans: if plain.is_some() { Cow::default() } else { scans.into() },
            children: children.into(),
            after_rescan: after_rescan.into(),
            overlays: Cow::Borrowed(overlays),
        };
        let rest = if rest == Rest::default() { None } else { Some(serde_json::to_string(&rest)?) };
        Ok(Self {
            name: name.clone(),
            verdict: scans.last().map_or("", |scan| scan.verdict.word()),
            hashes: pack(hashes),
            size: size.cast_signed(),
            common: row,
            at: plain.map(|(at, _)| at),
            threat: plain.map(|(_, threat)| threat.to_owned()).unwrap_or_default(),
            rest,
        })
    }
}

/// When the only scan began and its threat, if there is nothing else to know of the scans than the verdict.
fn plain(scans: &[Scan]) -> Option<(i64, &str)> {
    let [scan] = scans else { return None };
    let Scan { at, rule, verdict: _, threat, engines, progress, overlays, cause } = scan;
    let TimeSpec::At(at) = *at else { return None };
    let ms = at.as_millisecond();
    let same_at = Timestamp::from_millisecond(ms).is_ok_and(|same| same == at);
    let is_plain = same_at
        && rule.is_none()
        && engines.is_derived()
        && *progress == Progress::Done
        && overlays.is_empty()
        && *cause == Cause::Fixture;
    is_plain.then_some((ms, threat))
}

/// Hashes as bytes: a bit for each kind that was derived, the four hashes, and the import hash if there is one.
fn pack(hashes: &Hashes) -> Vec<u8> {
    let Hashes { md5, sha1, sha256, sha512, imphash, synthetic } = hashes;
    let bit =
        |kind: &HashKind| HashKind::ALL.iter().position(|known| known == kind).map_or(0, |nth| 1 << nth);
    let derived = synthetic.iter().map(bit).fold(0_u8, |bits, bit| bits | bit);
    let imphash = imphash.as_ref().map_or(&[][..], |imphash| imphash);
    [&[derived][..], md5, sha1, sha256, sha512, imphash].concat()
}

fn unpack(bytes: &[u8]) -> Option<Hashes> {
    let (bits, bytes) = bytes.split_first()?;
    let (md5, bytes) = bytes.split_first_chunk()?;
    let (sha1, bytes) = bytes.split_first_chunk()?;
    let (sha256, bytes) = bytes.split_first_chunk()?;
    let (sha512, imphash) = bytes.split_first_chunk()?;
    let derived = HashKind::ALL.iter().enumerate().filter(|(nth, _)| bits & (1 << nth) != 0);
    Some(Hashes {
        md5: *md5,
        sha1: *sha1,
        sha256: *sha256,
        sha512: *sha512,
        imphash: imphash.try_into().ok(),
        synthetic: derived.map(|(_, kind)| *kind).collect(),
    })
}

/// The sample of a row with [`COLUMNS`].
///
/// # Errors
/// The row was not written by this version.
pub(super) fn sample(row: &rusqlite::Row<'_>, commons: &[Common]) -> Result<Sample, StoreError> {
    let text = |column| Ok::<_, StoreError>(row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?);
    let number = |column| match row.get_ref(column)? {
        ValueRef::Integer(number) => Ok::<_, StoreError>(Some(number)),
        _ => Ok(None),
    };
    let hashes = unpack(row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?);
    let hashes = hashes.ok_or(StoreError::Row("hashes"))?;
    let rest: Rest<'static> = match row.get_ref(8)? {
        ValueRef::Null => Rest::default(),
        _ => serde_json::from_str(text(8)?)?,
    };
    let common = match number(5)?.and_then(|row| usize::try_from(row).ok()) {
        Some(row) => commons.get(row).cloned(),
        None => rest.common,
    };
    let Common { file_type, origin } = common.ok_or(StoreError::Row("common"))?;
    let scans = match number(6)? {
        Some(ms) => {
            let at = Timestamp::from_millisecond(ms).map_err(|_| StoreError::Row("at"))?;
            let verdict = Verdict::of_word(text(2)?).ok_or(StoreError::Row("verdict"))?;
            vec![scan(TimeSpec::At(at), verdict, text(7)?.to_owned())]
        }
        None => rest.scans.into_owned(),
    };
    let mut sample = Sample {
        name: text(1)?.to_owned(),
        hashes,
        size: number(4)?.unwrap_or_default().cast_unsigned(),
        file_type,
        scans,
        children: rest.children.into_owned(),
        after_rescan: rest.after_rescan.into_owned(),
        overlays: rest.overlays.into_owned(),
        origin,
        identity: Identity::default(),
    };
    sample.derive_engines();
    Ok(sample)
}

fn scan(at: TimeSpec, verdict: Verdict, threat: String) -> Scan {
    Scan {
        at,
        rule: None,
        verdict,
        threat,
        engines: Engines::default(),
        progress: Progress::Done,
        overlays: Overlays::new(),
        cause: Cause::Fixture,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rusqlite::{Connection, params};

    use super::*;
    use crate::samples::derive::{self, GivenHashes};
    use crate::samples::{EngineResult, Key};

    const AT: TimeSpec = TimeSpec::At(Timestamp::UNIX_EPOCH);

    fn plain_sample() -> Sample {
        let given = GivenHashes { md5: Some([7; 16]), ..GivenHashes::default() };
        let hashes = given.complete().unwrap();
        let seed = hashes.sha256;
        Sample {
            name: "a.exe".to_owned(),
            hashes,
            size: u64::MAX,
            file_type: derive::file_type("a.exe", None, None).into(),
            scans: vec![one_scan(seed, AT)],
            children: Vec::new(),
            after_rescan: Vec::new(),
            overlays: Overlays::new(),
            origin: "set.yaml".into(),
            identity: Identity::default(),
        }
    }

    fn one_scan(seed: Key, at: TimeSpec) -> Scan {
        Scan {
            engines: Engines::derived(seed, Verdict::Infected, "T", at),
            ..scan(at, Verdict::Infected, "T".to_owned())
        }
    }

    /// What is read back of this sample, and whether columns hold all of it.
    fn round_trip(sample: &Sample, commons: &mut Commons) -> (Sample, bool) {
        let row = Row::of(sample, commons).unwrap();
        let mut rows: Vec<_> = commons.iter().collect();
        rows.sort_by_key(|(_, row)| *row);
        let rows: Vec<Common> = rows.into_iter().map(|(common, _)| common.clone()).collect();
        let connection = Connection::open_in_memory().unwrap();
        let Row { name, verdict, hashes, size, common, at, threat, rest } = row;
        let is_plain = rest.is_none();
        let values = params![0, name, verdict, hashes, size, common, at, threat, rest];
        let read = |row: &rusqlite::Row<'_>| Ok(super::sample(row, &rows).unwrap());
        (connection.query_row("select ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9", values, read).unwrap(), is_plain)
    }

    /// Everything but the identity.
    fn facts(sample: &Sample) -> String {
        format!("{} {:?}", serde_json::to_string(sample).unwrap(), sample.scans)
    }

    #[test]
    fn a_sample_is_read_as_it_was_written() {
        let mut commons = Commons::default();
        let mut check = |sample: Sample, expected: bool| {
            // Reading an engine's result makes those that are derived.
            assert!(sample.scans.iter().all(|scan| !scan.engines.is_empty()));
            let (read, is_plain) = round_trip(&sample, &mut commons);
            assert!(read.scans.iter().all(|scan| !scan.engines.is_empty()));
            assert_eq!(facts(&read), facts(&sample));
            assert_eq!(is_plain, expected, "{}", facts(&sample));
        };
        check(plain_sample(), true);
        check(Sample { size: 0, origin: "".into(), ..plain_sample() }, true);
        let all = Hashes { imphash: Some([9; 16]), synthetic: Vec::new(), ..plain_sample().hashes };
        check(Sample { hashes: all, ..plain_sample() }, true);

        let seed = plain_sample().key();
        let with = |change: &dyn Fn(&mut Scan)| {
            let mut sample = plain_sample();
            sample.scans.iter_mut().for_each(change);
            sample
        };
        check(with(&|scan| *scan = one_scan(seed, TimeSpec::parse("-2d").unwrap())), false);
        check(
            with(&|scan| *scan = one_scan(seed, TimeSpec::parse("2026-01-01T00:00:00.000001Z").unwrap())),
            false,
        );
        check(with(&|scan| scan.rule = Some("Strict".to_owned())), false);
        check(with(&|scan| scan.progress = Progress::Takes(90)), false);
        check(with(&|scan| scan.progress = Progress::UntilEnded), false);
        check(with(&|scan| scan.overlays = [("x".to_owned(), 1.into())].into()), false);
        let given: Vec<EngineResult> = derive::engines(&seed, Verdict::Clean, "", AT);
        check(with(&|scan| scan.engines = given.clone().into()), false);
        let mut twice = plain_sample();
        twice.scans.push(one_scan(seed, AT));
        check(twice, false);
        let child = Child { sha256: "ab".to_owned(), path: Some("p".to_owned()), overlays: Overlays::new() };
        check(Sample { children: vec![child], ..plain_sample() }, false);
        let after =
            AfterRescan { verdict: Verdict::Clean, threat: String::new(), after_ms: Some(1), by: None };
        check(Sample { after_rescan: vec![after], ..plain_sample() }, false);
        check(Sample { overlays: [("x".to_owned(), "y".into())].into(), ..plain_sample() }, false);
    }

    #[test]
    fn what_a_sample_does_not_have_takes_no_space() {
        let overlays: Overlays = [("x".to_owned(), "y".into())].into();
        let child = Child { sha256: "ab".to_owned(), path: None, overlays: Overlays::new() };
        for (sample, expected) in [
            (plain_sample(), None),
            (Sample { overlays, ..plain_sample() }, Some("overlays")),
            (Sample { children: vec![child], ..plain_sample() }, Some("children")),
        ] {
            let row = Row::of(&sample, &mut Commons::default()).unwrap();
            let rest: Option<serde_json::Map<_, _>> = row
                .rest
                .map(|rest| serde_json::from_str::<serde_json::Map<_, serde_json::Value>>(&rest).unwrap());
            assert_eq!(
                rest.map(|rest| rest.keys().cloned().collect()),
                expected.map(|key| vec![key.to_owned()])
            );
        }
    }

    #[test]
    fn what_samples_have_in_common_is_bounded_in_memory() {
        let mut commons = Commons::default();
        for nth in 0..MOST_COMMON + 2 {
            let sample = Sample { origin: format!("{nth}.yaml").into(), ..plain_sample() };
            let row = Row::of(&sample, &mut commons).unwrap();
            assert_eq!(row.common.is_some(), nth < MOST_COMMON, "{nth}");
        }
        assert_eq!(commons.iter().count(), MOST_COMMON);
        let sample = Sample { origin: "another.yaml".into(), ..plain_sample() };
        let (read, is_plain) = round_trip(&sample, &mut commons);
        assert_eq!((&*read.origin, is_plain), ("another.yaml", false));
    }
}
