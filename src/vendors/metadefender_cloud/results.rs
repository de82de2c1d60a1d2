//! Which result of a sample shows: the newest final one.

use std::borrow::Cow;
use std::sync::Arc;

use super::fields::{Ids, View};
use crate::samples::{Hash, HashKind, Sample, Scan};
use crate::store::StoreError;
use crate::vendors::Call;

/// The results of a sample at an instant.
#[derive(Debug)]
pub(super) struct Results<'a> {
    /// The newest final one.
    pub(super) newest: Option<Final<'a>>,
    /// Whether there are results, but none of them is final.
    pub(super) only_unfinished: bool,
    /// How many are final.
    pub(super) count: usize,
}

/// A final result.
#[derive(Debug)]
pub(super) struct Final<'a> {
    /// The scan.
    pub(super) scan: Cow<'a, Scan>,
    /// Its identifiers.
    pub(super) ids: &'a Ids,
}

/// A sample that the service knows, with what it shows of it.
#[derive(Debug)]
pub(super) struct Known {
    /// The sample.
    pub(super) sample: Arc<Sample>,
    /// What the service shows of it.
    pub(super) view: Arc<View>,
}

/// A hash of a kind by which the service looks up.
pub(super) fn hash(text: &str) -> Option<Hash> {
    Hash::parse(text).filter(|hash| hash.kind() != HashKind::Sha512)
}

/// The sample of a hash, if the service knows it.
pub(super) async fn look_up(call: &Call, text: &str) -> Result<Option<Known>, StoreError> {
    let Some(hash) = hash(text) else { return Ok(None) };
    let Some(sample) = call.find(&hash).await? else { return Ok(None) };
    let view = View::of(&sample);
    Ok(view.known.then_some(Known { sample, view }))
}

/// The same for each of a list, in its order.
pub(super) async fn look_up_all(
    call: &Call,
    hashes: &[impl AsRef<str>],
) -> Result<Vec<Option<Known>>, StoreError> {
    let mut known = Vec::with_capacity(hashes.len());
    for hash in hashes {
        known.push(look_up(call, hash.as_ref()).await?);
    }
    Ok(known)
}

impl<'a> Results<'a> {
    /// The results of a sample at the call's instant.
    pub(super) fn of(call: &Call, Known { sample, view }: &'a Known) -> Self {
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
            Some(Final { scan, ids })
        });
        Self { newest, only_unfinished, count }
    }
}
