//! `scandouble import`: recorded replies become a fixture that gives the same answers.

use scandouble::Emulator;
use scandouble::internals::replay::import::{self, Owners};
use scandouble::internals::vendors::import::Note;
use serde_json::{Value, json};

use crate::harness::program::{file, outcome, outcome_fed, program};
use crate::harness::{Answer, Ask, NOW, clock, get, post, start_builtin};

mod bare_replies;
mod estimates;
mod merged_samples;
mod program;
mod published;
mod sessions;
mod unmapped_fields;

/// Imports a recorded text; returns the fixture and the notes.
fn imported(name: &str, text: &str) -> (Value, Vec<String>) {
    let (exchanges, faults) = import::exchanges(name, text).expect("a capture");
    assert_eq!(faults, [""; 0]);
    let owners = Owners::new(None, &[]).expect("owners");
    let imported = import::fixture(&exchanges, &owners, true);
    let line = |note: &Note| format!("{}{note}", if note.lost { "lost: " } else { "" });
    (imported.fixture, imported.notes.iter().map(line).collect())
}

/// Starts an emulator with only this fixture, which accepts any credential.
async fn serving(fixture: &Value) -> Emulator {
    let builder =
        Emulator::builder().fixtures_text("imported.json", fixture.to_string()).setting("auth", "any");
    let emulator = builder.start().await.unwrap_or_else(|error| panic!("{error} in {fixture:#}"));
    clock(&emulator).freeze(Some(NOW.parse().expect("a timestamp")));
    emulator
}

/// Sends requests to the built-in sets, imports the session from the journal, and repeats the requests with the
/// imported fixture. Every answer must be identical to the byte. Returns the notes of the import.
async fn session(asks: &[Ask]) -> Vec<String> {
    let real = start_builtin().await;
    let mut answers = Vec::new();
    for ask in asks {
        answers.push(ask.clone().send(&real).await);
    }
    let har = get("/_scandouble/journal?format=har").send(&real).await;
    let (fixture, notes) = imported("session.har", har.text());
    let double = serving(&fixture).await;
    for (ask, expected) in asks.iter().zip(&answers) {
        let answer = ask.clone().send(&double).await;
        let plain = |answer: &Answer| (answer.status, answer.header("content-type").map(str::to_owned));
        assert!(
            answer.text() == expected.text(),
            "{ask:?}\n{}\n{}\n{fixture}",
            answer.text(),
            expected.text()
        );
        assert_eq!(plain(&answer), plain(expected), "{ask:?}");
    }
    notes
}

/// The hashes of this kind of all samples of the built-in sets.
async fn hashes(kind: &str) -> Vec<String> {
    let emulator = start_builtin().await;
    let list = get("/_scandouble/samples?limit=1000").send(&emulator).await.json();
    let samples = list["samples"].as_array().expect("samples");
    assert!(samples.len() > 40);
    let mut all = Vec::new();
    for sample in samples {
        let path = format!("/_scandouble/samples/{}", sample["sha256"].as_str().expect("a hash"));
        let shown = get(&path).send(&emulator).await.json();
        all.push(shown["sample"][kind].as_str().expect("a hash").to_owned());
    }
    all
}

#[tokio::test]
async fn imported_core_results_are_identical_to_the_byte() {
    let mut unfinished = 0;
    let real = start_builtin().await;
    for hash in hashes("sha1").await {
        let path = format!("/hash/{hash}");
        let answer = get(&path).send(&real).await;
        let (fixture, notes) = imported("reply.json", answer.text());
        let lost: Vec<_> = notes.iter().filter(|line| line.starts_with("lost: ")).collect();
        let again = get(&path).send(&serving(&fixture).await).await;
        if answer.json()["process_info"]["result"] == "Processing" {
            // Progress depends on values that a reply does not contain; a note reports it.
            unfinished += 1;
            assert!(lost[0].contains("scan_results.progress_percentage: is "), "{lost:?}");
            assert_eq!(again.json()["scan_results"]["scan_all_result_i"], 255);
            continue;
        }
        assert_eq!(again.text(), answer.text(), "with {fixture:#}");
        assert_eq!(lost, [""; 0]);
    }
    assert_eq!(unfinished, 2);
}

