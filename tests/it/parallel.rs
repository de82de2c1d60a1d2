//! Isolation of fifty worlds used in parallel, each with its own clock, queue, limit, setting, fault and sample.
//!
//! All values depend on the number of the world, so that a mix-up of two worlds fails.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use scandouble::Emulator;
use scandouble::internals::vendors;
use scandouble::internals::worlds::State;
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::harness::{Answer, Ask, ask, clock, get, instant, post};

const WORLDS: usize = 50;
const EICAR: &str = "3395856ce81f2b7382dee72602f798b642f14140";

/// One of the worlds, by number, and its expected state after [`Tenant::use_world`].
#[derive(Clone, Copy)]
struct Tenant(usize);

impl Tenant {
    fn name(self) -> String {
        format!("tenant-{}", self.0)
    }

    fn path(self, path: &str) -> String {
        format!("/_world/{}{path}", self.name())
    }

    /// The time of its frozen clock: one day after that of the previous world.
    fn instant(self) -> Timestamp {
        instant("2030-01-01T00:00:00Z") + SignedDuration::from_hours(24 * self.0 as i64)
    }

    /// Its lookup limit, and so the number of lookups before one is refused.
    fn limit(self) -> usize {
        2 + self.0 % 7
    }

    /// How often its fault applies.
    fn faults(self) -> usize {
        1 + self.0 % 3
    }

    /// The content of its own sample.
    fn content(self) -> String {
        format!("of {}", self.name())
    }

    fn key(self) -> String {
        format!("key-{}", self.0)
    }

    async fn call_admin(self, emulator: &Emulator, method: &str, path: &str, body: &Value) -> Value {
        let ask = ask(method, &self.path(&format!("/_scandouble/{path}"))).json(&body.to_string());
        let answer = ask.send(emulator).await;
        assert!(matches!(answer.status, 200 | 201), "{path}: {}", answer.text());
        answer.json()
    }

    /// Sets up the world through the admin API.
    async fn set_up(self, emulator: &Emulator) {
        let at = self.instant().to_string();
        self.call_admin(emulator, "PUT", "clock", &json!({ "at": at, "frozen": true })).await;
        let limit = json!({ "value": self.limit() });
        self.call_admin(emulator, "PUT", "settings/metadefender-cloud.lookup-limit", &limit).await;
        let fault = json!({
            "id": self.name(), "match": { "api": "metadefender-core" }, "when": { "next": self.faults() },
            "then": { "status": 503 },
        });
        self.call_admin(emulator, "POST", "faults", &fault).await;
        let fixture = json!({
            "samples": [{ "name": self.name(), "content": self.content(), "verdict": "infected", "threat": "T" }],
            "accounts": { "metadefender_cloud": [{ "key": self.key() }] },
        });
        self.call_admin(emulator, "POST", "samples", &fixture).await;
    }

    /// Exhausts the limit, triggers the fault and queues an analysis.
    async fn use_world(self, emulator: &Emulator) {
        for number in 0..=self.limit() {
            // Without a world in the path, the key selects the world.
            let prefix = if number % 2 == 0 { self.path("") } else { String::new() };
            let answer = self.look_up(emulator, &prefix).await;
            let wanted = if number < self.limit() { 200 } else { 403 };
            assert_eq!(answer.status, wanted, "look-up {number} of {}", self.name());
        }
        for number in 0..=self.faults() {
            let answer = get(&self.path(&format!("/hash/{EICAR}"))).send(emulator).await;
            let wanted = if number < self.faults() { 503 } else { 200 };
            assert_eq!(answer.status, wanted, "result {number} of {}", self.name());
        }
        assert_eq!(self.analyze(emulator).await.status, 201, "{}", self.name());
        assert_eq!(self.analyze(emulator).await.status, 200, "{}", self.name());
    }

    async fn look_up(self, emulator: &Emulator, prefix: &str) -> Answer {
        let body = json!({ "hash": [sha1(&self.content())] }).to_string();
        post(&format!("{prefix}/v2/hash")).header("apikey", &self.key()).json(&body).send(emulator).await
    }

    async fn analyze(self, emulator: &Emulator) -> Answer {
        let path = self.path(&format!("/api/samples/{EICAR}/analyze/"));
        post(&path).header("Authorization", "Token exampletoken").form("analysis=core").send(emulator).await
    }

    /// Asserts that the world has exactly its own state, and nothing of another world.
    fn check(self, emulator: &Emulator) {
        let state = emulator.world(&self.name()).state();
        assert_eq!(state.clock.now(), self.instant(), "{}", self.name());
        self.check_journal(&state);
        self.check_coverage(&state);

        let setting = state.settings.load();
        let limits = setting.list().find(|(setting, _)| setting.name == "metadefender-cloud.lookup-limit");
        assert_eq!(limits.map(|(_, value)| value), Some(self.limit().to_string()));
        let faults: Vec<_> =
            state.faults.list().iter().map(|one| (one.rule.id.clone(), one.seen, one.fired)).collect();
        assert_eq!(faults, [(self.name(), self.faults() as u64 + 1, self.faults() as u64)]);
        let own: Vec<_> = state.overlay.load().samples().map(|sample| sample.name.clone()).collect();
        assert_eq!(own, [self.name()]);
        let queued: Vec<_> = state.queue().all().flat_map(|(_, analyses)| analyses.to_vec()).collect();
        assert_eq!((queued.len(), queued[0].queued_at), (1, self.instant()));
    }

