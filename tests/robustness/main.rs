//! Whatever a client sends, it gets a well-formed response: thousands of valid requests are sent after random mutations.
//! The random numbers are seeded, so that a failure is reproducible, and it prints the request.
//!
//! `ROUNDS=10000 SEED=7 cargo test --test robustness mutated` runs longer, with other mutations.
//!
//! Many of these tests wait for real timeouts or send hundreds of megabytes, so `cargo test` leaves this binary out, and
//! `tests/all` runs it.

#![allow(unreachable_pub)]

mod at_once;
mod broken;
mod connect;
mod connections;
#[cfg(target_os = "linux")]
mod crowd;
mod half_closed;
#[path = "../it/harness/mod.rs"]
mod harness;
mod hostile;
mod http_layer;
#[cfg(target_os = "linux")]
mod journal_memory;
mod large_bodies;
mod memory;
mod mutate;
mod nesting;
mod request;
mod signals;
mod smuggling;
mod timeouts;
mod valid;

use std::time::Duration;

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use scandouble::Emulator;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use self::mutate::{mutate, mutate_bytes};
use self::request::Request;
use crate::harness::{Answer, clock, get, instant, post};

/// How often each valid request is mutated.
const ROUNDS: u64 = 40;
/// How long an answer may take before it counts as missing.
const PATIENCE: Duration = Duration::from_secs(20);
const LATE: &str = "no answer in time";

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The built-in fixtures without rate limits, so that requests reach the parsers.
async fn start() -> Emulator {
    let builder = Emulator::builder()
        .setting("spectra-intelligence.rate-limit", "0")
        .setting("metadefender-cloud.lookup-limit", "1000000000");
    let emulator = builder.start().await.expect("starts");
    clock(&emulator).freeze(Some(instant(crate::harness::NOW)));
    emulator
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mutated_requests_to_vendor_apis_get_well_formed_responses() {
    let emulator = start().await;
    mutate_and_send(&emulator, &valid::of_vendor_apis(), number("SEED", 1)).await;
    assert_all_succeed(&emulator, &valid::of_vendor_apis()).await;
    // The journal can list whatever was sent.
    for path in [
        "journal?limit=100",
        "journal?limit=100&format=har",
        "journal?limit=9&hash=abc",
        "coverage?format=html",
    ] {
        let listed = get(&format!("/_scandouble/{path}")).send(&emulator).await;
        assert_eq!(listed.status, 200, "{path}: {}", listed.text());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mutated_requests_to_the_admin_api_get_well_formed_responses() {
    let emulator = start().await;
    // Entries for the journal.
    assert_all_succeed(&emulator, &valid::of_vendor_apis()).await;
    let valid = valid::of_admin_api();
    assert_all_succeed(&emulator, &valid).await;
    mutate_and_send(&emulator, &valid, number("SEED", 2)).await;
    assert_eq!(post("/_scandouble/reset").send(&emulator).await.status, 200);
    assert_eq!(post("/_world/r/_scandouble/reset").send(&emulator).await.status, 200);
    assert_all_succeed(&emulator, &valid::of_vendor_apis()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invalid_http_does_not_break_the_server() {
    let emulator = start().await;
    let mut random = ChaCha8Rng::seed_from_u64(number("SEED", 3));
    for _ in 0..number("ROUNDS", ROUNDS) {
        for valid in valid::of_vendor_apis() {
            let mut bytes = valid.bytes(&mut random);
            mutate_bytes(&mut bytes, &mut random);
            let error = match answer(&emulator, &bytes, false).await {
                Ok(answer) if answer.status >= 500 => Some(format!("{answer:?}")),
                Err(error) if error == LATE => Some(error),
                _ => None,
            };
            assert_eq!(error, None, "{}", bytes.escape_ascii());
        }
    }
    assert_all_succeed(&emulator, &valid::of_vendor_apis()).await;
}

/// Sends each of the valid requests many times, each time mutated differently.
async fn mutate_and_send(emulator: &Emulator, valid: &[Request], seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for _ in 0..number("ROUNDS", ROUNDS) {
        for base in valid {
            let request = mutate(base, valid, &mut random);
            let answer = answer(emulator, &request.bytes(&mut random), true).await;
            let checked =
                answer.as_ref().map_err(String::as_str).and_then(|answer| check_answer(&request, answer));
            assert_eq!(checked, Ok(()), "{request:?}\n{answer:?}");
        }
    }
}

/// Asserts that valid requests succeed.
async fn assert_all_succeed(emulator: &Emulator, valid: &[Request]) {
    let mut random = ChaCha8Rng::seed_from_u64(0);
    for request in valid {
        let answer = answer(emulator, &request.bytes(&mut random), true).await.expect("an answer");
        let said = answer.body.escape_ascii();
        assert!(matches!(answer.status, 200 | 201), "{request:?}\n{} {said}", answer.status);
    }
}

/// Sends bytes on a new connection. With `wait` the client keeps its sending side open until it has the answer.
async fn answer(emulator: &Emulator, bytes: &[u8], wait: bool) -> Result<Answer, String> {
    let exchange = async {
        let stream = TcpStream::connect(emulator.address()).await.map_err(|error| error.to_string())?;
        let (mut from, mut to) = stream.into_split();
        let bytes = bytes.to_vec();
        let writing = tokio::spawn(async move {
            let _ = to.write_all(&bytes).await;
            if !wait {
                let _ = to.shutdown().await;
            }
            to
        });
        let mut received = Vec::new();
        let read = from.read_to_end(&mut received).await;
        drop(writing.await);
        Answer::read(&received).ok_or_else(|| format!("no answer but {received:?}; {read:?}"))
    };
    tokio::time::timeout(PATIENCE, exchange).await.unwrap_or_else(|_| Err(LATE.to_owned()))
}

/// The errors in the answer to a well-formed request.
fn check_answer(request: &Request, answer: &Answer) -> Result<(), &'static str> {
    let is_head = request.method == b"HEAD";
    let behaves = answer.header("scandouble-behaviour").is_some();
    let content_type = answer.header("content-type").unwrap_or_default();
    let refused_as_http = request.has_large_head() && matches!(answer.status, 414 | 431);
    if answer.status >= 500 {
        return Err("an internal error");
    }
    if refused_as_http {
        return Ok(());
    }
    let length = answer.header("content-length").and_then(|length| length.parse().ok());
    if answer.status != 204 && !is_head && length != Some(answer.body.len()) {
        return Err("the length is wrong");
    }
    let is_json = content_type.starts_with("application/json") || content_type == "application/problem+json";
    if is_json && !is_head && serde_json::from_slice::<serde_json::Value>(&answer.body).is_err() {
        return Err("the JSON is invalid");
    }
    // The admin API has other formats than JSON for successful answers, but not for refusals.
    if !behaves && !is_json && !matches!(answer.status, 200 | 204) {
        return Err("the format of the answer is unknown");
    }
    Ok(())
}
