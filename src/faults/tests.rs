//! Rules without a server.

use std::time::Duration;

use bytes::Bytes;

use super::index::LARGE;
use super::*;

fn rule(id: &str, when: When) -> Rule {
    let effect = Effect { refusal: Some(Refusal::Revoked), ..Effect::default() };
    Rule { id: id.to_owned(), matching: RequestMatcher::default(), when, effect }
}

const TARGET: FaultTarget<'static> = FaultTarget {
    api: "an-api",
    method: "GET",
    path: "/hash/AbC",
    account: "one",
    is_public: false,
    body: None,
};

async fn pattern(when: When, of: usize) -> String {
    let faults = Faults::default();
    faults.put(rule("r", when));
    let mut fired = String::new();
    for _ in 0..of {
        fired.push(if faults.inject(&TARGET).await.is_some() { 'x' } else { '.' });
    }
    fired
}

#[tokio::test]
async fn rules_fire_as_often_as_they_say() {
    assert_eq!(pattern(When::Always, 4).await, "xxxx");
    assert_eq!(pattern(When::Next(2), 4).await, "xx..");
    assert_eq!(pattern(When::Every(3), 7).await, "..x..x.");
    let chance = When::Chance { probability: 0.5, seed: 7 };
    assert_eq!(pattern(chance, 50).await, pattern(chance, 50).await, "repeatable");
    let fired = pattern(chance, 1000).await.matches('x').count();
    assert!((400..600).contains(&fired), "{fired}");
    assert_eq!(pattern(When::Chance { probability: 1.0, seed: 1 }, 3).await, "xxx");
    assert_eq!(pattern(When::Chance { probability: 0.0, seed: 1 }, 3).await, "...");
}

#[tokio::test]
async fn only_credentials_that_are_read_can_be_refused() {
    let faults = Faults::default();
    faults.put(rule("refuses", When::Every(2)));
    let public = FaultTarget { is_public: true, ..TARGET };
    for (target, seen) in [(TARGET, 1), (public, 1), (public, 1)] {
        assert!(faults.inject(&target).await.is_none());
        assert_eq!(faults.list()[0].seen, seen);
    }
    assert!(faults.inject(&TARGET).await.is_some());
    let effect = Effect { latency: Some(Latency::Fixed(Duration::ZERO)), ..Effect::default() };
    faults.put(Rule { effect, ..rule("delays", When::Always) });
    let injection = faults.inject(&public).await.expect("a fault");
    assert_eq!(injection.rules, ["delays"]);
}

async fn fits(matching: RequestMatcher, body: Option<&Bytes>) -> bool {
    let faults = Faults::default();
    faults.put(Rule { matching, ..rule("r", When::Always) });
    faults.inject(&FaultTarget { body, ..TARGET }).await.is_some()
}

#[tokio::test]
async fn rules_match_only_the_requests_they_name() {
    let hash = |text: &str| RequestMatcher {
        hash: Some(Needle::hash(text).expect("a hash")),
        ..RequestMatcher::default()
    };
    assert!(fits(hash("abc"), None).await && !fits(hash("abd"), None).await);
    for len in [0, LARGE + 1] {
        let body = Bytes::from("x".repeat(len) + "%41bD");
        assert!(fits(hash("abd"), Some(&body)).await && !fits(hash("abe"), Some(&body)).await, "{len}");
    }
    let endpoint = |path: &str| RequestMatcher {
        endpoint: Some(("GET".to_owned(), path.to_owned())),
        ..RequestMatcher::default()
    };
    assert!(fits(endpoint("/hash/{hash}"), None).await);
    assert!(!fits(endpoint("/hash"), None).await && !fits(endpoint("/hash/{hash}/more"), None).await);
    assert!(!fits(RequestMatcher { api: Some("other"), ..RequestMatcher::default() }, None).await);
    assert!(
        !fits(RequestMatcher { account: Some("two".to_owned()), ..RequestMatcher::default() }, None).await
    );
}

#[tokio::test]
async fn rules_that_match_are_found_among_many_and_join_in_their_order() {
    let faults = Faults::default();
    let matcher = |at: usize, matches: bool| {
        let (api, account) = if matches { ("an-api", "one") } else { ("other", "two") };
        let path = if matches { "/hash/{hash}" } else { "/file" };
        let hash = Needle::hash(if matches { "abc" } else { "0123456789" }).expect("a hash");
        RequestMatcher {
            api: (at & 1 > 0).then_some(api),
            account: (at & 2 > 0).then(|| account.to_owned()),
            endpoint: (at & 4 > 0).then(|| ("get".to_owned(), path.to_owned())),
            hash: (at & 8 > 0).then_some(hash),
        }
    };
    // Each combination of conditions; a rule without conditions always matches.
    let mut expected = Vec::new();
    for at in (0..64).rev() {
        let id = at.to_string();
        let matches = at >= 32 || at % 16 == 0;
        faults.put(Rule { matching: matcher(at, matches), ..rule(&id, When::Always) });
        if matches {
            expected.push(id);
        }
    }
    let injection = faults.inject(&TARGET).await.expect("some match");
    assert_eq!(injection.rules, expected);
    faults.remove("40");
    expected.retain(|id| id != "40");
    assert_eq!(faults.inject(&TARGET).await.expect("some match").rules, expected);
}

#[tokio::test]
async fn a_replaced_rule_counts_from_zero() {
    let faults = Faults::default();
    faults.put(rule("r", When::Next(1)));
    let _ = (faults.inject(&TARGET).await, faults.inject(&TARGET).await);
    let status = &faults.list()[0];
    assert_eq!((status.seen, status.fired), (2, 1));
    faults.put(rule("r", When::Always));
    assert_eq!((faults.list().len(), faults.list()[0].seen), (1, 0));
    assert!(faults.remove("r") && !faults.remove("r"));
}

#[tokio::test]
async fn an_ended_latency_delays_no_request() {
    let hour = Effect { latency: Some(Latency::Fixed(Duration::from_secs(3600))), ..Effect::default() };
    let faults = Faults::default();
    faults.put(Rule { effect: hour.clone(), ..rule("r", When::Always) });
    let injection = faults.inject(&TARGET).await.expect("fired");
    faults.end_latencies();
    assert!(injection.delay().await);
    faults.put(Rule { effect: hour, ..rule("later", When::Always) });
    assert!(faults.inject(&TARGET).await.expect("fired").delay().await);
}
