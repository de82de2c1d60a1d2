//! The results of a sample. Replies contain the newest final one.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

use super::view::{self, CloudView, Ids};
use crate::samples::{Hash, HashKind, Sample, Scan, Verdict};
use crate::store::StoreError;
use crate::vendors::opswat::contents::{PinnedCodes, deep_result, end_of, ended_manually, sample_of};
use crate::vendors::opswat::progress::ScanProgress;
use crate::vendors::{Call, opswat};

/// The results of a sample at an instant.
#[derive(Debug)]
pub(super) struct SampleResults<'a> {
    /// The newest final one.
    pub(super) newest: Option<FinalResult<'a>>,
    /// The identifiers of the newest one, if there are results and all of them are unfinished.
    pub(super) unfinished: Option<&'a Ids>,
    /// How many are final.
    pub(super) count: usize,
}

/// A final result.
#[derive(Debug)]
pub(super) struct FinalResult<'a> {
    /// The scan.
    pub(super) scan: FinalScan<'a>,
    /// Its identifiers.
    pub(super) ids: &'a Ids,
    /// The code of the overall result.
    pub(super) code: u16,
}

/// The scan of a final result. Unlike a `Cow`, it is as small as a pointer; lists move thousands of them.
#[derive(Debug)]
pub(super) enum FinalScan<'a> {
    /// One of the sample's.
    Sample(&'a Scan),
    /// One of a sample that a rescan has changed in this world.
    Rescan(Box<Scan>),
}

impl Deref for FinalScan<'_> {
    type Target = Scan;

    fn deref(&self) -> &Scan {
        match self {
            Self::Sample(scan) => scan,
            Self::Rescan(scan) => scan,
        }
    }
}

/// How far a result is.
#[derive(Clone, Copy, Debug)]
pub(super) enum ResultState {
    /// Final, with the code of the overall result.
    Final(u16),
    /// The scan of the file, or of something in it, is in progress.
    Running(ScanProgress),
}

/// A sample that the service knows.
#[derive(Debug)]
pub(super) struct FoundSample {
    /// The sample.
    pub(super) sample: Arc<Sample>,
    /// The sample's facts in this API.
    pub(super) view: Arc<CloudView>,
}

/// Parses a hash of a kind that the service looks up: MD5, SHA-1 or SHA-256.
pub(super) fn hash(text: &str) -> Option<Hash> {
    Hash::parse(text).filter(|hash| hash.kind() != HashKind::Sha512)
}

/// The sample of a hash, if the service knows it.
pub(super) fn look_up(call: &Call, text: &str) -> Result<Option<FoundSample>, StoreError> {
    let Some(hash) = hash(text) else { return Ok(None) };
    let Some(sample) = call.find(&hash)? else { return Ok(None) };
    let view = CloudView::of(&sample);
    Ok(view.known.then_some(FoundSample { sample, view }))
}

/// The samples of several hashes, in their order; `None` also for what is no hash.
pub(super) fn look_up_all(
    call: &Call,
    hashes: &[Option<Hash>],
) -> Result<Vec<Option<FoundSample>>, StoreError> {
    let known = |sample: Option<Arc<Sample>>| {
        let sample = sample?;
        let view = CloudView::of(&sample);
        view.known.then_some(FoundSample { sample, view })
    };
    Ok(call.find_all(hashes)?.into_iter().map(known).collect())
}

/// The results of these samples, in their order; `None` for an unknown one.
pub(super) fn of_all<'a>(
    call: &Call,
    found: &'a [Option<FoundSample>],
) -> Result<Vec<Option<SampleResults<'a>>>, StoreError> {
    let mut results = Vec::with_capacity(found.len());
    for found in found {
        results.push(match found {
            Some(found) if found.view.is_settled => Some(SampleResults::settled(found)),
            Some(found) => Some(SampleResults::of(call, found)?),
            None => None,
        });
    }
    Ok(results)
}

