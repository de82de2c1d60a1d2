//! Tests of MetaDefender Cloud.

mod apikeys;
mod bulk;
mod consolidation;
mod hash;
mod injected;
mod keys;
mod limits;
mod page;
mod refusals;
mod settings;
mod v4;
mod v4_files;
mod v4_report;

use crate::harness::{self, Answer, Ask, post};
use scandouble::Emulator;

const CLEAN: &str = "900150983cd24fb0d6963f7d28e17f72";
const CLEAN_SHA1: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";
const CLEAN_SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const CLEAN_SHA512: &str = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                            2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
const RESCANNED: &str = "11111111111111111111111111111111";
const PROGRESSED: &str = "22222222222222222222222222222222";
const UNFINISHED: &str = "33333333333333333333333333333333";
const FAILED: &str = "44444444444444444444444444444444";
const SUSPICIOUS: &str = "55555555555555555555555555555555";
const HIDDEN: &str = "66666666666666666666666666666666";
const UNKNOWN: &str = "dddddddddddddddddddddddddddddddd";

const FIXTURES: &str = r#"
accounts:
  metadefender_cloud:
    - { key: k }
    - { key: two, lookup_limit: 2 }
    - { key: gone, suspended: true }
samples:
  - name: abc.txt
    content: abc
    scanned_at: 2025-05-01T08:09:10.5Z
    threat: ""
    engines:
      - { engine: Zulu, verdict: clean, definitions: 2014-08-07T07:00:00.25Z, scan_time: 78, wait_time: 80 }
      - { engine: "Al\"pha", verdict: failed, definitions: -2d, scan_time: 0.25, wait_time: 95 }
    metadefender_cloud:
      data_id: pinned
      file_id: file
      votes: { up: 2, down: 1 }
      archived: true
      top_threat: 7
      share_file: 0
  - name: rescanned.exe
    md5: 11111111111111111111111111111111
    scans:
      - { verdict: clean, scanned_at: -2d, metadefender_cloud: { data_id: first } }
      - verdict: infected
        scanned_at: -1d
        engines: [ { engine: E, verdict: infected, threat: T, definitions: -3d, scan_time: 1.26, wait_time: 3 } ]
        metadefender_cloud: { data_id: second }
  - name: progressed.zip
    md5: 22222222222222222222222222222222
    scans:
      - { verdict: quarantined, scanned_at: -2d, metadefender_cloud: { data_id: done } }
      - { verdict: infected, scanned_at: now, finishes_after: 90s, metadefender_cloud: { data_id: running } }
  - { name: unfinished, md5: 33333333333333333333333333333333, verdict: clean, in_progress: true, metadefender_cloud: { data_id: later } }
  - { name: failed, md5: 44444444444444444444444444444444, verdict: failed, metadefender_cloud: { data_id: f } }
  - name: suspicious
    md5: 55555555555555555555555555555555
    engines: [ { engine: E, verdict: suspicious, threat: S, definitions: 2026-01-01T00:00:00Z, scan_time: 2, wait_time: 3 } ]
    metadefender_cloud: { data_id: s }
    after_rescan: { verdict: infected, threat: Late, after: 90s }
  - { name: hidden, md5: 66666666666666666666666666666666, verdict: clean, metadefender_cloud: { known: false } }
"#;

const JSON: &str = "application/json; charset=utf-8";

async fn start() -> Emulator {
    harness::start(FIXTURES).await
}

fn bulk(hashes: &[&str]) -> Ask {
    raw(serde_json::json!({ "hash": hashes }).to_string())
}

fn raw(body: impl Into<Vec<u8>>) -> Ask {
    post("/hash").header("apikey", "k").body(body)
}

/// Asserts a reply with these behaviours, ids without the API's name.
#[track_caller]
fn assert_answer(answer: &Answer, status: u16, body: &str, ids: &[&str], provenance: &str) {
    let names: Vec<_> = ids.iter().map(|id| format!("metadefender-cloud/{id}")).collect();
    answer.assert_reply(status, JSON, body, &names.join(", "), provenance);
}

/// The values of the rate limit headers: limit, remaining, used, reset.
#[track_caller]
fn limits(answer: &Answer) -> [&str; 4] {
    assert_eq!(answer.header("x-ratelimit-for"), Some("reputation_api"), "{answer:?}");
    assert_eq!(answer.header("x-ratelimit-interval"), Some("86400"));
    ["limit", "remaining", "used", "reset-in"]
        .map(|name| answer.header(&format!("x-ratelimit-{name}")).expect("the header"))
}

#[track_caller]
fn assert_no_limit_headers(answer: &Answer) {
    assert!(!answer.headers.iter().any(|(name, _)| name.starts_with("x-ratelimit")), "{answer:?}");
}
