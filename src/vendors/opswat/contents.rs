//! The results of the files in an archive, at any depth.
//!
//! A finished result of an archive never changes: it uses the results that its files had when the archive itself was
//! scanned. An archive is in progress as long as one of these results is.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::{consolidate, scan_verdict, verdict};
use crate::samples::{Child, Hash, Key, Progress, Sample, Scan, Verdict};
use crate::store::StoreError;
use crate::vendors::Call;

/// The result codes that fixtures pin for one product.
#[derive(Clone, Copy, Debug)]
pub struct PinnedCodes {
    /// Of the scan at this index of a sample.
    pub of_scan: fn(&Sample, usize, &Scan) -> Option<u16>,
    /// Of the child at this index of an archive.
    pub of_child: fn(&Sample, usize) -> Option<u16>,
}

/// The consolidated result of a file and of everything in it.
#[derive(Debug, Default)]
pub struct DeepResult {
    /// The consolidated verdict of all finished scans.
    pub verdict: Option<Verdict>,
    /// The names of the engines that report a threat in any of the files.
    pub detecting: BTreeSet<String>,
    /// The scans in progress: the sample, and the index of the scan.
    pub running: Vec<(Arc<Sample>, usize)>,
}

/// When the scans of a sample were ended manually; not looked up if all are done.
pub fn ended_manually(call: &Call, sample: &Sample, scans: &[Scan]) -> Option<Timestamp> {
    // The look-up locks the queue of the world, and most scans are done.
    let waits = scans.iter().any(|scan| scan.progress != Progress::Done);
    if waits { call.state.ended_at(&sample.key()) } else { None }
}

/// When a scan ended, or will end; the instant of the call if that is unknown.
pub fn end_of(call: &Call, scan: &Scan, ended_manually: Option<Timestamp>) -> Timestamp {
    scan.done_at(call.origin, ended_manually).unwrap_or(call.now)
}

/// The sample of a child; `None` if the world no longer has it.
pub fn sample_of(call: &Call, child: &Child) -> Result<Option<Arc<Sample>>, StoreError> {
    match Hash::parse(&child.sha256) {
        Some(hash) => call.state.find(&hash),
        None => Ok(None),
    }
}

/// The index of the scan whose result an archive uses that was scanned at `by`: the newest one that was finished by
/// then, or the one that finishes first if all are later.
pub fn used_scan(call: &Call, sample: &Sample, scans: &[Scan], by: Timestamp) -> Option<usize> {
    let ended_manually = ended_manually(call, sample, scans);
    let end = |scan: &Scan| scan.done_at(call.origin, ended_manually);
    let in_time = scans.iter().rposition(|scan| end(scan).is_some_and(|end| end <= by));
    in_time.or_else(|| (0..scans.len()).min_by_key(|index| end(&scans[*index]).unwrap_or(Timestamp::MAX)))
}

/// The result of a file and of everything in it, as an archive uses it that was scanned at `by`.
///
/// Each sample counts once, so that archives which contain each other end the search. `archive` is the archive where
/// it starts.
///
/// # Errors
/// The store failed.
pub fn deep_result(
    call: &Call,
    pinned: PinnedCodes,
    archive: Key,
    (file, by): (&Arc<Sample>, Timestamp),
) -> Result<DeepResult, StoreError> {
    let mut result = DeepResult::default();
    let mut verdicts = Vec::new();
    // Both flags are recorded: a file that was first reached below a pinned code may still count where it is reached by
    // another way.
    let mut seen = HashSet::from([(archive, true), (archive, false)]);
    // The flag says whether the file counts for the verdict. A pinned code replaces that of everything below it.
    let mut open = vec![(file.clone(), by, true)];
    while let Some((sample, by, counts)) = open.pop() {
        if !seen.insert((sample.key(), counts)) {
            continue;
        }
        let scans = call.state.scans(&sample, call.now);
        let Some(index) = used_scan(call, &sample, &scans, by) else { continue };
        let scan = &scans[index];
        if !call.state.is_done(&sample, scan, call.origin, call.now) {
            result.running.push((sample.clone(), index));
            continue;
        }
        let detecting = scan.engines.iter().filter(|engine| super::is_detection(engine.verdict));
        result.detecting.extend(detecting.map(|engine| engine.engine.clone()));
        let code = (pinned.of_scan)(&sample, index, scan);
        if counts {
            verdicts.extend(code.map_or_else(|| Some(scan_verdict(scan)), verdict));
        }
        // An archive inside this one has used the results that its files had when it was scanned itself.
        let end = end_of(call, scan, ended_manually(call, &sample, &scans));
        for (index, child) in sample.children.iter().enumerate() {
            let counts = counts && code.is_none();
            let child_code = (pinned.of_child)(&sample, index).filter(|_| counts);
            verdicts.extend(child_code.and_then(verdict));
            if let Some(child) = sample_of(call, child)? {
                open.push((child, end, counts && child_code.is_none()));
            }
        }
    }
    result.verdict = consolidate(verdicts);
    Ok(result)
}
