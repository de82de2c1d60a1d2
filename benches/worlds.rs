//! What a world costs: memory, and the time to spring into being and to be put back.
//!
//! `cargo bench --bench worlds`. One process holds the emulator and its only client, so that the memory of both is
//! counted and one thread of each works at a time: read the differences. It ends within half a minute.

// A benchmark is made of real time.
#![allow(clippy::disallowed_methods)]
#![allow(missing_docs)]

mod load;

use std::time::{Duration, Instant};

use load::{Client, Fault};
use scandouble::Emulator;

/// How many worlds are touched by one request each, the numbers of the report.
const STEPS: [usize; 2] = [1_000, 10_000];
/// Worlds that are made and put back one by one, to be timed.
const SAMPLES: usize = 2_000;
/// EICAR, of the starter set.
const HASH: &str = "3395856ce81f2b7382dee72602f798b642f14140";
const LIMIT: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() -> Result<(), Fault> {
    tokio::time::timeout(LIMIT, measure()).await.map_err(|_| "not done within half a minute")?
}

async fn measure() -> Result<(), Fault> {
    let emulator = Emulator::builder()
        .setting("max-worlds", "1000000")
        .setting("world-idle", "when-told")
        .start()
        .await?;
    let mut client = Timed(Client::connect(emulator.address()).await?);
    // What everything needs once is not the cost of a world.
    for number in 0..200 {
        client.get(&format!("/_world/warm-{number}/hash/{HASH}")).await?;
    }

    println!("memory of a world that one look-up has touched");
    let (mut made, start) = (0, resident()?);
    let mut first = Vec::new();
    for worlds in STEPS {
        for number in made..worlds {
            first.push(client.get(&format!("/_world/w{number}/hash/{HASH}")).await?);
        }
        made = worlds;
        let bytes = (resident()? - start) as f64;
        println!(
            "  {worlds:>6} worlds {:8.1} kB each, {:6.1} MB in all",
            bytes / worlds as f64 / 1e3,
            bytes / 1e6
        );
    }

    let mut again = Vec::new();
    for number in 0..SAMPLES {
        again.push(client.get(&format!("/_world/w{number}/hash/{HASH}")).await?);
    }
    let mut reset = Vec::new();
    for number in 0..SAMPLES {
        reset.push(client.post(&format!("/_world/w{number}/_scandouble/reset")).await?);
    }
    println!("time, median and 99th percentile");
    row("look-up over HTTP, in a new world", &mut first);
    row("look-up over HTTP, in a known world", &mut again);
    row("reset over HTTP", &mut reset);
    let (mut spring, mut back) = (Vec::new(), Vec::new());
    for number in 0..SAMPLES {
        let name = format!("in-process-{number}");
        let since = Instant::now();
        let world = emulator.world(&name);
        spring.push(since.elapsed());
        let since = Instant::now();
        world.reset();
        back.push(since.elapsed());
    }
    row("a new world, in-process", &mut spring);
    row("reset, in-process", &mut back);
    Ok(())
}

fn row(what: &str, times: &mut [Duration]) {
    times.sort();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e6;
    println!("  {what:<36} {:8.1} µs {:8.1} µs", at(0.5), at(0.99));
}

/// The resident memory of this process in bytes. The second field of `statm` counts pages; the size of one is told by
/// what `smaps` says of any mapping.
fn resident() -> Result<u64, Fault> {
    let statm = std::fs::read_to_string("/proc/self/statm")?;
    let pages: u64 = statm.split(' ').nth(1).ok_or("statm has no second field")?.parse()?;
    let smaps = std::fs::read_to_string("/proc/self/smaps")?;
    let size = smaps.lines().find_map(|line| line.strip_prefix("KernelPageSize:")).ok_or("no page size")?;
    let kilobytes: u64 = size.trim().trim_end_matches(" kB").parse()?;
    Ok(pages * kilobytes * 1024)
}

/// A connection that is kept, and how long each answer takes on it.
struct Timed(Client);

impl Timed {
    async fn get(&mut self, path: &str) -> Result<Duration, Fault> {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")).await
    }

    async fn post(&mut self, path: &str) -> Result<Duration, Fault> {
        self.ask(&format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")).await
    }

    async fn ask(&mut self, request: &str) -> Result<Duration, Fault> {
        let since = Instant::now();
        self.0.ask(request.as_bytes()).await?;
        Ok(since.elapsed())
    }
}
