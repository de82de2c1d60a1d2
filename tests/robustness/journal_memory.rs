//! The memory that journal entries take, compared with the size that the journal counts for them. It is measured as
//! the resident memory of a separate process.

use std::net::SocketAddr;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::program::{Running, program};
use crate::harness::{Ask, ask, exchange, get, post};

/// Two sizes of a journal. The difference in memory between them is the memory of the entries alone.
const SIZES: [u64; 2] = [4 << 20, 20 << 20];
/// The number of requests per connection.
const BATCH: usize = 200;

/// The resident memory of a process, in bytes.
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a line");
    line.split_whitespace().nth(1).and_then(|text| text.parse::<u64>().ok()).expect("a number") * 1024
}

/// Sends requests on one connection and reads all answers.
async fn send(address: SocketAddr, ask: &Ask, count: usize) {
    let last = String::from_utf8(ask.bytes()).expect("text");
    let one = last.replacen("Connection: close\r\n", "", 1);
    let bytes = one.repeat(count - 1) + &last;
    let (mut from, mut to) = TcpStream::connect(address).await.expect("connects").into_split();
    let writing = tokio::spawn(async move { to.write_all(bytes.as_bytes()).await.map(|()| to) });
    let mut answers = Vec::new();
    from.read_to_end(&mut answers).await.expect("answers");
    drop(writing.await);
}

/// Sends requests until the journal has dropped entries, so that it is full.
async fn fill(address: SocketAddr, ask: &Ask, size: u64) {
    let setting = crate::harness::ask("PUT", "/_scandouble/settings/journal-bytes")
        .json(&json!({"value": size}).to_string());
    assert_eq!(exchange(address, &setting.bytes()).await.status, 200);
    let count = if ask.bytes().len() > 10_000 { BATCH / 10 } else { BATCH };
    let before = dropped(address).await;
    while dropped(address).await == before {
        send(address, ask, count).await;
    }
}

async fn dropped(address: SocketAddr) -> u64 {
    // Not from the journal's own list: making it takes memory that grows with the journal, and is not that of its entries.
    let metrics = exchange(address, &get("/_scandouble/metrics").bytes()).await;
    let mut lines = metrics.text().lines();
    let count =
        lines.find_map(|line| line.strip_prefix("scandouble_journal_dropped_total ")).expect("a line");
    count.parse().expect("a count")
}

/// Resident memory per byte that the journal counts, for one kind of entries.
async fn ratio(ask: Ask) -> f64 {
    let arguments = [
        "serve",
        "--log",
        "json",
        "--listen",
        "127.0.0.1:0",
        "--set",
        "journal-entries=1000000",
        "--set",
        "auth=any",
    ];
    // With an arena per thread, the allocator would hold back unused memory in each.
    let running = Running::start(program(&arguments).env("MALLOC_ARENA_MAX", "1"));
    let address = running.address();
    let mut seen = [0; 2];
    for (size, seen) in SIZES.into_iter().zip(&mut seen) {
        fill(address, &ask, size).await;
        *seen = resident(running.id());
    }
    (seen[1] as f64 - seen[0] as f64) / (SIZES[1] - SIZES[0]) as f64
}

fn kinds() -> Vec<(&'static str, Ask)> {
    let with_headers = (0..25).fold(get("/version"), |ask, number| {
        ask.header(&format!("X-Header-{number}"), &format!("the value of header {number}"))
    });
    let hashes: Vec<String> = (0..300).map(|number| format!("{number:032x}")).collect();
    let near: Vec<String> =
        ["c90ae688b2a3b1fd0751fd743eb385ce", "d41d8cd98f00b204e9800998ecf8427f"].map(str::to_owned).into();
    let look_up = |hashes: &[String]| {
        post("/v2/hash?a=b&unread=parameter")
            .header("apikey", "made-up-key")
            .json(&json!({"hash": hashes}).to_string())
    };
    vec![
        ("small", get("/version")),
        ("not emulated", ask("DELETE", "/nowhere/at/all")),
        ("many headers", with_headers),
        ("big body", post("/v2/hash").header("apikey", "made-up-key").json(&"x".repeat(100_000))),
        ("big reply", look_up(&hashes)),
        ("findings", look_up(&near)),
    ]
}

#[tokio::test]
async fn counted_size_of_entries_matches_their_memory() {
    let mut wrong = Vec::new();
    for (kind, ask) in kinds() {
        let ratio = ratio(ask).await;
        println!("{kind}: {ratio:.3}");
        // Fragmentation in the allocator adds a few percent of resident memory.
        if !(0.9..=1.15).contains(&ratio) {
            wrong.push(format!("{kind}: {ratio:.3} bytes of memory for each of the journal's"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
