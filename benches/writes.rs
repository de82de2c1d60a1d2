//! What a request costs that changes something, with and without `--db`, and that reads cost the same with it.
//!
//! `cargo bench --bench writes`. A write is `POST /file` with a new file of some bytes: with `--db`, its answer is sent once
//! the upload is on the disk, and requests that wait together share one transaction. The file is
//! below `target`, so the disk there is measured. It ends within two minutes.

// A benchmark is made of real time.
#![allow(clippy::disallowed_methods)]
#![allow(missing_docs)]

mod load;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use load::{Fault, Server, median, press, processor_time};
use scandouble::internals::fixtures::{Mix, lines};

const SAMPLES: u64 = 1_000;
const CONNECTIONS: [u64; 3] = [1, 8, 64];
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(1);

fn main() -> Result<(), Fault> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("writes");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let set: Vec<String> = lines(SAMPLES, 7, Mix::default()).collect();
    let fixtures = folder.join("set.jsonl");
    std::fs::write(&fixtures, set.join("\n"))?;
    let hashes = Arc::new(set.iter().map(|line| hash(line)).collect::<Result<Vec<_>, _>>()?);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let plain = Server::start(&mut serve(&fixtures, None))?;
        let saved = Server::start(&mut serve(&fixtures, Some(&folder.join("state.db"))))?;
        println!("median of {ROUNDS} rounds of {ROUND:?} each, in turns");
        println!("| request | connections | | requests/s | processor time of the server per request |");
        println!("|---|---|---|---|---|");
        for (name, request) in [("write", write as fn(&str) -> Vec<u8>), ("read", read)] {
            for connections in CONNECTIONS {
                let (mut without, mut with) = (Measured::default(), Measured::default());
                for _ in 0..ROUNDS {
                    without.add(&plain, connections, &hashes, request).await?;
                    with.add(&saved, connections, &hashes, request).await?;
                }
                without.print(name, connections, "");
                with.print(name, connections, "--db");
            }
        }
        Ok(())
    })
}

/// The rounds of one kind of request.
#[derive(Default)]
struct Measured {
    rates: Vec<f64>,
    /// In microseconds per request.
    costs: Vec<f64>,
}

impl Measured {
    async fn add(
        &mut self,
        server: &Server,
        connections: u64,
        hashes: &Arc<Vec<String>>,
        request: fn(&str) -> Vec<u8>,
    ) -> Result<(), Fault> {
        let before = processor_time(server)?;
        let rate = press(server.address, connections, ROUND, |nth| {
            let hashes = hashes.clone();
            // Each connection walks through all of them, from a place of its own.
            (nth as usize * 13..).map(move |at| request(&hashes[at % hashes.len()]))
        })
        .await?;
        self.costs.push((processor_time(server)? - before) / (rate * ROUND.as_secs_f64()) * 1e6);
        self.rates.push(rate);
        Ok(())
    }

    fn print(mut self, name: &str, connections: u64, flag: &str) {
        let (rate, cost) = (median(&mut self.rates), median(&mut self.costs));
        println!("| {name} | {connections} | {flag} | {rate:.0} | {cost:.1} µs |");
    }
}

fn hash(line: &str) -> Result<String, Fault> {
    let sample: serde_json::Value = serde_json::from_str(line)?;
    Ok(sample["sha256"].as_str().ok_or("a line without a hash")?.to_owned())
}

fn serve(fixtures: &Path, db: Option<&Path>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scandouble"));
    command.args(["--log", "json", "--listen", "127.0.0.1:0", "--fixtures"]).arg(fixtures);
    if let Some(db) = db {
        command.arg("--db").arg(db);
    }
    command
}

fn write(_: &str) -> Vec<u8> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let content = format!("{:020}", NEXT.fetch_add(1, Ordering::Relaxed));
    let head = "POST /file HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n";
    format!("{head}{content}").into_bytes()
}

fn read(hash: &str) -> Vec<u8> {
    format!("GET /hash/{hash} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes()
}
