//! A sample's facts in this API, computed once per sample.

use std::borrow::Cow;
use std::sync::Arc;

use super::fields::{ChildPins, KEY, NAME, Pins};
use crate::document::TimeSpec;
use crate::ids::{derived, derived_numbers, hex};
use crate::samples::{Cause, Child, Ordinal, Progress, Sample, Scan, read_overlay};
use crate::vendors::views::{Views, Weigh};

/// A sample's facts in this API.
#[derive(Debug)]
pub(super) struct CoreView {
    /// Whether the file was ever processed here.
    pub(super) known: bool,
    /// Whether only its uploads were.
    pub(super) uploads_only: bool,
    /// MD5 in lower case.
    pub(super) md5: String,
    /// SHA-1 in lower case.
    pub(super) sha1: String,
    /// SHA-256 in lower case.
    pub(super) sha256: String,
    /// What is pinned of each child, in order.
    pub(super) children: Vec<ChildPins>,
    pins: Pins,
    scans: Vec<ScanView>,
    /// Whether neither the queue nor the clock can change the reply, as far as the sample decides that.
    pub(super) still: bool,
    /// Whether any of its times counts from the origin.
    pub(super) relative: bool,
    /// About how many bytes the pinned fields take.
    pinned: usize,
}

/// A scan's facts in this API.
#[derive(Clone, Debug)]
pub(super) struct ScanView {
    /// What is pinned of it: by the scan, else by the sample.
    pub(super) pins: Pins,
    /// The result's identifier.
    pub(super) data_id: String,
    /// Unique to the scan; derived values follow from it.
    pub(super) seed: Vec<u8>,
    /// Milliseconds that the file waited.
    pub(super) queue_time: u64,
    total_time: u64,
    overhead: u64,
}

impl CoreView {
    /// The view of `sample`.
    pub(super) fn of(sample: &Sample) -> Arc<Self> {
        // Some ten thousand fit.
        static VIEWS: Views<CoreView> = Views::new(8 << 20);
        VIEWS.get(sample, || Self::build(sample))
    }

    fn build(sample: &Sample) -> Self {
        let pins = Pins::read(&sample.overlays);
        let scan = |(place, scan): (usize, &Scan)| ScanView::build(sample, place, scan, &pins);
        let scans: Vec<ScanView> = sample.scans.iter().enumerate().map(scan).collect();
        let relative = times(sample, &scans).any(|time| matches!(time, TimeSpec::Offset(_)));
        let uploads_only = pins.known == Some(false);
        Self {
            known: !uploads_only || sample.was_uploaded_to(NAME),
            uploads_only,
            md5: hex(&sample.hashes.md5),
            sha1: hex(&sample.hashes.sha1),
            sha256: hex(&sample.hashes.sha256),
            children: sample.children.iter().map(|child| read_overlay(&child.overlays, KEY)).collect(),
            // Files inside, rescans, unfinished scans and sanitised files that go away can change a reply later.
            still: sample.children.is_empty()
                && sample.after_rescan.is_empty()
                && sample.scans.iter().all(|scan| scan.progress == Progress::Done)
                && scans.iter().all(|scan| scan.pins.sanitized_until.is_none()),
            relative,
            pinned: pins.weight() + scans.iter().map(|scan| scan.pins.weight()).sum::<usize>(),
            pins,
            scans,
        }
    }

    /// The view of the scan at `place`, which may be one that a rescan has added.
    pub(super) fn scan<'a>(&'a self, sample: &Sample, place: usize, scan: &Scan) -> Cow<'a, ScanView> {
        match self.scans.get(place) {
            Some(view) => Cow::Borrowed(view),
            None => Cow::Owned(ScanView::build(sample, place, scan, &self.pins)),
        }
    }
}

