//! A million samples: generated with seed 7, built into one file, opened, and asked for.
//!
//! `cargo bench --bench million` prints one table of all that is promised about large sets, beside what was measured on
//! this machine at this moment. It takes some minutes, two gigabytes of disk below `target`, and as much memory while
//! it builds. Rates of look-ups are medians of rounds that the servers take in turns, on the cores that the load
//! generator uses too: read the ratios.

// A benchmark is made of real time.
#![allow(clippy::disallowed_methods)]
#![allow(missing_docs)]

mod load;

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use load::{Client, Fault, Server, median, memory};

const MILLION: usize = 1_000_000;
/// Samples that are loaded from JSON Lines directly.
const DIRECT: usize = 100_000;
/// Samples that are asked for again and again.
const HOT: usize = 10_000;
/// Samples of the store that is the measure.
const SMALL: usize = 1_000;
const CONNECTIONS: u64 = 32;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(2);
const STARTS: usize = 11;

/// Each round asks for other keys.
static ROUNDS_SO_FAR: AtomicU64 = AtomicU64::new(0x5ca0_d0b1);

fn main() -> Result<(), Fault> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("million");
    std::fs::create_dir_all(&folder)?;
    let lines = folder.join("million.jsonl");
    let store = folder.join("million.db");
    let table = Table::begin();

    let since = Instant::now();
    generate(MILLION, &lines)?;
    table.row("generate --count 1000000 --seed 7", "", since.elapsed().as_secs_f64(), "s");
    let keys = Arc::new(keys(&lines)?);

    let since = Instant::now();
    build(&lines, &store)?;
    table.row("build of a million", "20 s", since.elapsed().as_secs_f64(), "s");
    let size = |path: &Path| Ok::<f64, Fault>(path.metadata()?.len() as f64 / 1e6);
    table.row("the file", "", size(&store)?, "MB");
    table.row("the JSON Lines that it is built from", "", size(&lines)?, "MB");
    table.row("  the file : the JSON Lines", "1.20", size(&store)? / size(&lines)?, "times");

    let small_lines = folder.join("thousand.jsonl");
    let small_store = folder.join("thousand.db");
    first_lines(&lines, SMALL, &small_lines)?;
    build(&small_lines, &small_store)?;
    let direct = folder.join("direct.jsonl");
    first_lines(&lines, DIRECT, &direct)?;

    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let mut starts = Vec::new();
        for _ in 0..3 {
            starts.push(first_answer(&mut serve("--fixtures", &direct), &keys[DIRECT - 1]).await?);
        }
        table.row("100,000 from JSON Lines, start to first answer", "2000 ms", median(&mut starts), "ms");
        let mut starts = Vec::new();
        for at in 0..STARTS {
            starts.push(first_answer(&mut serve("--store", &store), &keys[at * 90_001]).await?);
        }
        table.row("a million from --store, start to first answer", "12 ms", median(&mut starts), "ms");

        let thousand = Server::start(&mut serve("--store", &small_store))?;
        let million = Server::start(&mut serve("--store", &store))?;
        let few = Arc::new(keys[..SMALL].to_vec());
        // Hot samples lie anywhere in the file.
        let hot = Arc::new(keys.iter().step_by(MILLION / HOT).copied().collect::<Vec<_>>());
        for (server, keys) in [(&thousand, &few), (&million, &hot)] {
            press(server.address, keys, ROUND).await?;
        }
        let (mut of_few, mut of_hot) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            of_few.push(press(thousand.address, &few, ROUND).await?);
            of_hot.push(press(million.address, &hot, ROUND).await?);
        }
        let resident_hot = memory(&million, "status", "VmRSS:")?;
        // Samples at random push hot ones out, so they come last.
        press(million.address, &keys, ROUND).await?;
        let (mut beside, mut of_all) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            beside.push(press(thousand.address, &few, ROUND).await?);
            of_all.push(press(million.address, &keys, ROUND).await?);
        }
        let (few, hot) = (median(&mut of_few), median(&mut of_hot));
        let (beside, all) = (median(&mut beside), median(&mut of_all));
        table.row("look-ups in a store of a thousand", "", few, "/s");
        table.row("look-ups of a hot 10,000 of a million", "", hot, "/s");
        table.row("  a thousand : hot", "1.20", few / hot, "times");
        table.row("look-ups in a store of a thousand, again", "", beside, "/s");
        table.row("look-ups at random in a million", "", all, "/s");
        table.row("  a thousand : random", "2.00", beside / all, "times");
        table.row("resident after the hot look-ups", "120 MB", resident_hot, "MB");
        table.row(
            "resident after the random look-ups",
            "120 MB",
            memory(&million, "status", "VmRSS:")?,
            "MB",
        );
        table.row("most that was ever resident", "120 MB", memory(&million, "status", "VmHWM:")?, "MB");
        Ok(())
    })
}

