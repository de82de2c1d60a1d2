//! The faults that are injected into one request.

use tokio::sync::watch;

use super::rule::{Effect, Rule};

/// The faults that are injected into one request: the combined effects of all rules that fired. Where two disagree, the first
/// one wins.
#[derive(Clone, Debug, Default)]
pub struct Injection {
    /// The ids of the rules.
    pub rules: Vec<String>,
    /// Their combined effect.
    pub effect: Effect,
    latency_ended: Option<watch::Receiver<bool>>,
}

impl Injection {
    pub(super) fn join(&mut self, rule: &Rule, latency_ended: &watch::Sender<bool>) {
        let effect = &rule.effect;
        if self.effect.latency.is_none() && effect.latency.is_some() {
            self.latency_ended = Some(latency_ended.subscribe());
        }
        self.rules.push(rule.id.clone());
        self.effect.join(effect);
    }

    /// Waits for the injected latency, in real time, if there is one. The wait ends early if the rule is removed or replaced,
    /// the faults of the world are reset, the world is removed, or the server stops. True if there was a latency.
    pub async fn delay(&self) -> bool {
        let Some(latency) = self.effect.latency else { return false };
        let Some(mut latency_ended) = self.latency_ended.clone() else { return false };
        tokio::select! {
            () = tokio::time::sleep(latency.draw()) => {}
            _ = latency_ended.wait_for(|latency_ended| *latency_ended) => {}
        }
        true
    }
}
