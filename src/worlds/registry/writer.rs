//! The task that writes changed parts of worlds to the state file, and the inverse: reading all worlds at start.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};

use super::Worlds;
use crate::store::{ChangeLog, ChangedPart, EntryChange, Mark, PersistedEntry, StateFile};
use crate::worlds::{Base, Restored, World};

/// Saves marked parts until the server stops. Marks made during a write are written together in the next transaction. The
/// worlds are held weakly, so that this task does not keep them alive.
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
                // Every response tries again; one line for each reason is enough.
                if change_log.failed(marks, count, &error) {
                    tracing::error!("changes are not saved: {error}");
                }
            }
        }
    }
    file.close().await;
}

/// The changes that bring the persisted entries of the marked parts up to date.
fn changes(worlds: &Worlds, marks: &HashSet<Mark>) -> Vec<EntryChange> {
    let mut by_world: HashMap<&str, Vec<&ChangedPart>> = HashMap::new();
    for (world, part) in marks {
        by_world.entry(world).or_default().push(part);
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
        // A request in flight may still change a state that a reset has replaced. Only the current state is saved.
        let state = world.state();
        changes.extend(parts.into_iter().flat_map(|part| state.changes(part)));
    }
    changes
}

/// The persisted worlds, from all entries in the order of their worlds.
///
/// # Errors
/// An entry that this version cannot read.
pub(super) fn restore(base: &Arc<Base>, entries: &[PersistedEntry]) -> Result<Vec<Restored>, String> {
    entries
        .chunk_by(|one, other| one.world == other.world)
        .map(|of_world| World::restore(&of_world[0].world, base.clone(), of_world))
        .collect()
}
