//! The results of a sample. Replies contain the newest final one.

use std::borrow::Cow;
use std::sync::Arc;

use super::fields::{self, CloudView, Ids};
use crate::samples::{Hash, HashKind, Sample, Scan};
use crate::store::StoreError;
use crate::vendors::Call;
use crate::vendors::opswat;
use crate::vendors::opswat::contents::{PinnedCodes, deep_result, end_of, ended_manually, sample_of};

/// The results of a sample at an instant.
#[derive(Debug)]
pub(super) struct SampleResults<'a> {
    /// The newest final one.
    pub(super) newest: Option<FinalResult<'a>>,
    /// Whether there are results, and all of them are unfinished.
    pub(super) only_unfinished: bool,
    /// How many are final.
    pub(super) count: usize,
}

/// A final result.
#[derive(Debug)]
pub(super) struct FinalResult<'a> {
    /// The scan.
    pub(super) scan: Cow<'a, Scan>,
    /// Its identifiers.
    pub(super) ids: &'a Ids,
    /// The code of the overall result.
    pub(super) code: u16,
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
pub(super) async fn look_up(call: &Call, text: &str) -> Result<Option<FoundSample>, StoreError> {
    let Some(hash) = hash(text) else { return Ok(None) };
    let Some(sample) = call.find(&hash).await? else { return Ok(None) };
    let view = CloudView::of(&sample);
    Ok(view.known.then_some(FoundSample { sample, view }))
}

/// The samples of several hashes, in the order of the hashes.
pub(super) async fn look_up_all(
    call: &Call,
    hashes: &[impl AsRef<str>],
) -> Result<Vec<Option<FoundSample>>, StoreError> {
    let mut known = Vec::with_capacity(hashes.len());
    for hash in hashes {
        known.push(look_up(call, hash.as_ref()).await?);
    }
    Ok(known)
}

/// The results of these samples, in their order; `None` for an unknown one.
pub(super) async fn of_all<'a>(
    call: &Call,
    found: &'a [Option<FoundSample>],
) -> Result<Vec<Option<SampleResults<'a>>>, StoreError> {
    let mut results = Vec::with_capacity(found.len());
    for found in found {
        results.push(match found {
            Some(found) => Some(SampleResults::of(call, found).await?),
            None => None,
        });
    }
    Ok(results)
}

impl<'a> SampleResults<'a> {
    /// The results of a sample at the instant of the call.
    pub(super) async fn of(call: &Call, found: &'a FoundSample) -> Result<Self, StoreError> {
        let FoundSample { sample, view } = found;
        let scans = call.state.scans(sample, call.now);
        let is_final = |scan: &Scan| call.state.is_done(sample, scan, call.origin, call.now);
        let mut count = scans.iter().filter(|scan| is_final(scan)).count();
        let mut newest = None;
        for index in (0..scans.len()).rev().filter(|index| is_final(&scans[*index])) {
            if let Some(code) = code_of(call, sample, &scans, index).await? {
                newest = view.ids.get(index).map(|ids| (index, ids, code));
                break;
            }
            // Something in the archive is still being scanned.
            count -= 1;
        }
        let only_unfinished = newest.is_none() && !scans.is_empty();
        let newest = newest.and_then(|(index, ids, code)| {
            let scan = match scans {
                Cow::Borrowed(scans) => Cow::Borrowed(scans.get(index)?),
                Cow::Owned(mut scans) => Cow::Owned(scans.swap_remove(index)),
            };
            Some(FinalResult { scan, ids, code })
        });
        Ok(Self { newest, only_unfinished, count })
    }
}

/// The result codes that fixtures pin for this API.
const PINNED: PinnedCodes = PinnedCodes { of_scan: fields::pinned_code, of_child: |_, _| None };

/// The code of the finished scan at `index`; `None` while something in the file is still being scanned.
async fn code_of(
    call: &Call,
    sample: &Sample,
    scans: &[Scan],
    index: usize,
) -> Result<Option<u16>, StoreError> {
    let scan = &scans[index];
    let mut verdicts = vec![opswat::scan_verdict(scan)];
    let end = end_of(call, scan, ended_manually(call, sample, scans));
    for child in &sample.children {
        let Some(child) = sample_of(call, child).await? else { continue };
        let result = deep_result(call, PINNED, sample.key(), (&child, end)).await?;
        if !result.running.is_empty() {
            return Ok(None);
        }
        verdicts.extend(result.verdict);
    }
    let verdict = opswat::consolidate(verdicts).map(opswat::code);
    Ok(fields::pinned_code(sample, index, scan).or(verdict))
}
