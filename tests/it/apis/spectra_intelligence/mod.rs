//! Spectra Intelligence over HTTP.

mod access;
mod body;
mod bulk;
mod injected;
mod limits;
mod page;
mod rescans;
mod single;

use crate::harness::{self, Answer, Ask, post};
use scandouble::Emulator;

const MD5: &str = "900150983cd24fb0d6963f7d28e17f72";
const SHA1: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";
const SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const NOT_STORED: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const NOT_KNOWN: &str = "cccccccccccccccccccccccccccccccc";
const NEVER_SEEN: &str = "dddddddddddddddddddddddddddddddd";

const FIXTURES: &str = "
accounts:
  spectra_intelligence:
    - { user: u/one, password: 'pass:word' }
    - { user: u/two, password: two }
    - { user: u/out, password: p, suspended: true }
    - { user: u/none, password: p, entitled: false }
samples:
  - name: abc.txt
    md5: 900150983cd24fb0d6963f7d28e17f72
    sha1: a9993e364706816aba3e25717850c26c9cd0d89d
    sha256: ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
    verdict: clean
    after_rescan: { verdict: infected, threat: Late }
  - { name: b, md5: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, verdict: clean, spectra_intelligence: { stored: false } }
  - { name: c, md5: cccccccccccccccccccccccccccccccc, verdict: clean, spectra_intelligence: { known: false } }
";

const TEXT: &str = "text/plain; charset=utf-8";
const OCTETS: &str = "application/octet-stream";
const JSON: &str = "/api/rescan/v1/bulk_query/json";
const XML: &str = "/api/rescan/v1/bulk_query/xml";

async fn start() -> Emulator {
    harness::start(FIXTURES).await
}

fn single(hash_type: &str, hash_value: &str) -> Ask {
    harness::get(&format!("/api/rescan/v1/query/{hash_type}/{hash_value}")).basic("u/one", "pass:word")
}

fn bulk(path: &str, body: impl Into<Vec<u8>>) -> Ask {
    post(path).basic("u/one", "pass:word").header("Content-Type", OCTETS).body(body)
}

fn query(hash_type: &str, hashes: &[&str]) -> String {
    serde_json::json!({"rl": {"query": {"hash_type": hash_type, "hashes": hashes}}}).to_string()
}

/// Asserts a plain-text reply and its behaviour.
#[track_caller]
fn assert_text(answer: &Answer, status: u16, text: &str, id: &str, provenance: &str) {
    answer.assert_reply(status, TEXT, text, &format!("spectra-intelligence/{id}"), provenance);
}

/// Asserts a reply without a body, and its behaviour.
#[track_caller]
fn assert_empty_body(answer: &Answer, status: u16, id: &str, provenance: &str) {
    answer.assert_reply(status, "", "", &format!("spectra-intelligence/{id}"), provenance);
}
