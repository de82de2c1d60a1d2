//! `scandouble import`: what was captured becomes a fixture that answers the same.

use scandouble::Emulator;
use scandouble::internals::replay::import::{self, Owners};
use scandouble::internals::vendors::import::Note;
use serde_json::{Value, json};

use crate::harness::program::{file, outcome, program};
use crate::harness::{Answer, Ask, NOW, clock, get, post, start_builtin};

mod estimates;
mod places;
mod program;
mod same_samples;

/// The fixture of a captured text, and what there is to tell.
fn imported(name: &str, text: &str) -> (Value, Vec<String>) {
    let (exchanges, faults) = import::exchanges(name, text).expect("a capture");
    assert_eq!(faults, [""; 0]);
    let owners = Owners::new(None, &[]).expect("owners");
    let imported = import::fixture(&exchanges, &owners, true);
    let line = |note: &Note| format!("{}{note}", if note.lost { "lost: " } else { "" });
    (imported.fixture, imported.notes.iter().map(line).collect())
}

/// An emulator on an imported fixture alone, which takes any credential.
async fn serving(fixture: &Value) -> Emulator {
    let builder =
        Emulator::builder().fixtures_text("imported.json", fixture.to_string()).setting("auth", "any");
    let emulator = builder.start().await.unwrap_or_else(|error| panic!("{error} in {fixture:#}"));
    clock(&emulator).freeze(Some(NOW.parse().expect("a timestamp")));
    emulator
}

/// Asks the built-in sets, imports the session from the journal, and asks the imported fixture the same: every answer must
/// be the same to the byte. Returns what was told.
async fn session(asks: &[Ask]) -> Vec<String> {
    let real = start_builtin().await;
    let mut answers = Vec::new();
    for ask in asks {
        answers.push(ask.clone().send(&real).await);
    }
    let har = get("/_scandouble/journal?format=har").send(&real).await;
    let (fixture, told) = imported("session.har", har.text());
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
    told
}

/// The hashes of all samples of the built-in sets.
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
async fn every_result_of_core_comes_back_to_the_byte() {
    let mut unfinished = 0;
    let real = start_builtin().await;
    for hash in hashes("sha1").await {
        let path = format!("/hash/{hash}");
        let answer = get(&path).send(&real).await;
        let (fixture, told) = imported("reply.json", answer.text());
        let lost: Vec<_> = told.iter().filter(|line| line.starts_with("lost: ")).collect();
        let again = get(&path).send(&serving(&fixture).await).await;
        if answer.json()["process_info"]["result"] == "Processing" {
            // How far it is follows from what a reply does not tell; that is said.
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
async fn sessions_with_the_cloud_come_back_to_the_byte() {
    let hashes = hashes("md5").await;
    let key = ("apikey", "exampleapikey");
    let list = |hashes: &[String]| json!({ "hash": hashes }).to_string();
    for hash in &hashes {
        let ask = |path: String| get(&path).header(key.0, key.1);
        let told = session(&[ask(format!("/v4/hash/{hash}")), ask(format!("/v2/hash/{hash}"))]).await;
        assert!(told.iter().all(|line| !line.starts_with("lost: ")), "{told:#?}");
    }
    let unknown = ["abc".to_owned(), "0".repeat(40)];
    let body = list(&[&hashes[..], &unknown].concat());
    let v2 = post("/hash").header(key.0, key.1);
    let v4 = post("/v4/hash").header(key.0, key.1).header("includescandetails", "1").json(&list(&hashes));
    let told =
        session(&[v2.clone().body(body.clone()), v2.header("include_scan_details", "1").body(body), v4])
            .await;
    assert!(told.iter().all(|line| !line.starts_with("lost: ") || is_odd(line)), "{told:#?}");
}

/// Of results that have no details nobody tells the engines.
fn is_odd(line: &str) -> bool {
    line.contains("total_detected_avs: is ")
}

#[tokio::test]
async fn sessions_with_an_appliance_come_back_to_the_byte() {
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
async fn sessions_with_the_file_service_come_back_to_the_byte() {
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
    let told = session(&asks).await;
    assert!(told.iter().all(|line| !line.starts_with("lost: ")), "{told:#?}");
    let xml = session(&asks[3..]).await;
    assert!(xml.iter().all(|line| !line.starts_with("lost: ")), "{xml:#?}");
}
