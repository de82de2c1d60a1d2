//! Processing rules: under which name files are scanned, and which verdicts block them.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::Verdict;
use crate::document::TimeSpec;

/// The name of the rule that there is where no fixture defines any.
pub(crate) const DEFAULT_RULE: &str = "File scan";

/// A processing rule (workflow).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// The largest file that it takes, in bytes.
    #[serde(default = "max_file_size")]
    pub max_file_size: u64,
    /// The user agents that may use it; empty for all.
    #[serde(default)]
    pub user_agents: Vec<String>,
    /// The verdicts that block a file; `None` for those that block it by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocks: Option<Vec<Verdict>>,
    /// When it was last modified.
    #[serde(default)]
    pub modified: Option<TimeSpec>,
}

impl Rule {
    /// A rule of this name with everything at its default.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            max_file_size: max_file_size(),
            user_agents: Vec::new(),
            blocks: None,
            modified: None,
        }
    }
}

fn max_file_size() -> u64 {
    200_000_000
}

/// Rules in order, at most one of a name.
#[derive(Debug, Default)]
pub(crate) struct RuleSet {
    list: Vec<Rule>,
    by_name: HashMap<String, usize>,
}

impl RuleSet {
    /// Adds rules; one of the same name is replaced in its place.
    pub(crate) fn add(&mut self, more: impl IntoIterator<Item = Rule>) {
        for rule in more {
            match self.by_name.get(&rule.name) {
                // It keeps its place, because the first rule is the default one.
                Some(at) => self.list[*at] = rule,
                None => {
                    self.by_name.insert(rule.name.clone(), self.list.len());
                    self.list.push(rule);
                }
            }
        }
    }

    /// The rules, in order.
    #[must_use]
    pub(crate) fn list(&self) -> &[Rule] {
        &self.list
    }

    /// The rules, in order.
    #[must_use]
    pub(crate) fn into_list(self) -> Vec<Rule> {
        self.list
    }
}
