//! What is inside an archive, and what that makes of the archive.

use std::collections::HashSet;
use std::sync::Arc;

use super::codes;
use super::fields::ChildPins;
use super::query::ResultQuery;
use super::reply::ArchivedFile;
use super::selection::SelectedScan;
use super::view::CoreView;
use crate::samples::{Child, Hash, Key, Rule, Sample, Verdict};
use crate::store::StoreError;
use crate::vendors::Call;
use crate::vendors::opswat;

/// What is inside an archive.
#[derive(Debug)]
pub(super) struct ArchiveContents {
    /// The files directly in it.
    pub(super) files: Vec<ArchivedFile>,
    /// What these come to, archives among them with all that they hold.
    pub(super) verdict: Option<Verdict>,
}

/// Looks into `archive` at the instant of the call. A file that this world no longer has is left out.
pub(super) async fn look(
    call: &Call,
    rules: &[Rule],
    archive: &Sample,
) -> Result<ArchiveContents, StoreError> {
    let mut inside = ArchiveContents { files: Vec::with_capacity(archive.children.len()), verdict: None };
    for (child, pins) in archive.children.iter().zip(&CoreView::of(archive).children) {
        let Some(sample) = find(call, child).await? else { continue };
        let Some(file) = file(call, rules, archive, (child, pins), &sample).await? else { continue };
        let verdict = opswat::verdict(file.scan_all_result_i);
        inside.verdict = opswat::consolidate(inside.verdict.into_iter().chain(verdict));
        inside.files.push(file);
    }
    Ok(inside)
}

/// The sample of a child.
pub(super) async fn find(call: &Call, child: &Child) -> Result<Option<Arc<Sample>>, StoreError> {
    match Hash::parse(&child.sha256) {
        Some(hash) => call.state.find(&hash).await,
        None => Ok(None),
    }
}

async fn file(
    call: &Call,
    rules: &[Rule],
    archive: &Sample,
    (child, pins): (&Child, &ChildPins),
    sample: &Arc<Sample>,
) -> Result<Option<ArchivedFile>, StoreError> {
    let scans = call.state.scans(sample, call.now);
    let view = CoreView::of(sample);
    let choice = SelectedScan::of(call, rules, (sample, &view), &scans, &ResultQuery::default());
    let Some(choice) = choice else { return Ok(None) };
    let finished = choice.stage.is_finished();
    let pinned = pins.scan_all_result_i.or(choice.view.pins.scan_all_result_i.filter(|_| finished));
    let code = match pinned {
        Some(code) => code,
        None if !finished => codes::IN_PROGRESS,
        None => {
            let inside = overall(call, rules, sample, archive.key()).await?;
            opswat::code(inside.unwrap_or(choice.verdict()))
        }
    };
    let engines = choice.scan.engines.iter().enumerate();
    let threats =
        engines.filter(|(place, engine)| choice.stage.has_engine(*place) && engine.verdict.is_threat());
    let path = || format!("{}/[Content]/{}", archive.name, sample.name);
    Ok(Some(ArchivedFile {
        data_id: pins.data_id.clone().unwrap_or_else(|| choice.view.data_id.clone()),
        detected_by: pins.detected_by.unwrap_or_else(|| threats.count() as u64),
        display_name: pins.display_name.clone().or_else(|| child.path.clone()).unwrap_or_else(path),
        file_size: sample.size,
        file_type: sample.file_type.mime.clone(),
        file_type_description: sample.file_type.description.clone(),
        progress_percentage: pins.progress_percentage.unwrap_or(choice.stage.percentage()),
        scan_all_result_i: code,
        scanned_with: pins.scanned_with.unwrap_or(choice.scan.engines.len() as u64),
    }))
}

/// What a sample and everything in it come to. Each sample counts once, so that archives which contain each other
/// end the search; `outside` is the archive from which it started.
async fn overall(
    call: &Call,
    rules: &[Rule],
    top: &Arc<Sample>,
    outside: Key,
) -> Result<Option<Verdict>, StoreError> {
    let mut verdicts = Vec::new();
    let mut seen = HashSet::from([outside]);
    let mut open = vec![top.clone()];
    while let Some(sample) = open.pop() {
        if !seen.insert(sample.key()) {
            continue;
        }
        let scans = call.state.scans(&sample, call.now);
        let view = CoreView::of(&sample);
        let choice = SelectedScan::of(call, rules, (&sample, &view), &scans, &ResultQuery::default());
        let Some(choice) = choice.filter(|choice| choice.stage.is_finished()) else { continue };
        if let Some(code) = choice.view.pins.scan_all_result_i {
            verdicts.extend(opswat::verdict(code));
            continue;
        }
        verdicts.push(choice.verdict());
        for (child, pins) in sample.children.iter().zip(&view.children) {
            match pins.scan_all_result_i {
                Some(code) => verdicts.extend(opswat::verdict(code)),
                None => open.extend(find(call, child).await?),
            }
        }
    }
    Ok(opswat::consolidate(verdicts))
}
