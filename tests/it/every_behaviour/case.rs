//! A case: preparations, a request, and the expected behaviour.

use scandouble::Emulator;
use scandouble::internals::vendors;
use serde_json::json;

use crate::harness::{Answer, Ask, ask, post};

/// A request that must have one behaviour.
pub struct BehaviourCase {
    /// The behaviour's id, without the API.
    pub of: &'static str,
    before: Vec<Step>,
    ask: Ask,
    status: u16,
}

enum Step {
    /// A request to the admin API, which must succeed.
    Arrange(Ask),
    /// A request to the API, with any reply.
    Ask(Ask),
}

/// `ask` must be answered with `status` and the behaviour `of`.
pub fn case(of: &'static str, status: u16, ask: Ask) -> BehaviourCase {
    BehaviourCase { of, before: Vec::new(), ask, status }
}

impl BehaviourCase {
    /// Sends `ask` `times` times first.
    pub fn after(mut self, times: usize, ask: &Ask) -> Self {
        self.before.extend((0..times).map(|_| Step::Ask(ask.clone())));
        self
    }

    /// Changes a setting of the world first.
    pub fn set(self, name: &str, value: &str) -> Self {
        let body = json!({ "value": value }).to_string();
        self.arrange(ask("PUT", &format!("/_scandouble/settings/{name}")).json(&body))
    }

    /// Loads more fixtures first.
    pub fn fixture(self, yaml: &str) -> Self {
        self.arrange(post("/_scandouble/samples").body(yaml))
    }

    /// Injects a fault with this status first.
    pub fn fault(self, status: u16) -> Self {
        let body = json!({ "then": { "status": status } }).to_string();
        self.arrange(post("/_scandouble/faults").json(&body))
    }

    fn arrange(mut self, ask: Ask) -> Self {
        self.before.push(Step::Arrange(ask));
        self
    }

    /// Runs the case; the error describes the difference.
    pub async fn check(self, emulator: &Emulator, name: &str) -> Result<(), String> {
        for step in self.before {
            match step {
                Step::Ask(ask) => drop(ask.send(emulator).await),
                Step::Arrange(ask) => {
                    let answer = ask.send(emulator).await;
                    if !matches!(answer.status, 200..=299) {
                        return Err(format!("the admin API refuses: {}", answer.text()));
                    }
                }
            }
        }
        let answer = self.ask.send(emulator).await;
        let named = named(&answer);
        if answer.status != self.status || !named.split(", ").any(|one| one == name) {
            return Err(format!("expected {}, got {} with {named:?}", self.status, answer.status));
        }
        let known =
            vendors::ALL.iter().flat_map(|api| api.behaviours).find(|behaviour| behaviour.name == name);
        match known {
            Some(behaviour) if !behaviour.codes.contains(&self.status) => {
                Err(format!("its row lists the statuses {:?}, not {}", behaviour.codes, self.status))
            }
            _ => Ok(()),
        }
    }
}

fn named(answer: &Answer) -> &str {
    answer.header("scandouble-behaviour").unwrap_or_default()
}