#[tokio::test]
async fn imported_cloud_sessions_are_identical_to_the_byte() {
    let hashes = hashes("md5").await;
    let key = ("apikey", "exampleapikey");
    let list = |hashes: &[String]| json!({ "hash": hashes }).to_string();
    for hash in &hashes {
        let ask = |path: String| get(&path).header(key.0, key.1);
        let notes = session(&[ask(format!("/v4/hash/{hash}")), ask(format!("/v2/hash/{hash}"))]).await;
        assert!(notes.iter().all(|line| !line.starts_with("lost: ")), "{notes:#?}");
    }
    let unknown = ["abc".to_owned(), "0".repeat(40)];
    let body = list(&[&hashes[..], &unknown].concat());
    let v2 = post("/hash").header(key.0, key.1);
    let v4 = post("/v4/hash").header(key.0, key.1).header("includescandetails", "1").json(&list(&hashes));
    let notes =
        session(&[v2.clone().body(body.clone()), v2.header("include_scan_details", "1").body(body), v4])
            .await;
    assert!(notes.iter().all(|line| !line.starts_with("lost: ") || is_expected_loss(line)), "{notes:#?}");
}

/// Whether a note is about a result without details, whose engines are unknown.
fn is_expected_loss(line: &str) -> bool {
    line.contains("total_detected_avs: is ")
}

#[tokio::test]
async fn imported_spectra_analyze_sessions_are_identical_to_the_byte() {
    let all = hashes("sha1").await;
    let token = |ask: Ask| ask.header("Authorization", "Token exampletoken");
    let form = |hashes: &[String]| {
        let pairs: Vec<String> = hashes.iter().map(|hash| format!("hash_value={hash}")).collect();
        format!("{}&analysis=cloud,core", pairs.join("&"))
    };
    let mut asked = all.clone();
    asked.push("0".repeat(40));
    let status: Vec<String> = asked.iter().map(|hash| format!("hash_values={hash}")).collect();
    let mut asks = vec![
        token(post("/api/samples/analyze_bulk/")).form(&form(&asked)),
        token(post("/api/samples/analyze_bulk/")).form(&form(&asked)),
        token(post("/api/samples/v2/analyze_bulk/")).form(&form(&asked)),
        token(post("/api/samples/status/")).form(&status.join("&")),
    ];
    for hash in &asked {
        asks.push(token(post(&format!("/api/samples/{hash}/analyze/"))).form("analysis=core"));
    }
    session(&asks).await;
}

#[tokio::test]
async fn imported_spectra_intelligence_sessions_are_identical_to_the_byte() {
    let mut all = hashes("sha256").await;
    all.push("0".repeat(64));
    let known = |ask: Ask| ask.basic("u/scandouble", "scandouble");
    let asked = [&all[..], &["x".to_owned()]].concat();
    let body = json!({ "rl": { "query": { "hash_type": "sha256", "hashes": asked } } });
    let bulk = |path: &str| {
        known(post(path)).header("Content-Type", "application/octet-stream").body(body.to_string())
    };
    let asks = [
        bulk("/api/rescan/v1/bulk_query/json"),
        known(get(&format!("/api/rescan/v1/query/sha256/{}", all[0]))),
        known(get(&format!("/api/rescan/v1/query/sha256/{}", "0".repeat(64)))),
        bulk("/api/rescan/v1/bulk_query/json?format=xml"),
    ];
    let notes = session(&asks).await;
    assert!(notes.iter().all(|line| !line.starts_with("lost: ")), "{notes:#?}");
    let xml = session(&asks[3..]).await;
    assert!(xml.iter().all(|line| !line.starts_with("lost: ")), "{xml:#?}");
}

/// An HTTP archive of these entries.
fn har(entries: &[Value]) -> String {
    json!({ "log": { "entries": entries } }).to_string()
}
