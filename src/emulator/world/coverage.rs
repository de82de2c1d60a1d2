//! The coverage of a world, or of all.

use std::fmt;

use crate::findings::coverage::{self, ApiCoverage, Report, Row};
use crate::settings::COVERAGE_OUT_OF_SCOPE;
use crate::worlds::{World, Worlds};

/// Which behaviours of the APIs clients have exercised. Those that the setting `coverage-out-of-scope` names do not count.
///
/// It prints as a table.
#[derive(Debug)]
pub struct Coverage {
    report: Report,
}

impl Coverage {
    pub(super) fn of_world(world: &World) -> Self {
        let settings = world.state().settings.load_full();
        let out_of_scope: Vec<_> = coverage::patterns(settings.get(&COVERAGE_OUT_OF_SCOPE)).collect();
        Self { report: coverage::of_world(world, None, &out_of_scope) }
    }

    /// The coverage of all worlds together, removed ones included.
    pub(in crate::emulator) fn of_all(worlds: &Worlds) -> Self {
        let settings = worlds.base().settings.clone();
        let out_of_scope: Vec<_> = coverage::patterns(settings.get(&COVERAGE_OUT_OF_SCOPE)).collect();
        Self { report: coverage::of_all(worlds, None, &out_of_scope) }
    }

    /// The exercised share of all APIs in percent, rounded down to a tenth.
    #[must_use]
    pub fn percent(&self) -> f64 {
        self.report.total.percent
    }

    /// The same for one API; `None` if there is no such API.
    #[must_use]
    pub fn percent_of(&self, api: &str) -> Option<f64> {
        self.api(api).map(|api| api.share.percent)
    }

    /// How often a behaviour was answered, by its full name, such as `metadefender-cloud/limit.exceeded`; `None` if there is
    /// no such behaviour.
    #[must_use]
    pub fn count(&self, behaviour: &str) -> Option<u64> {
        let (api, id) = behaviour.split_once('/')?;
        self.api(api)?.behaviours.iter().find(|row| row.id == id).map(|row| row.count)
    }

    /// The ids of the behaviours of an API that are in scope and were never answered; none if there is no such API.
    pub fn missing(&self, api: &str) -> impl Iterator<Item = &'static str> + '_ {
        let rows = self.api(api).into_iter().flat_map(|api| &api.behaviours);
        rows.filter(|row: &&Row| row.is_missing()).map(|row| row.id)
    }

    fn api(&self, name: &str) -> Option<&ApiCoverage> {
        self.report.apis.iter().find(|api| api.api == name)
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&coverage::table(&self.report))
    }
}
