//! Many requests at once, over sockets and with several threads: what is limited is accepted exactly as often as is allowed,
//! what happens once happens once, and a change of fixtures or a reset is seen as a whole or not at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use scandouble::Emulator;
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::harness::program::file;
use crate::harness::{Answer, Ask, clock, get, instant, post, sha1, start};

const CLIENTS: usize = 64;

/// Sends `CLIENTS` requests at the same time, the one of each client; the answers.
async fn at_once(emulator: &Arc<Emulator>, ask: impl Fn(usize) -> Ask) -> Vec<Answer> {
    let together = Arc::new(Barrier::new(CLIENTS));
    let mut tasks = JoinSet::new();
    for client in 0..CLIENTS {
        let (ask, emulator, together) = (ask(client), emulator.clone(), together.clone());
        tasks.spawn(async move {
            together.wait().await;
            ask.send(&emulator).await
        });
    }
    tasks.join_all().await
}

fn count(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

const LIMITED: &str = "
accounts:
  spectra_intelligence: [{user: u/rate, password: p}, {user: u/quota, password: p, daily_quota: 7}]
  spectra_analyze: [{token: t}]
  metadefender_cloud: [{key: k, lookup_limit: 11}]
samples: [{name: a, content: a, verdict: clean}, {name: b, content: b, verdict: clean}]
settings: {spectra-intelligence.rate-limit: 10}
";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_requests_at_once_exactly_the_limit_is_accepted() {
    let emulator = Arc::new(start(LIMITED).await);
    let rescan = |user: &'static str| {
        let path = format!("/api/rescan/v1/query/sha1/{}", sha1("a"));
        move |_: usize| get(&path).basic(user, "p")
    };
    for _ in 0..5 {
        // The clock is frozen, so all of these are in the same second.
        let rate = at_once(&emulator, rescan("u/rate")).await;
        assert_eq!((count(&rate, 200), count(&rate, 429)), (10, CLIENTS - 10));
        post("/_scandouble/clock/advance").json(r#"{"by":"1s"}"#).send(&emulator).await;
    }
    let raise = crate::harness::ask("PUT", "/_scandouble/settings/spectra-intelligence.rate-limit");
    assert_eq!(raise.json(r#"{"value":"0"}"#).send(&emulator).await.status, 200);
    let quota = at_once(&emulator, rescan("u/quota")).await;
    assert_eq!((count(&quota, 200), count(&quota, 429)), (7, CLIENTS - 7));
    let look_up = |_| post("/v2/hash").header("apikey", "k").json(&json!({"hash": [sha1("a")]}).to_string());
    let looked_up = at_once(&emulator, look_up).await;
    assert_eq!(
        count(&looked_up, 200),
        11,
        "{:?}",
        looked_up.iter().map(|one| one.status).collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_analyses_at_once_is_new() {
    let emulator = Arc::new(start(LIMITED).await);
    for round in 0..10 {
        let world = format!("/_world/r{round}");
        let path = format!("{world}/api/samples/{}/analyze/", sha1("a"));
        let analyze = |_| post(&path).header("Authorization", "Token t").form("analysis=cloud");
        let answers = at_once(&emulator, analyze).await;
        assert_eq!((count(&answers, 201), count(&answers, 200)), (1, CLIENTS - 1));
        let queue = get(&format!("{world}/_scandouble/queue")).send(&emulator).await.json();
        assert_eq!(queue["total"], 1, "{queue}");
        let journal = get(&format!("{world}/_scandouble/journal?limit=0")).send(&emulator).await.json();
        assert_eq!(journal["matching"], CLIENTS, "every request has an entry, and one only");
    }
}

/// Looks up both samples in one request, again and again, until `done`. Returns the pairs of results.
async fn look_up_both(emulator: Arc<Emulator>, path: String, done: Arc<AtomicBool>) -> Vec<(Value, Value)> {
    let ask = post(&path).header("apikey", "k").json(&json!({"hash": [sha1("a"), sha1("b")]}).to_string());
    let mut pairs = Vec::new();
    while !done.load(Ordering::Relaxed) {
        let answer = ask.clone().send(&emulator).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let list = answer.json();
        pairs.push((list[0]["scan_result"].clone(), list[1]["scan_result"].clone()));
    }
    pairs
}

/// Looks up both samples from several clients while `change` runs; each pair must be one of `allowed`, and each of them is seen.
async fn assert_whole(
    emulator: &Arc<Emulator>,
    path: &str,
    allowed: &[(Value, Value)],
    change: impl Future<Output = ()>,
) {
    let done = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    for _ in 0..4 {
        clients.spawn(look_up_both(emulator.clone(), path.to_owned(), done.clone()));
    }
    change.await;
    done.store(true, Ordering::Relaxed);
    let seen: Vec<_> = clients.join_all().await.concat();
    let other = seen.iter().find(|pair| !allowed.contains(pair));
    assert_eq!(other, None, "half of a change was seen");
    assert!(allowed.iter().all(|pair| seen.contains(pair)), "{} answers, and never both states", seen.len());
}

fn set(verdict: &str) -> String {
    format!(
        "accounts: {{metadefender_cloud: [{{key: k, lookup_limit: 1000000000}}]}}
samples: [{{name: a, content: a, verdict: {verdict}}}, {{name: b, content: b, verdict: {verdict}}}]"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reload_under_load_shows_the_old_fixtures_or_the_new_ones() {
    let path = file("at-once-reload.yaml", &set("clean"));
    let emulator = Emulator::builder().fixtures(&path).start().await.expect("starts");
    clock(&emulator).freeze(Some(instant(crate::harness::NOW)));
    let emulator = Arc::new(emulator);
    let allowed = [(json!(0), json!(0)), (json!(1), json!(1))];
    assert_whole(&emulator, "/v2/hash", &allowed, async {
        for round in 0..40 {
            file("at-once-reload.yaml", &set(["infected", "clean"][round % 2]));
            let reload = post("/_scandouble/fixtures/reload").send(&emulator).await;
            assert_eq!(reload.status, 200, "{}", reload.text());
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_fixture_and_a_reset_under_load_are_seen_as_a_whole() {
    let emulator = Arc::new(start(&set("clean")).await);
    let allowed = [(json!(0), json!(0)), (json!(1), json!(1))];
    assert_whole(&emulator, "/_world/w/v2/hash", &allowed, async {
        for _ in 0..40 {
            let samples = set("infected").lines().last().expect("samples").to_owned();
            let load = post("/_world/w/_scandouble/samples").body(samples).send(&emulator).await;
            assert_eq!(load.status, 200, "{}", load.text());
            let reset =
                post("/_world/w/_scandouble/reset").json(r#"{"parts":["samples"]}"#).send(&emulator).await;
            assert_eq!(reset.status, 200, "{}", reset.text());
        }
    })
    .await;
}
