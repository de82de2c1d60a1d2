//! A request and its answer, for findings.

use std::fmt;

use serde_json::Value;

use super::Route;
use crate::journal::{Behaviour, EntryReply};

/// A request that was answered, as the journal recorded it.
pub struct Answered<'a> {
    /// Finds where its path leads. Few answers need it, and a journal is long.
    pub route: &'a dyn Fn() -> Route,
    /// Reads the fields of its body, if it has any.
    pub fields: &'a dyn Fn() -> Option<Value>,
    /// The answer.
    pub reply: &'a EntryReply,
}

impl Answered<'_> {
    /// Whether the answer has this behaviour.
    pub fn is(&self, behaviour: &'static Behaviour) -> bool {
        self.reply.behaviours.iter().any(|known| std::ptr::eq(*known, behaviour))
    }
}

impl fmt::Debug for Answered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answered").field("reply", self.reply).finish_non_exhaustive()
    }
}
