//! The writer of persisted state, and what it takes to restore the worlds at the next start.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};

use super::Worlds;
use crate::store::{ChangeLog, ChangedPart, Mark};
use crate::store::{EntryChange, PersistedEntry, StateFile};
use crate::worlds::{Base, Restored, World};

/// Saves what is marked until the server stops. What is marked during a write goes with the next one, all of it in one
/// transaction.
pub(super) async fn write(worlds: Weak<Worlds>, change_log: Arc<ChangeLog>, mut file: StateFile) {
    while let Some((marks, count)) = change_log.next_batch().await {
        let changes = match worlds.upgrade() {
            Some(worlds) => changes(&worlds, &marks),
            None => break,
        };
        match file.write(&changes).await {
            Ok(()) if change_log.written(count) => tracing::warn!("changes are saved again"),
            Ok(()) => {}
            Err(error) => {
                let error = error.to_string();
                // Every answer tries again; one line for each reason is enough.
                if change_log.failed(marks, count, &error) {
                    tracing::error!("changes are not saved: {error}");
                }
            }
        }
    }
    file.close().await;
}

/// What has to be written so that the persisted entries of the marked parts are the present ones.
fn changes(worlds: &Worlds, marks: &HashSet<Mark>) -> Vec<EntryChange> {
    let mut by_world: HashMap<&str, Vec<&ChangedPart>> = HashMap::new();
    for (world, what) in marks {
        by_world.entry(world).or_default().push(what);
    }
    let mut changes = Vec::new();
    for (name, mut parts) in by_world {
        let Some(world) = worlds.find(name) else {
            changes.push(EntryChange::RemoveWorld(name.to_owned()));
            continue;
        };
        if parts.contains(&&ChangedPart::All) {
            parts = vec![&ChangedPart::All];
        }
        // A request in flight may still change a state that a reset has replaced; what counts is the present one.
        let state = world.state();
        changes.extend(parts.into_iter().flat_map(|what| state.changes(what)));
    }
    changes
}

/// The persisted worlds, by name.
pub(super) fn restore(base: &Arc<Base>, kept: &[PersistedEntry]) -> Result<Vec<Restored>, String> {
    kept.chunk_by(|one, other| one.world == other.world)
        .map(|entries| World::restore(&entries[0].world, base.clone(), entries))
        .collect()
}
