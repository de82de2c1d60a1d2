//! The values of settings, by a number that each setting has.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Setting, Value};

/// The number of a setting within the process; it gets one when the first list of values has it.
#[derive(Debug)]
pub(super) struct Place(OnceLock<usize>);

impl Place {
    pub(super) const fn new() -> Self {
        Self(OnceLock::new())
    }

    fn number(&self) -> usize {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        *self.0.get_or_init(|| NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// A value for each of some settings. A request reads about ten, and a map by their addresses took four times as many
/// instructions.
#[derive(Clone, Debug, Default)]
pub(super) struct Values(Vec<Option<Value>>);

impl Values {
    /// The value of a setting, if it has one.
    pub(super) fn get(&self, setting: &Setting) -> Option<&Value> {
        self.0.get(*setting.place.0.get()?)?.as_ref()
    }

    /// Sets the value of a setting.
    pub(super) fn insert(&mut self, setting: &Setting, value: Value) {
        let place = setting.place.number();
        if place >= self.0.len() {
            self.0.resize(place + 1, None);
        }
        self.0[place] = Some(value);
    }
}
