//! Every behaviour of every API is reached by a request to the program as it comes: one story for each, in a table for
//! each room. Most tell themselves on the built-in fixtures; the others bring what they need through the operator's
//! door, as a user would.

mod metadefender_cloud;
mod metadefender_core;
mod page;
mod spectra_analyze;
mod spectra_intelligence;
mod story;

use std::collections::BTreeSet;

use scandouble::vendors;

pub use self::story::sha1;
use self::story::{Story, story};
use crate::harness::{clock, instant, post, start_builtin};

/// The stories of each API, by its name.
fn tables() -> Vec<(&'static str, Vec<Story>)> {
    vec![
        ("spectra-intelligence", spectra_intelligence::stories()),
        ("spectra-analyze", spectra_analyze::stories()),
        ("metadefender-cloud", metadefender_cloud::stories()),
        ("metadefender-core", metadefender_core::stories()),
    ]
}

#[tokio::test]
async fn every_behaviour_is_reached_by_a_request() {
    let emulator = start_builtin().await;
    let mut faults = Vec::new();
    let mut told = BTreeSet::new();
    for (api, stories) in tables() {
        for story in stories {
            let name = format!("{api}/{}", story.of);
            if let Err(fault) = story.tell(&emulator, &name).await {
                faults.push(format!("{name}: {fault}"));
            }
            told.insert(name);
            // Coverage outlives a reset.
            let reset = post("/_scandouble/reset").send(&emulator).await;
            assert_eq!(reset.status, 200, "{}", reset.text());
            clock(&emulator).freeze(Some(instant(crate::harness::NOW)));
        }
    }

    let coverage = emulator.world("default").state().coverage.clone();
    for behaviour in vendors::ALL.iter().flat_map(|api| api.behaviours) {
        if !told.remove(behaviour.name) {
            faults.push(format!("{}: no story reaches it; add one to its table", behaviour.name));
        } else if coverage[behaviour.api].of(behaviour) == 0 {
            faults.push(format!("{}: its coverage is still zero", behaviour.name));
        }
    }
    faults.extend(told.iter().map(|name| format!("{name}: no API has such a behaviour")));
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
