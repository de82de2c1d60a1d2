//! A request for every behaviour of every API: a table of cases per API. Most use the built-in fixtures; the others
//! add what they need through the admin API.

mod case;
mod metadefender_cloud;
mod metadefender_core;
mod page;
mod spectra_analyze;
mod spectra_intelligence;

use std::collections::BTreeSet;

use scandouble::internals::vendors;

use self::case::{BehaviourCase, case};
pub use crate::harness::sha1;
use crate::harness::{clock, instant, post, start_builtin};

/// The cases of each API, by its name.
fn tables() -> Vec<(&'static str, Vec<BehaviourCase>)> {
    vec![
        ("spectra-intelligence", spectra_intelligence::cases()),
        ("spectra-analyze", spectra_analyze::cases()),
        ("metadefender-cloud", metadefender_cloud::cases()),
        ("metadefender-core", metadefender_core::cases()),
    ]
}

#[tokio::test]
async fn every_behaviour_is_reached_by_a_request() {
    let emulator = start_builtin().await;
    let mut errors = Vec::new();
    let mut covered = BTreeSet::new();
    for (api, cases) in tables() {
        for case in cases {
            let name = format!("{api}/{}", case.of);
            if let Err(error) = case.check(&emulator, &name).await {
                errors.push(format!("{name}: {error}"));
            }
            covered.insert(name);
            // Coverage outlives a reset.
            let reset = post("/_scandouble/reset").send(&emulator).await;
            assert_eq!(reset.status, 200, "{}", reset.text());
            clock(&emulator).freeze(Some(instant(crate::harness::NOW)));
        }
    }

    let coverage = emulator.world("default").state().coverage.clone();
    for behaviour in vendors::ALL.iter().flat_map(|api| api.behaviours) {
        if !covered.remove(behaviour.name) {
            errors.push(format!("{}: no case covers it; add one to its table", behaviour.name));
        } else if behaviour.codes.is_empty() {
            errors.push(format!("{}: its row lacks the status of its answers", behaviour.name));
        } else if coverage[behaviour.api].of(behaviour) == 0 {
            errors.push(format!("{}: its coverage is still zero", behaviour.name));
        }
    }
    errors.extend(covered.iter().map(|name| format!("{name}: no API has such a behaviour")));
    assert!(errors.is_empty(), "\n{}", errors.join("\n"));
}
