//! The admin API: a file per resource, access control, errors, and the OpenAPI document.

mod accounts;
mod clock;
mod console;
mod documents;
mod errors;
mod faults;
mod guard;
mod index;
mod openapi;
mod paths;
mod samples;
mod settings;
mod worlds;

use scandouble::Emulator;

pub use crate::harness::problem;
use crate::harness::{self, Answer, ask, get, post};

/// A key with a look-up limit of 7, a user, and one sample.
pub const FIXTURE: &str = "
accounts:
  metadefender_cloud: [{key: k7, lookup_limit: 7}]
  spectra_intelligence: [{user: u/one, password: p}]
samples:
  - {name: known.txt, content: known, verdict: clean}
";

/// The md5 of the sample.
pub const KNOWN: &str = "c90ae688b2a3b1fd0751fd743eb385cd";

pub async fn emulator() -> Emulator {
    harness::start(FIXTURE).await
}

/// Looks `hash` up with the key `k7`, in the world of `prefix`.
pub async fn look_up(emulator: &Emulator, prefix: &str, hash: &str) -> Answer {
    let body = format!("{{\"hash\":[\"{hash}\"]}}");
    post(&format!("{prefix}/v2/hash")).header("apikey", "k7").json(&body).send(emulator).await
}

/// Calls the admin API with a JSON body.
pub async fn call_admin(emulator: &Emulator, method: &str, path: &str, body: &str) -> Answer {
    ask(method, path).json(body).send(emulator).await
}

/// Asserts that `path` answers with JSON, and returns it.
pub async fn get_json(emulator: &Emulator, path: &str) -> serde_json::Value {
    let answer = get(path).send(emulator).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    answer.json()
}
