//! What the benchmarks share: servers in processes of their own, and connections that are kept.

#![allow(clippy::disallowed_methods, reason = "a benchmark is made of real time")]
// Not every benchmark uses everything.
#![allow(dead_code, unreachable_pub)]

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub type Fault = Box<dyn std::error::Error + Send + Sync>;

/// A server in a process of its own.
pub struct Server {
    process: Child,
    pub address: SocketAddr,
}

impl Server {
    pub fn start(command: &mut Command) -> Result<Self, Fault> {
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let out = BufReader::new(process.stdout.take().ok_or("no output")?);
        let mut server = Self { process, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        for line in out.lines() {
            let event: serde_json::Value = serde_json::from_str(&line?)?;
            if event["event"] == "listening" {
                server.address = event["address"].as_str().ok_or("no address")?.parse()?;
                return Ok(server);
            }
        }
        Err("the server did not start".into())
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A connection that is kept.
pub struct Client {
    stream: TcpStream,
    pub answer: Vec<u8>,
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Result<Self, Fault> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, answer: Vec::with_capacity(8192) })
    }

    /// Sends a request and reads its answer whole; anything but 200 is a fault.
    pub async fn ask(&mut self, request: &[u8]) -> Result<(), Fault> {
        self.stream.write_all(request).await?;
        self.answer.clear();
        loop {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                return Err("the server closed the connection".into());
            }
            let Some(head) = self.answer.windows(4).position(|end| end == b"\r\n\r\n") else { continue };
            if !self.answer.starts_with(b"HTTP/1.1 200 ") {
                return Err(String::from_utf8_lossy(&self.answer).into_owned().into());
            }
            if self.answer.len() >= head + 4 + length(&self.answer[..head])? {
                return Ok(());
            }
        }
    }
}

/// The content length that a head tells.
fn length(head: &[u8]) -> Result<usize, Fault> {
    const NAME: &[u8] = b"\r\ncontent-length: ";
    let at = head.windows(NAME.len()).position(|part| part.eq_ignore_ascii_case(NAME)).ok_or("no length")?;
    let digits = head[at + NAME.len()..].iter().take_while(|byte| byte.is_ascii_digit());
    Ok(digits.fold(0, |value, digit| value * 10 + usize::from(digit - b'0')))
}

/// Requests a second on all connections together, over `time`; `requests` gives those of each connection.
pub async fn press<R>(
    address: SocketAddr,
    connections: u64,
    time: Duration,
    requests: impl Fn(u64) -> R,
) -> Result<f64, Fault>
where
    R: Iterator<Item = Vec<u8>> + Send + 'static,
{
    let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut ready = Vec::new();
    for nth in 0..connections {
        ready.push((Client::connect(address).await?, requests(nth)));
    }
    let since = Instant::now();
    let mut tasks = Vec::new();
    for (mut client, mut requests) in ready {
        let (stop, count) = (stop.clone(), count.clone());
        tasks.push(tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                client.ask(&requests.next().ok_or("no more requests")?).await?;
                count.fetch_add(1, Ordering::Relaxed);
            }
            Ok::<(), Fault>(())
        }));
    }
    tokio::time::sleep(time).await;
    let rate = count.load(Ordering::Relaxed) as f64 / since.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await??;
    }
    Ok(rate)
}

pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Memory of a server in megabytes, from a line of a file of Linux's `/proc` (`status`, `VmRSS:`); not a number elsewhere.
pub fn memory(server: &Server, file: &str, name: &str) -> Result<f64, Fault> {
    let Ok(lines) = std::fs::read_to_string(format!("/proc/{}/{file}", server.id())) else {
        return Ok(f64::NAN);
    };
    let line = lines.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such line")?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024.0 / 1e6)
}

/// Processor time that a server has used so far, in seconds; not a number where there is no `/proc`.
pub fn processor_time(server: &Server) -> Result<f64, Fault> {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{}/stat", server.id())) else {
        return Ok(f64::NAN);
    };
    // The name in parentheses may hold spaces. After it, user and system time are the 12th and 13th fields.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: u64 = fields
        .get(11..13)
        .ok_or("too few fields")?
        .iter()
        .try_fold(0, |sum, ticks| ticks.parse::<u64>().map(|ticks| sum + ticks))?;
    // A tick has been 10 ms on Linux for user space on every architecture for decades.
    Ok(ticks as f64 / 100.0)
}

/// Processor time of the threads that a server has now, in seconds, to the nanosecond; not a number where there is no `/proc`.
pub fn run_time(server: &Server) -> Result<f64, Fault> {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{}/task", server.id())) else { return Ok(f64::NAN) };
    let mut sum = 0;
    for thread in threads {
        let times = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        sum += times.split_whitespace().next().ok_or("no time")?.parse::<u64>()?;
    }
    Ok(sum as f64 / 1e9)
}
