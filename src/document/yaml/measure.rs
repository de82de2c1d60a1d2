//! The size of a tree, for the limit on what aliases copy.

use crate::document::{Node, Value};

/// The size of a tree of nodes.
#[derive(Clone, Copy, Default)]
pub(super) struct TreeSize {
    pub(super) nodes: usize,
    /// The bytes of all keys and texts.
    pub(super) bytes: usize,
    /// How deeply lists and mappings are nested.
    pub(super) height: usize,
}

impl TreeSize {
    pub(super) fn of(node: &Node) -> Self {
        let own = match &node.value {
            Value::Text(text) => text.len(),
            _ => node.raw.as_ref().map_or(0, |raw| raw.len()),
        };
        let mut all = Self { nodes: 1, bytes: own, height: 0 };
        match &node.value {
            Value::List(items) => {
                items.iter().for_each(|item| all.add(Self::of(item)));
                all.height += 1;
            }
            Value::Map(entries) => {
                for entry in entries {
                    all.add(Self::of(&entry.node));
                    all.bytes += entry.key.len();
                }
                all.height += 1;
            }
            _ => {}
        }
        all
    }

    pub(super) fn add(&mut self, other: Self) {
        self.nodes += other.nodes;
        self.bytes += other.bytes;
        self.height = self.height.max(other.height);
    }
}
