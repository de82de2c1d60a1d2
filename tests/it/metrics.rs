//! `GET /_scandouble/metrics`: counters as Prometheus text.

use std::collections::BTreeMap;

use scandouble::Emulator;

use crate::admin::{KNOWN, call_admin, emulator, look_up};
use crate::harness::{exchange, get, start_with};

/// The samples by name and labels. Every line must have the form of the text format.
async fn scrape(emulator: &Emulator) -> BTreeMap<String, f64> {
    let answer = get("/_scandouble/metrics").send(emulator).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let mut family = "";
    let mut samples = BTreeMap::new();
    for line in answer.text().lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            family = comment.split(' ').nth(1).expect("a name");
            continue;
        }
        let (name, value) = line.rsplit_once(' ').expect("a sample");
        assert!(name.starts_with(family) && family.starts_with("scandouble_"), "{line} is not of {family}");
        let known = samples.insert(name.to_owned(), value.parse().expect("a number"));
        assert!(known.is_none(), "{name} came twice");
    }
    samples
}

#[tokio::test]
async fn requests_are_counted_by_api_behaviour_and_status() {
    let emulator = emulator().await;
    let none = scrape(&emulator).await;
    assert!(none.keys().all(|name| !name.contains("requests_total{api=\"metadefender")), "{none:?}");
    for world in ["", "/_world/a", "/_world/b"] {
        look_up(&emulator, world, KNOWN).await;
    }
    get("/hash/abc").send(&emulator).await;
    get("/nowhere").send(&emulator).await;
    let fault = r#"{"match":{"endpoint":"GET /version"},"then":{"status":599,"body":"x"}}"#;
    call_admin(&emulator, "PUT", "/_scandouble/faults/f", fault).await;
    get("/version").send(&emulator).await;
    exchange(emulator.address(), b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n").await;
    exchange(emulator.address(), b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let samples = scrape(&emulator).await;
    for (name, expected) in [
        (r#"requests_total{api="metadefender-cloud",behaviour="bulk.ok",status="200"}"#, 3.0),
        (r#"requests_total{api="metadefender-core",behaviour="hash.not-found",status="200"}"#, 1.0),
        (r#"requests_total{api="metadefender-core",behaviour="",status="599"}"#, 1.0),
        (r#"requests_total{api="admin",behaviour="",status="200"}"#, 2.0),
        (r#"requests_total{api="none",behaviour="",status="404"}"#, 1.0),
        (r#"requests_total{api="none",behaviour="",status="400"}"#, 1.0),
        (r#"request_duration_seconds_count{api="metadefender-cloud"}"#, 3.0),
        (r#"request_duration_seconds_bucket{api="metadefender-cloud",le="+Inf"}"#, 3.0),
        (r#"request_duration_seconds_count{api="spectra-analyze"}"#, 0.0),
        ("connections_accepted_total", 11.0),
        (r#"malformed_requests_total{status="400"}"#, 2.0),
        ("worlds", 3.0),
        ("worlds_created_total", 2.0),
        ("store_samples", 1.0),
        ("store_up", 1.0),
        ("journal_entries", 6.0),
        ("journal_dropped_total", 0.0),
        ("body_bytes", 0.0),
    ] {
        assert_eq!(samples.get(&format!("scandouble_{name}")), Some(&expected), "{name} in {samples:#?}");
    }
    assert!(samples["scandouble_journal_bytes"] > 1000.0 && samples["scandouble_connections"] >= 1.0);
}

#[tokio::test]
async fn buckets_add_up_and_dropped_entries_are_counted() {
    let emulator = start_with("samples: []", |builder| builder.setting("journal-entries", "2")).await;
    for _ in 0..5 {
        get("/nowhere").send(&emulator).await;
    }
    let samples = scrape(&emulator).await;
    let bucket = |bound: &str| {
        samples[&format!("scandouble_request_duration_seconds_bucket{{api=\"none\",le=\"{bound}\"}}")]
    };
    let bounds = [
        "0.00005", "0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.05", "0.25", "1",
        "10", "+Inf",
    ];
    assert!(bounds.map(bucket).is_sorted());
    assert_eq!((bucket("10"), bucket("+Inf")), (5.0, 5.0));
    let sum = samples["scandouble_request_duration_seconds_sum{api=\"none\"}"];
    assert!(sum > 0.0 && sum < 50.0, "{sum}");
    assert_eq!(samples["scandouble_journal_dropped_total"], 3.0);
}
