//! Rules without a server.

use super::*;

fn rule(id: &str, when: When) -> Rule {
    let effect = Effect { refusal: Some(Refusal::Revoked), ..Effect::default() };
    Rule { id: id.to_owned(), matching: Matching::default(), when, effect }
}

const TARGET: Target<'static> =
    Target { api: "an-api", method: "GET", path: "/hash/AbC", account: "one", body: None };

async fn pattern(when: When, of: usize) -> String {
    let faults = Faults::default();
    faults.put(rule("r", when));
    let mut struck = String::new();
    for _ in 0..of {
        struck.push(if faults.strike(&TARGET).await.is_some() { 'x' } else { '.' });
    }
    struck
}

#[tokio::test]
async fn rules_strike_as_often_as_they_say() {
    assert_eq!(pattern(When::Always, 4).await, "xxxx");
    assert_eq!(pattern(When::Next(2), 4).await, "xx..");
    assert_eq!(pattern(When::Every(3), 7).await, "..x..x.");
    let chance = When::Chance { probability: 0.5, seed: 7 };
    assert_eq!(pattern(chance, 50).await, pattern(chance, 50).await, "repeatable");
    let struck = pattern(chance, 1000).await.matches('x').count();
    assert!((400..600).contains(&struck), "{struck}");
    assert_eq!(pattern(When::Chance { probability: 1.0, seed: 1 }, 3).await, "xxx");
    assert_eq!(pattern(When::Chance { probability: 0.0, seed: 1 }, 3).await, "...");
}

async fn fits(matching: Matching, body: Option<&Bytes>) -> bool {
    let faults = Faults::default();
    faults.put(Rule { matching, ..rule("r", When::Always) });
    faults.strike(&Target { body, ..TARGET }).await.is_some()
}

#[tokio::test]
async fn rules_look_only_at_what_they_match() {
    let hash =
        |text: &str| Matching { hash: Some(Needle::hash(text).expect("a hash")), ..Matching::default() };
    assert!(fits(hash("abc"), None).await && !fits(hash("abd"), None).await);
    for len in [0, LARGE + 1] {
        let body = Bytes::from("x".repeat(len) + "%41bD");
        assert!(fits(hash("abd"), Some(&body)).await && !fits(hash("abe"), Some(&body)).await, "{len}");
    }
    let endpoint =
        |path: &str| Matching { endpoint: Some(("GET".to_owned(), path.to_owned())), ..Matching::default() };
    assert!(fits(endpoint("/hash/{hash}"), None).await);
    assert!(!fits(endpoint("/hash"), None).await && !fits(endpoint("/hash/{hash}/more"), None).await);
    assert!(!fits(Matching { api: Some("other"), ..Matching::default() }, None).await);
    assert!(!fits(Matching { account: Some("two".to_owned()), ..Matching::default() }, None).await);
}

#[tokio::test]
async fn counts_are_kept_and_a_rule_of_the_same_id_starts_anew() {
    let faults = Faults::default();
    faults.put(rule("r", When::Next(1)));
    let _ = (faults.strike(&TARGET).await, faults.strike(&TARGET).await);
    let standing = &faults.list()[0];
    assert_eq!((standing.seen, standing.fired), (2, 1));
    faults.put(rule("r", When::Always));
    assert_eq!((faults.list().len(), faults.list()[0].seen), (1, 0));
    assert!(faults.remove("r") && !faults.remove("r"));
}

#[tokio::test]
async fn a_latency_that_has_ended_delays_nobody_any_more() {
    let hour = Effect { latency: Some(Latency::Fixed(Duration::from_secs(3600))), ..Effect::default() };
    let faults = Faults::default();
    faults.put(Rule { effect: hour.clone(), ..rule("r", When::Always) });
    let strike = faults.strike(&TARGET).await.expect("struck");
    faults.end_latencies();
    assert!(strike.delay().await);
    faults.put(Rule { effect: hour, ..rule("later", When::Always) });
    assert!(faults.strike(&TARGET).await.expect("struck").delay().await);
}