    fn check_journal(self, state: &State) {
        let held = state.journal.snapshot();
        let exchanges = self.limit() + 1 + self.faults() + 1 + 2;
        let numbers: Vec<_> = held.entries.iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, (1..=exchanges as u64).collect::<Vec<_>>(), "{}", self.name());
        for entry in &held.entries {
            let own = entry.head.prefix() == self.path("")
                || entry.head.values("apikey").any(|key| key == self.key().as_bytes());
            assert!(own && entry.at == self.instant(), "{}: {entry:?}", self.name());
        }
    }

    fn check_coverage(self, state: &State) {
        let counts: Vec<_> = vendors::ALL
            .iter()
            .flat_map(|api| api.behaviours)
            .map(|behaviour| (behaviour.name, state.coverage[behaviour.api].of(behaviour)))
            .filter(|(_, count)| *count > 0)
            .collect();
        let wanted = [
            ("spectra-analyze/analyze.single.queued", 1),
            ("spectra-analyze/analyze.single.already-queued", 1),
            ("metadefender-cloud/bulk.ok", self.limit() as u64),
            ("metadefender-cloud/limit.exceeded", 1),
            ("metadefender-core/hash.found", 1),
            ("metadefender-core/error.503", self.faults() as u64),
        ];
        assert_eq!(counts, wanted, "{}", self.name());
    }

    /// Advances the clock, which ends the analysis; asserts that the next world's sample and key are unknown here.
    async fn advance_clock(self, emulator: &Emulator) {
        let seconds = 29 + (self.0 as i64 / 2) % 2;
        self.call_admin(emulator, "POST", "clock/advance", &json!({ "by": seconds })).await;
        let again = if seconds < 30 { 200 } else { 201 };
        let analyzed = self.analyze(emulator).await;
        assert_eq!(analyzed.status, again, "{}", self.name());
        let now = self.instant() + SignedDuration::from_secs(seconds);
        assert_eq!(analyzed.header("date"), date(now).as_deref());

        let neighbour = Self((self.0 + 1) % WORLDS);
        let theirs = sha1(&neighbour.content());
        let unknown = get(&self.path(&format!("/hash/{theirs}"))).send(emulator).await;
        assert_eq!(unknown.header("scandouble-behaviour"), Some("metadefender-core/hash.not-found"));
        assert_eq!(neighbour.look_up(emulator, &self.path("")).await.status, 401);
    }

    /// Asserts that after a reset only the coverage is left.
    async fn check_reset(self, emulator: &Emulator) {
        let state = emulator.world(&self.name()).state();
        assert!(state.clock.hand().is_real() && state.faults.list().is_empty(), "{}", self.name());
        assert!(state.journal.snapshot().entries.is_empty() && state.overlay.load().is_empty());
        assert_eq!(state.queue().all().count(), 0);
        self.check_coverage(&state);
        let unknown = self.look_up(emulator, &self.path("")).await;
        assert_eq!(unknown.status, 401, "its key went with its accounts");
        let built_in: Ask = post(&self.path("/v2/hash")).header("apikey", "exampleapikey");
        let built_in = built_in.json(&json!({ "hash": [EICAR] }).to_string()).send(emulator).await;
        assert_eq!((built_in.status, built_in.header("x-ratelimit-limit")), (200, Some("4000")));
        assert_eq!(self.analyze(emulator).await.status, 201, "the queue is empty");
    }
}

fn sha1(content: &str) -> String {
    crate::every_behaviour::sha1(content)
}

fn date(at: Timestamp) -> Option<String> {
    jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&at).ok()
}

/// Runs a step in all worlds concurrently, and waits for all of them.
async fn all<F: Future<Output = ()> + Send + 'static>(
    emulator: &Arc<Emulator>,
    act: impl Fn(Tenant, Arc<Emulator>) -> F,
) {
    let together = Arc::new(Barrier::new(WORLDS));
    let mut tasks = JoinSet::new();
    for tenant in (0..WORLDS).map(Tenant) {
        let (act, together) = (act(tenant, emulator.clone()), together.clone());
        tasks.spawn(async move {
            together.wait().await;
            act.await;
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("all is well");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_parallel_worlds_are_isolated() {
    let emulator = Arc::new(Emulator::builder().start().await.expect("starts"));
    all(&emulator, |tenant, emulator| async move {
        tenant.set_up(&emulator).await;
        tenant.use_world(&emulator).await;
    })
    .await;
    all(&emulator, |tenant, emulator| async move { tenant.check(&emulator) }).await;

    // Reset every other world while the rest advance their clocks and queues.
    all(&emulator, |tenant, emulator| async move {
        if tenant.0 % 2 == 0 {
            tenant.call_admin(&emulator, "POST", "reset", &json!({})).await;
        } else {
            tenant.advance_clock(&emulator).await;
        }
    })
    .await;
    for tenant in (0..WORLDS).step_by(2).map(Tenant) {
        tenant.check_reset(&emulator).await;
    }

    let default = emulator.world("default").state();
    assert!(clock(&emulator).hand().is_real() && default.faults.list().is_empty());
    assert!(default.journal.snapshot().entries.is_empty(), "nothing came to the default world");
    let touched =
        vendors::ALL.iter().flat_map(|api| api.behaviours).any(|one| default.coverage[one.api].of(one) > 0);
    assert!(!touched && default.overlay.load().is_empty() && default.queue().all().count() == 0);
    let setting = get("/_scandouble/settings/metadefender-cloud.lookup-limit").send(&emulator).await;
    assert_eq!(setting.json()["value"], "4000");
}
