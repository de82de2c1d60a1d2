//! The samples of fixtures, in memory.

use std::collections::HashSet;
use std::sync::Arc;

use super::StoreError;
use crate::samples::Sample;

/// The samples of fixtures, by place.
///
/// Each is kept as text: that takes a fraction of the memory of a [`Sample`], and the index caches those in use.
#[derive(Debug)]
pub(super) struct Rows(Vec<Row>);

/// A sample.
#[derive(Debug)]
struct Row {
    /// Its name in lower case, to search in.
    name: Box<str>,
    /// The verdict of its newest scan; empty if there is none.
    verdict: &'static str,
    /// The sample as JSON.
    facts: Box<str>,
}

impl Row {
    fn of(sample: &Sample) -> Result<Self, StoreError> {
        Ok(Self {
            name: sample.name.to_ascii_lowercase().into(),
            verdict: sample.scans.last().map_or("", |scan| scan.verdict.word()),
            facts: serde_json::to_string(sample)?.into(),
        })
    }

    fn sample(&self) -> Result<Sample, StoreError> {
        Ok(serde_json::from_str(&self.facts)?)
    }
}

impl Rows {
    /// # Errors
    /// A sample cannot be written as JSON.
    pub(super) fn of(samples: &[Arc<Sample>]) -> Result<Self, StoreError> {
        samples.iter().map(|sample| Row::of(sample)).collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The sample at this place.
    ///
    /// # Errors
    /// The row cannot be read.
    pub(super) fn sample(&self, place: u32) -> Result<Option<Sample>, StoreError> {
        self.0.get(place as usize).map(Row::sample).transpose()
    }

    /// Samples but those at the places `hidden`, whose name holds `name` (in any ASCII case) and whose newest verdict is
    /// `verdict`, either empty for any: `limit` of them after the first `skip`, in the order in which they came.
    ///
    /// # Errors
    /// A row cannot be read.
    pub(super) fn list(
        &self,
        name: &str,
        verdict: &str,
        hidden: &[u32],
        skip: usize,
        limit: usize,
    ) -> Result<Vec<Sample>, StoreError> {
        self.matching(name, verdict, hidden).skip(skip).take(limit).map(Row::sample).collect()
    }

    /// The number of samples that [`Rows::list`] returns without a limit.
    pub(super) fn count(&self, name: &str, verdict: &str, hidden: &[u32]) -> usize {
        self.matching(name, verdict, hidden).count()
    }

    fn matching<'a>(
        &'a self,
        name: &str,
        verdict: &'a str,
        hidden: &[u32],
    ) -> impl Iterator<Item = &'a Row> + use<'a> {
        let (name, hidden): (_, HashSet<u32>) = (name.to_ascii_lowercase(), hidden.iter().copied().collect());
        let rows = (0..).zip(&self.0).filter(move |(place, _)| !hidden.contains(place)).map(|(_, row)| row);
        rows.filter(move |row| row.name.contains(&name) && (verdict.is_empty() || row.verdict == verdict))
    }
}
