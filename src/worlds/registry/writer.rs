//! The writer of persisted state, and what it takes to restore the worlds at the next start.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};

use super::Worlds;
use crate::store::{Change, Kept, StateFile};
use crate::store::{Keeper, Mark, What};
use crate::worlds::{Base, Restored, World};

/// Saves what is marked until the server stops. What is marked during a write goes with the next one, all of it in one
/// transaction.
pub(super) async fn write(worlds: Weak<Worlds>, keeper: Arc<Keeper>, mut file: StateFile) {
    while let Some((marks, count)) = keeper.next().await {
        let changes = match worlds.upgrade() {
            Some(worlds) => changes(&worlds, &marks),
            None => break,
        };
        match file.write(&changes).await {
            Ok(()) if keeper.written(count) => tracing::warn!("changes are saved again"),
            Ok(()) => {}
            Err(error) => {
                let error = error.to_string();
                // Every answer tries again; one line for each reason is enough.
                if keeper.failed(marks, count, &error) {
                    tracing::error!("changes are not saved: {error}");
                }
            }
        }
    }
    file.close().await;
}

/// What has to be written so that the persisted entries of the marked parts are the present ones.
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

/// The persisted worlds, by name.
pub(super) fn restore(base: &Arc<Base>, kept: &[Kept]) -> Result<Vec<Restored>, String> {
    kept.chunk_by(|one, other| one.world == other.world)
        .map(|entries| World::restore(&entries[0].world, base.clone(), entries))
        .collect()
}