impl<'a> SampleResults<'a> {
    /// The results of a sample at the instant of the call.
    pub(super) fn of(call: &Call, found: &'a FoundSample) -> Result<Self, StoreError> {
        if found.view.is_settled {
            return Ok(Self::settled(found));
        }
        let FoundSample { sample, view } = found;
        let scans = call.state.scans(sample, call.now);
        let places: Vec<usize> = (0..scans.len()).filter(|place| view.has(&scans[*place])).collect();
        let is_final = |place: &&usize| call.state.is_done(sample, &scans[**place], call.origin, call.now);
        // The cheap test first: whether the contents are done as well takes look-ups in the store.
        let mut count = places.iter().filter(is_final).count();
        let mut newest = None;
        for place in places.iter().rev().filter(is_final) {
            if let ResultState::Final(code) = state_of(call, found, &scans, *place)? {
                newest = view.ids.get(*place).map(|ids| (*place, ids, code));
                break;
            }
            // Something in the archive is still being scanned.
            count -= 1;
        }
        let running = places.last().filter(|_| newest.is_none());
        let unfinished = running.and_then(|place| view.ids.get(*place));
        let newest = newest.and_then(|(place, ids, code)| {
            let scan = match scans {
                Cow::Borrowed(scans) => FinalScan::Sample(scans.get(place)?),
                Cow::Owned(mut scans) => FinalScan::Rescan(Box::new(scans.swap_remove(place))),
            };
            Some(FinalResult { scan, ids, code })
        });
        Ok(Self { newest, unfinished, count })
    }

    /// The same for a sample whose result is settled, as most are. It needs neither the world nor a search for the code.
    fn settled(FoundSample { sample, view }: &'a FoundSample) -> Self {
        let newest = sample.scans.iter().enumerate().next_back().and_then(|(place, scan)| {
            let code = || code_of(sample, place, scan, [opswat::scan_verdict(scan)]);
            let (ids, code) = (view.ids.get(place)?, *view.code.get_or_init(code));
            Some(FinalResult { scan: FinalScan::Sample(scan), ids, code })
        });
        Self { newest, unfinished: None, count: sample.scans.len() }
    }
}

/// The result codes that fixtures pin for this API.
const PINNED: PinnedCodes = PinnedCodes { of_scan: view::pinned_code, of_child: |_, _| None };

/// The state of the result of the scan at `place`, one of `scans`.
pub(super) fn state_of(
    call: &Call,
    FoundSample { sample, view }: &FoundSample,
    scans: &[Scan],
    place: usize,
) -> Result<ResultState, StoreError> {
    let scan = &scans[place];
    let ended_manually = ended_manually(call, sample, scans);
    let seed = view.ids.get(place).map_or("", |ids| &ids.data_id);
    let progress = ScanProgress::of(scan, seed.as_bytes(), call.origin, ended_manually, call.now);
    if !progress.is_finished() {
        return Ok(ResultState::Running(progress));
    }
    let mut verdicts = vec![opswat::scan_verdict(scan)];
    let mut unfinished: Option<u8> = None;
    let end = end_of(call, scan, ended_manually);
    for child in &sample.children {
        let Some(child) = sample_of(call, child)? else { continue };
        let result = deep_result(call, PINNED, sample.key(), (&child, end))?;
        for (inner, index) in &result.running {
            // An archive is as far as the least advanced scan in it.
            let percentage = percentage_of(call, inner, *index);
            unfinished = Some(unfinished.map_or(percentage, |least| least.min(percentage)));
        }
        verdicts.extend(result.verdict);
    }
    if let Some(percentage) = unfinished {
        let elapsed = call.now.duration_since(scan.at.resolve(call.origin)).as_millis();
        let elapsed = u64::try_from(elapsed).unwrap_or(0);
        // The engines of the archive itself are done; only those of its contents are not.
        let engines = scan.engines.len();
        return Ok(ResultState::Running(ScanProgress::Running { percentage, engines, elapsed }));
    }
    Ok(ResultState::Final(code_of(sample, place, scan, verdicts)))
}

/// The code of a final result with these verdicts: of the scan at `place`, and of what is in the file.
fn code_of(sample: &Sample, place: usize, scan: &Scan, verdicts: impl IntoIterator<Item = Verdict>) -> u16 {
    let verdict = opswat::consolidate(verdicts).map(opswat::code);
    view::pinned_code(sample, place, scan).or(verdict).unwrap_or_default()
}

/// How far the scan at `place` of a sample is.
fn percentage_of(call: &Call, sample: &Sample, place: usize) -> u8 {
    let scans = call.state.scans(sample, call.now);
    let ended_manually = ended_manually(call, sample, &scans);
    let progress = scans
        .get(place)
        .map(|scan| ScanProgress::of(scan, &sample.key(), call.origin, ended_manually, call.now));
    progress.map_or(0, ScanProgress::percentage)
}
