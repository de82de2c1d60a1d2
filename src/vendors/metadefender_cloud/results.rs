//! The results of a sample. Replies contain the newest final one.

use std::borrow::Cow;
use std::sync::Arc;

use super::fields::{CloudView, Ids};
use crate::samples::{Hash, HashKind, Sample, Scan};
use crate::store::StoreError;
use crate::vendors::Call;

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

impl<'a> SampleResults<'a> {
    /// The results of a sample at the call's instant.
    pub(super) fn of(call: &Call, FoundSample { sample, view }: &'a FoundSample) -> Self {
        let scans = call.state.scans(sample, call.now);
        let is_final = |scan: &Scan| call.state.is_done(sample, scan, call.origin, call.now);
        let count = scans.iter().filter(|scan| is_final(scan)).count();
        let place = scans.iter().rposition(is_final);
        let only_unfinished = place.is_none() && !scans.is_empty();
        let newest = place.and_then(|place| {
            let ids = view.ids.get(place)?;
            let scan = match scans {
                Cow::Borrowed(scans) => Cow::Borrowed(scans.get(place)?),
                Cow::Owned(mut scans) => Cow::Owned(scans.swap_remove(place)),
            };
            Some(FinalResult { scan, ids })
        });
        Self { newest, only_unfinished, count }
    }
}
