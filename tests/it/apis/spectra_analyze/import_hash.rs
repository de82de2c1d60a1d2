//! Import hashes: PE files have one, nothing else does.

use super::*;
use crate::harness::start;

const FIXTURES: &str = "
accounts: { spectra_analyze: [ { token: exampletoken } ] }
samples:
  - { name: given.exe, content: one, verdict: clean, imphash: 0123456789ABCDEF0123456789abcdef }
  - { name: derived.dll, content: two, verdict: clean }
  - { name: no-name, content: three, verdict: clean, type: application/vnd.microsoft.portable-executable }
  - { name: with-imphash, content: six, verdict: clean, imphash: 0123456789abcdef0123456789abcdef }
  - { name: old.com, content: four, verdict: clean, imphash: 0123456789abcdef0123456789abcdef }
  - { name: notes.txt, content: five, verdict: clean, imphash: 0123456789abcdef0123456789abcdef }
";

async fn import_hashes(emulator: &Emulator, path: &str) -> Vec<Option<String>> {
    use sha1::Digest as _;
    let sha1 = |text: &str| scandouble::internals::ids::hex(&sha1::Sha1::digest(text));
    let hashes = ["one", "six", "two", "three", "four", "five"].map(sha1);
    let body = serde_json::json!({ "hash_value": hashes, "analysis": "core" });
    let answer = authorized(path).json(&body.to_string()).send(emulator).await.json();
    let entries = answer["results"].as_array().expect("entries");
    entries.iter().map(|entry| entry["detail"]["imphash"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn pe_files_have_one_and_other_files_have_none() {
    let emulator = start(FIXTURES).await;
    let bulk = import_hashes(&emulator, BULK).await;
    assert_eq!(bulk[0].as_deref(), Some("0123456789abcdef0123456789abcdef"));
    assert_eq!(bulk[1], bulk[0], "what has one and no type is a PE file");
    for derived in &bulk[2..4] {
        let text = derived.as_deref().expect("a derived one");
        assert!(text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()), "{text}");
    }
    assert_ne!(bulk[2], bulk[3]);
    assert_eq!(bulk[4..], [None, None]);
    let v2 = import_hashes(&emulator, V2).await;
    assert_eq!(v2[..4], bulk[..4]);
    assert_eq!(v2[4..], [Some(String::new()), Some(String::new())]);
    assert_eq!(import_hashes(&start(FIXTURES).await, BULK).await, bulk, "the same in every run");
}
