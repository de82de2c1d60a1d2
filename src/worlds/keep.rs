//! Writing down what changed in the worlds, and taking it back at the next start.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};

use super::Worlds;
use crate::keeper::{Keeper, Mark, What};
use crate::samples::{Change, Kept, Store};
use crate::world::{Base, Restored, World};

/// Writes down what is marked, for as long as there are worlds. What comes while a write is under way goes with the
/// next one, all of it in one transaction.
pub(super) async fn write(worlds: Weak<Worlds>, keeper: Arc<Keeper>, store: Store) {
    loop {
        let (marks, count) = keeper.next().await;
        let Some(worlds) = worlds.upgrade() else { return };
        match store.write(&changes(&worlds, &marks)).await {
            Ok(()) => keeper.written(count),
            Err(error) => {
                tracing::error!("what was changed is not kept: {error}");
                keeper.failed(marks, count, &error.to_string());
            }
        }
    }
}

/// What has to be written so that what is kept of the marked parts is what stands now.
fn changes(worlds: &Worlds, marks: &HashSet<Mark>) -> Vec<Change> {
    let mut by_world: HashMap<&str, Vec<&What>> = HashMap::new();
    for (world, what) in marks {
        by_world.entry(world).or_default().push(what);
    }
    let mut changes = Vec::new();
    for (name, mut parts) in by_world {
        let Some(world) = worlds.find(name) else {
            changes.push(Change::Forget(name.to_owned()));
            continue;
        };
        if parts.contains(&&What::Everything) {
            parts = vec![&What::Everything];
        }
        // A request in flight may still change a state that a reset has replaced; what counts is the present one.
        let state = world.state();
        changes.extend(parts.into_iter().flat_map(|what| state.changes(what)));
    }
    changes
}

/// The worlds that were written down, by name.
pub(super) fn restore(base: &Arc<Base>, kept: &[Kept]) -> Result<Vec<Restored>, String> {
    kept.chunk_by(|one, other| one.world == other.world)
        .map(|entries| World::restore(&entries[0].world, base.clone(), entries))
        .collect()
}
