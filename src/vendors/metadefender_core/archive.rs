//! The files in an archive, and how they affect its result.

use std::sync::Arc;

use jiff::Timestamp;

use super::codes;
use super::fields::ChildPins;
use super::reply::ArchivedFile;
use super::view::CoreView;
use crate::samples::{Child, Sample, Scan, Verdict};
use crate::store::StoreError;
use crate::vendors::opswat::contents::{PinnedCodes, deep_result, ended_manually, sample_of, used_scan};
use crate::vendors::opswat::progress::ScanProgress;
use crate::vendors::{Call, opswat};

/// The result codes that fixtures pin for this API.
const PINNED: PinnedCodes = PinnedCodes {
    of_scan: |sample, index, scan| CoreView::of(sample).scan(sample, index, scan).pins.scan_all_result_i,
    of_child: |archive, index| CoreView::of(archive).children.get(index)?.scan_all_result_i,
};

/// The contents of an archive.
#[derive(Debug)]
pub(super) struct ArchiveContents {
    /// The files directly in it.
    pub(super) files: Vec<ArchivedFile>,
    /// The consolidated result of all files, at any depth.
    pub(super) verdict: Option<Verdict>,
    /// The progress of the scan that is least advanced, at any depth; `None` if all are finished.
    pub(super) unfinished: Option<u8>,
}

/// The contents of `archive`, which was scanned at `by`. Files that the world no longer has are left out.
pub(super) fn contents(call: &Call, archive: &Sample, by: Timestamp) -> Result<ArchiveContents, StoreError> {
    let files = Vec::with_capacity(archive.children.len());
    let mut contents = ArchiveContents { files, verdict: None, unfinished: None };
    for (child, pins) in archive.children.iter().zip(&CoreView::of(archive).children) {
        let Some(sample) = sample_of(call, child)? else { continue };
        let Some((file, unfinished)) = file(call, (archive, by), (child, pins), &sample)? else {
            continue;
        };
        let verdict = opswat::verdict(file.scan_all_result_i);
        contents.verdict = opswat::consolidate(contents.verdict.into_iter().chain(verdict));
        contents.unfinished = contents.unfinished.into_iter().chain(unfinished).min();
        contents.files.push(file);
    }
    Ok(contents)
}

/// The progress of the scan at `index`.
fn progress(call: &Call, sample: &Sample, scans: &[Scan], index: usize) -> ScanProgress {
    let view = CoreView::of(sample);
    let seed = &view.scan(sample, index, &scans[index]).seed;
    let ended_manually = ended_manually(call, sample, scans);
    ScanProgress::of(&scans[index], seed, call.origin, ended_manually, call.now)
}

/// How many engines report a threat in a file or in anything in it, by a scan of it that ended at `end`.
pub(super) fn detections(
    call: &Call,
    sample: &Arc<Sample>,
    (scan, stage): (&Scan, ScanProgress),
    end: Timestamp,
) -> Result<usize, StoreError> {
    let own = detecting(scan, stage);
    if sample.children.is_empty() {
        return Ok(own);
    }
    // Nothing contains the file, so no key has to be excluded.
    let deep = deep_result(call, PINNED, [0; 32], (sample, end))?;
    // The greater one: `deep` counts finished scans only, and `own` is the scan of the file as far as it is.
    Ok(own.max(deep.detecting.len()))
}

/// How many engines report a threat; of a scan in progress, only those that are done count.
fn detecting(scan: &Scan, stage: ScanProgress) -> usize {
    let done = scan.engines.iter().enumerate().filter(|(engine, _)| stage.has_engine(*engine));
    done.filter(|(_, engine)| opswat::is_detection(engine.verdict)).count()
}

/// A file in `archive`, and the progress of the least advanced scan in it, if any is unfinished.
fn file(
    call: &Call,
    (archive, by): (&Sample, Timestamp),
    (child, pins): (&Child, &ChildPins),
    sample: &Arc<Sample>,
) -> Result<Option<(ArchivedFile, Option<u8>)>, StoreError> {
    let scans = call.state.scans(sample, call.now);
    let Some(index) = used_scan(call, sample, &scans, by) else { return Ok(None) };
    let (scan, of_sample) = (&scans[index], CoreView::of(sample));
    let view = of_sample.scan(sample, index, scan);
    let own = progress(call, sample, &scans, index);
    let deep = deep_result(call, PINNED, archive.key(), (sample, by))?;
    let running = deep.running.iter().map(|(sample, index)| {
        let scans = call.state.scans(sample, call.now);
        progress(call, sample, &scans, *index).percentage()
    });
    let unfinished = running.min();
    // A pin of this place in the archive holds in every state; that of the file's own scan is a finished result.
    let pinned = pins.scan_all_result_i.or(view.pins.scan_all_result_i.filter(|_| unfinished.is_none()));
    let code = pinned.unwrap_or_else(|| match unfinished {
        Some(_) => codes::IN_PROGRESS,
        None => opswat::code(deep.verdict.unwrap_or(scan.verdict)),
    });
    let detections = detecting(scan, own).max(deep.detecting.len()) as u64;
    let path = || format!("{}/[Content]/{}", archive.name, sample.name);
    let file = ArchivedFile {
        data_id: pins.data_id.clone().unwrap_or_else(|| view.data_id.clone()),
        detected_by: pins.detected_by.unwrap_or(detections),
        display_name: pins.display_name.clone().or_else(|| child.path.clone()).unwrap_or_else(path),
        file_size: sample.size,
        file_type: sample.file_type.mime.clone(),
        file_type_description: sample.file_type.description.clone(),
        progress_percentage: pins.progress_percentage.or(unfinished).unwrap_or(100),
        scan_all_result_i: code,
        scanned_with: pins.scanned_with.unwrap_or(scan.engines.len() as u64),
    };
    Ok(Some((file, unfinished)))
}