/// The table, printed row by row.
struct Table;

impl Table {
    fn begin() -> Self {
        println!("| what | promised: at most | measured |");
        println!("|---|---|---|");
        Self
    }

    fn row(&self, what: &str, most: &str, value: f64, unit: &str) {
        let digits = if value < 100.0 { 2 } else { 0 };
        println!("| {what} | {most} | {value:.digits$} {unit} |");
    }
}

fn scandouble() -> Command {
    Command::new(env!("CARGO_BIN_EXE_scandouble"))
}

fn serve(flag: &str, path: &Path) -> Command {
    let mut command = scandouble();
    command.args(["--log", "json", "--listen", "127.0.0.1:0", flag]).arg(path);
    command
}

fn generate(count: usize, to: &Path) -> Result<(), Fault> {
    let mut command = scandouble();
    command.args(["generate", "--seed", "7", "--count", &count.to_string()]).stdout(File::create(to)?);
    run(&mut command)
}

fn build(from: &Path, to: &Path) -> Result<(), Fault> {
    run(scandouble().arg("build").arg(from).arg("-o").arg(to).stdout(std::process::Stdio::null()))
}

fn run(command: &mut Command) -> Result<(), Fault> {
    match command.status()? {
        status if status.success() => Ok(()),
        status => Err(format!("{command:?}: {status}").into()),
    }
}

fn first_lines(from: &Path, count: usize, to: &Path) -> Result<(), Fault> {
    let mut out = std::io::BufWriter::new(File::create(to)?);
    for line in BufReader::new(File::open(from)?).lines().take(count) {
        writeln!(out, "{}", line?)?;
    }
    Ok(out.flush()?)
}

/// A SHA-256 in hex digits.
type Key = [u8; 64];

fn keys(lines: &Path) -> Result<Vec<Key>, Fault> {
    const MARK: &str = r#""sha256":""#;
    let mut keys = Vec::with_capacity(MILLION);
    for line in BufReader::new(File::open(lines)?).lines() {
        let line = line?;
        let at = line.find(MARK).ok_or("a line without a hash")? + MARK.len();
        keys.push(line.as_bytes()[at..at + 64].try_into()?);
    }
    Ok(keys)
}

fn request(key: &Key) -> Vec<u8> {
    let key = String::from_utf8_lossy(key);
    format!("GET /hash/{key} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n").into_bytes()
}

/// How many milliseconds pass from the start of a server's process to its first answer.
async fn first_answer(command: &mut Command, key: &Key) -> Result<f64, Fault> {
    let since = Instant::now();
    let server = Server::start(command)?;
    Client::connect(server.address).await?.ask(&request(key)).await?;
    Ok(since.elapsed().as_secs_f64() * 1000.0)
}

/// Requests a second on all connections together, for keys picked at random.
async fn press(address: SocketAddr, keys: &Arc<Vec<Key>>, time: Duration) -> Result<f64, Fault> {
    let salt = ROUNDS_SO_FAR.fetch_add(1, Ordering::Relaxed);
    load::press(address, CONNECTIONS, time, |nth| {
        let keys = keys.clone();
        let mut state = salt ^ (nth + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        std::iter::repeat_with(move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            request(&keys[(state % keys.len() as u64) as usize])
        })
    })
    .await
}
