//! Start to first answer, memory, and requests a second on `GET /hash/{sha256}`, beside a bare axum server in the same run.
//!
//! `cargo bench --bench throughput`. Both servers are processes of their own, measured in turns by one load generator
//! on the same cores: read the ratio, the absolute figures are those of this machine at this moment. It ends within a
//! minute.

// A benchmark is made of real time.
#![allow(clippy::disallowed_methods)]
#![allow(missing_docs)]

mod load;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use load::{Client, Fault, Server, median, memory, press, run_time};
use tokio::net::TcpListener;

const SHA256: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const FIXTURES: &str = "samples:\n  - {name: invoice.exe, sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08, verdict: infected, threat: Win32.Emotet}\n";
/// Keep-alive connections that ask at once.
const CONNECTIONS: u64 = 64;
/// How often each server takes its turn, and for how long.
const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_secs(2);
const WARM_UP: Duration = Duration::from_millis(500);
const STARTS: usize = 41;
/// With this argument the benchmark is the bare server; the next one is the body that it answers.
const BARE: &str = "--bare-server";

fn main() -> Result<(), Fault> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut arguments = std::env::args().skip_while(|argument| argument != BARE).skip(1);
    match arguments.next() {
        Some(body) => runtime.block_on(bare(body)),
        None => runtime.block_on(measure()),
    }
}

async fn measure() -> Result<(), Fault> {
    let fixtures = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("throughput.yaml");
    std::fs::write(&fixtures, FIXTURES)?;
    let (mut bare, mut ours) = (Starts::default(), Starts::default());
    for _ in 0..STARTS {
        bare.add(&mut bare_server("{}")?).await?;
        ours.add(&mut scandouble(None)).await?;
    }
    println!("start of the process to first answer, and memory then, built-in fixtures, medians of {STARTS}");
    println!("              time  processor time   private memory   memory of files");
    bare.print("bare axum");
    ours.print("scandouble");

    let subject = Server::start(&mut scandouble(Some(&fixtures)))?;
    let answer = ask_once(subject.address).await?;
    let body = answer.windows(4).position(|end| end == b"\r\n\r\n").ok_or("an answer without a head")? + 4;
    let bare = Server::start(&mut bare_server(std::str::from_utf8(&answer[body..])?)?)?;
    for server in [&bare, &subject] {
        press(server.address, CONNECTIONS, WARM_UP, same).await?;
    }
    let (mut floor, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        floor.push(press(bare.address, CONNECTIONS, ROUND, same).await?);
        ours.push(press(subject.address, CONNECTIONS, ROUND, same).await?);
    }
    let requests = ours.iter().sum::<f64>() * ROUND.as_secs_f64();
    let (floor, ours) = (median(&mut floor), median(&mut ours));
    println!(
        "GET /hash/{{sha256}}, {CONNECTIONS} keep-alive connections, median of {ROUNDS} rounds of {ROUND:?}"
    );
    println!("  bare axum   {floor:8.0} requests/s, the same body as a constant");
    println!("  scandouble  {ours:8.0} requests/s");
    println!("  ratio       {:8.2}", floor / ours);
    println!("memory after these requests, some {:.0},000", requests / 1000.0);
    println!("              private memory   memory of files");
    for (name, server) in [("bare axum", &bare), ("scandouble", &subject)] {
        let (own, files) = (memory(server, "status", "RssAnon:")?, memory(server, "status", "RssFile:")?);
        println!("  {name:<10} {own:12.2} MB {files:14.2} MB");
    }
    Ok(())
}

/// The program, on these fixtures or the built-in ones.
fn scandouble(fixtures: Option<&Path>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scandouble"));
    command.args(["--log", "json", "--listen", "127.0.0.1:0"]);
    if let Some(path) = fixtures {
        command.arg("--fixtures").arg(path);
    }
    command
}

/// This program as the bare server.
fn bare_server(body: &str) -> Result<Command, Fault> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([BARE, body]);
    Ok(command)
}

/// The floor: axum with a route and a constant body, nothing else.
async fn bare(body: String) -> Result<(), Fault> {
    let body = bytes::Bytes::from(body);
    let kind = [(http::header::CONTENT_TYPE, "application/json; charset=utf-8")];
    let answer = axum::routing::get(move || async move { (kind, body) });
    let router = axum::Router::new().route("/hash/{hash}", answer);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!(r#"{{"event":"listening","address":"{}"}}"#, listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}

/// What starts of a server took until the first answer: milliseconds, and megabytes.
#[derive(Default)]
struct Starts {
    wall: Vec<f64>,
    processor: Vec<f64>,
    /// Memory that belongs to the process alone.
    private: Vec<f64>,
    /// Pages of the program that are mapped. The kernel maps sixteen for each that is used, and can drop them.
    files: Vec<f64>,
}

impl Starts {
    async fn add(&mut self, command: &mut Command) -> Result<(), Fault> {
        let since = Instant::now();
        let server = Server::start(command)?;
        ask_once(server.address).await?;
        self.wall.push(since.elapsed().as_secs_f64() * 1e3);
        self.processor.push(run_time(&server)? * 1e3);
        self.private.push(memory(&server, "status", "RssAnon:")?);
        self.files.push(memory(&server, "status", "RssFile:")?);
        Ok(())
    }

    fn print(&mut self, name: &str) {
        let (wall, processor) = (median(&mut self.wall), median(&mut self.processor));
        let (private, files) = (median(&mut self.private), median(&mut self.files));
        println!("  {name:<10} {wall:5.2} ms {processor:12.2} ms {private:13.2} MB {files:14.2} MB");
    }
}

fn request() -> Vec<u8> {
    format!("GET /hash/{SHA256} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n").into_bytes()
}

/// The same request again and again, on each connection.
fn same(_: u64) -> impl Iterator<Item = Vec<u8>> + Send + 'static {
    std::iter::repeat(request())
}

/// One request on a connection of its own: the whole answer.
async fn ask_once(address: SocketAddr) -> Result<Vec<u8>, Fault> {
    let mut client = Client::connect(address).await?;
    client.ask(&request()).await?;
    Ok(client.answer)
}