impl Weigh for CoreView {
    fn weight(&self) -> u64 {
        // Texts and identifiers of a scan.
        const OWNED: usize = 128;
        let scans = self.scans.len() * (size_of::<ScanView>() + OWNED);
        let children = self.children.len() * (size_of::<ChildPins>() + OWNED);
        (size_of::<Self>() + 2 * OWNED + scans + children + self.pinned) as u64
    }
}

impl ScanView {
    fn build(sample: &Sample, place: usize, scan: &Scan, pins: &Pins) -> Self {
        let pins = pins_of(pins, scan);
        let seed = seed(sample, place);
        let [queue, rest, overhead, _] = derived_numbers(&seed, "metadefender-core times", [90, 200, 40, 0]);
        // Scanning takes a little longer than its slowest engine.
        let slowest = scan.engines.iter().map(|engine| engine.wait_ms.max(whole(engine.scan_ms))).max();
        Self {
            data_id: data_id(&pins, &seed),
            queue_time: pins.queue_time.unwrap_or(1 + queue),
            total_time: slowest.unwrap_or(0).saturating_add(1 + rest),
            overhead: 1 + overhead,
            pins,
            seed,
        }
    }

    /// Milliseconds that scanning took; `took` if the scan ran on the clock.
    pub(super) fn total_time(&self, took: Option<u64>) -> u64 {
        self.pins.total_time.or(took).unwrap_or(self.total_time)
    }

    /// Milliseconds that processing took.
    pub(super) fn processing_time(&self, took: Option<u64>) -> u64 {
        self.pins.processing_time.unwrap_or_else(|| self.total_time(took).saturating_add(self.overhead))
    }
}

/// Every `data_id` of a sample that a fixture brings: of its scans, of what a rescan may find, and of what is in it.
pub(super) fn names(sample: &Sample) -> Vec<String> {
    let pins = Pins::read(&sample.overlays);
    let of_scan = |(place, scan): (usize, &Scan)| data_id(&pins_of(&pins, scan), &seed(sample, place));
    let mut names: Vec<String> = sample.scans.iter().enumerate().map(of_scan).collect();
    let rescans = sample.scans.len()..sample.scans.len() + sample.after_rescan.len();
    names.extend(rescans.map(|place| data_id(&pins.of_any_scan(), &seed(sample, place))));
    let of_child = |child: &Child| read_overlay::<ChildPins>(&child.overlays, KEY).data_id;
    names.extend(sample.children.iter().filter_map(of_child));
    names
}

/// What is pinned of a scan; `of_sample` is what is of its sample.
fn pins_of(of_sample: &Pins, scan: &Scan) -> Pins {
    let own = || Pins::read(&scan.overlays).over(of_sample);
    match &scan.cause {
        Cause::Fixture => own(),
        Cause::Rescan => of_sample.of_any_scan(),
        Cause::Upload(upload) => own().of_upload(upload),
    }
}

/// The seed of the scan at `place`.
fn seed(sample: &Sample, place: usize) -> Vec<u8> {
    let key = &sample.key()[..];
    // Not the place of every scan: earlier uploads are forgotten, and derived values must stay the same.
    match sample.ordinal(place) {
        Ordinal::Place(place) => [key, &(place as u64).to_be_bytes()].concat(),
        Ordinal::Id(id) => [key, id.as_bytes()].concat(),
    }
}

fn data_id(pins: &Pins, seed: &[u8]) -> String {
    pins.data_id.clone().unwrap_or_else(|| hex(&derived(seed, "metadefender-core data_id")[..16]))
}

/// Milliseconds without fractions. Conversions of floats saturate, so a negative number becomes 0.
pub(super) fn whole(ms: f64) -> u64 {
    ms.round() as u64
}

fn times<'a>(sample: &'a Sample, scans: &'a [ScanView]) -> impl Iterator<Item = TimeSpec> + 'a {
    let of_scan = |scan: &'a Scan| scan.engines.iter().map(|engine| engine.definitions).chain([scan.at]);
    sample.scans.iter().flat_map(of_scan).chain(scans.iter().flat_map(|scan| scan.pins.times()))
}
