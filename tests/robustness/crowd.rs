//! What slow and hostile clients cost others: the time of others' requests and the memory of the process, relative to a
//! server without them.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::connect::talk;
use super::memory::memory;
use crate::harness::program::{Running, program};
use crate::harness::{Answer, get};

const MEBI: u64 = 1 << 20;
/// Requests of others that are timed.
const PROBES: usize = 200;
/// How many times longer the 99th percentile of others may take. Attackers get their share of the processor, so this is not
/// 1; what blocks a worker, a lock or the accept loop takes hundreds of times longer.
const SLOWER: u32 = 20;
/// Below this, others are not slowed down, whatever the ratio: a busy machine takes such pauses by itself.
const UNNOTICED: Duration = Duration::from_millis(50);
/// Attempts of which one must stay within the bounds, because of what else the machine does.
const ATTEMPTS: usize = 3;

/// Connections and threads that do harm until they are dropped.
#[derive(Default)]
struct Attack {
    streams: Vec<TcpStream>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Attack {
    /// Runs `act` again and again on a thread of its own.
    fn repeat(&mut self, act: impl Fn() + Send + 'static) {
        let stop = self.stop.clone();
        self.threads.push(std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                act();
            }
        }));
    }
}

impl Drop for Attack {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.streams.clear();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// The 99th percentile of the time that a small request takes on a new connection.
fn p99(address: SocketAddr) -> Duration {
    let request = get("/version").bytes();
    let mut times: Vec<_> = (0..PROBES)
        .map(|_| {
            let since = scandouble::internals::clock::stopwatch();
            let answer = Answer::read(&talk(address, &request)).map(|answer| answer.status);
            assert_eq!(answer, Some(200));
            since.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[PROBES * 99 / 100]
}

/// Runs an attack against a server with these flags. Others must not be slowed down much, and the server's memory may grow by
/// `mebi`; afterwards it answers, and its connections are closed.
fn assert_bounded(flags: &[&str], mebi: u64, attack: impl Fn(SocketAddr, &mut Attack)) {
    let mut seen = Vec::new();
    for _ in 0..ATTEMPTS {
        let mut command = program(&["--listen", "127.0.0.1:0", "--log", "json", "--log-level", "error"]);
        let running = Running::start(command.args(flags));
        let address = running.address();
        let quiet = p99(address);
        let before = memory(&running, "VmRSS");
        let mut attackers = Attack::default();
        attack(address, &mut attackers);
        let busy = p99(address);
        let grown = memory(&running, "VmHWM").saturating_sub(before);
        assert!(grown <= mebi * MEBI, "{} MiB more memory, at most {mebi} are allowed", grown / MEBI);
        drop(attackers);
        assert_eq!(
            Answer::read(&talk(address, &get("/version").bytes())).map(|answer| answer.status),
            Some(200)
        );
        seen.push((quiet, busy));
        if busy <= (quiet * SLOWER).max(UNNOTICED) {
            println!("p99 {quiet:?} alone, {busy:?} beside the attack; {} KiB more memory", grown / 1024);
            return;
        }
    }
    panic!("others wait too long (alone, beside the attack): {seen:?}");
}

fn connected(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).expect("connects")
}

#[test]
fn ten_thousand_idle_connections_take_little_memory_and_delay_nobody() {
    let count = 10_000;
    raise_open_files(std::process::id(), count + 2000);
    // To connect them all may take longer than the time that a request's head has.
    let flags = ["--max-connections", "11000", "--header-timeout", "10m"];
    assert_bounded(&flags, 120, |address, attack| {
        for _ in 0..count {
            attack.streams.push(connected(address));
        }
        let health =
            Answer::read(&talk(address, &get("/_scandouble/health").bytes())).expect("an answer").json();
        let open = health["connections"]["open"].as_u64().expect("a count");
        assert!(open > count, "{open} of {count} are open: {health}");
    });
}

/// Children inherit it.
fn raise_open_files(process: u32, count: u64) {
    let limit = format!("--nofile={count}:{count}");
    let done = Command::new("prlimit").args(["--pid", &process.to_string(), &limit]).status();
    assert!(done.expect("prlimit runs").success(), "at least {count} open files are needed");
}

#[test]
fn slow_heads_bodies_and_handshakes_delay_nobody() {
    assert_bounded(&["--tls", "self-signed", "--tls-listen", "127.0.0.1:0"], 80, |address, attack| {
        let body = "POST /file HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n";
        for begun in ["GET /version HTTP/1.1\r\nHost: a\r\nX-Slow: ", body, "\u{16}\u{3}\u{1}"] {
            for _ in 0..300 {
                let mut stream = connected(address);
                stream.write_all(begun.as_bytes()).expect("sent");
                attack.streams.push(stream);
            }
        }
        let dripping: Vec<_> =
            attack.streams.iter().map(|stream| stream.try_clone().expect("a handle")).collect();
        attack.repeat(move || {
            for mut stream in &dripping {
                let _ = stream.write_all(b"a");
            }
            std::thread::sleep(Duration::from_millis(20));
        });
    });
}

#[test]
fn clients_that_do_not_read_take_bounded_memory_and_delay_nobody() {
    // Each answer has some kilobytes. The sockets take a few megabytes of them, and then the server must stop.
    assert_bounded(&[], 160, |address, attack| {
        let request = "GET /_scandouble/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n".repeat(200);
        for _ in 0..50 {
            let mut stream = connected(address);
            stream.set_nonblocking(true).expect("set");
            let _ = stream.write(request.as_bytes());
            attack.streams.push(stream);
        }
    });
}

#[test]
fn floods_of_headers_delay_nobody() {
    assert_bounded(&[], 80, |address, attack| {
        let headers: String = (0..90).map(|nth| format!("X-{nth}: {}\r\n", "v".repeat(4000))).collect();
        let many: String = (0..2000).map(|nth| format!("X-{nth}: v\r\n")).collect();
        for head in [headers, many] {
            let request = format!("GET /version HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{head}\r\n");
            attack.repeat(move || {
                talk(address, request.as_bytes());
            });
        }
    });
}

#[test]
fn compressed_bodies_are_not_expanded() {
    assert_bounded(&[], 80, |address, attack| {
        // What the header says is not done: these bytes are a file like any other.
        let bomb = vec![0_u8; 1 << 20];
        let head = format!(
            "POST /v2/hash HTTP/1.1\r\nHost: a\r\nConnection: close\r\napikey: exampleapikey\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
            bomb.len()
        );
        let request = [head.as_bytes(), &bomb].concat();
        let answer = Answer::read(&talk(address, &request)).expect("an answer");
        assert_eq!(answer.status, 400, "{}", answer.text());
        attack.repeat(move || {
            talk(address, &request);
        });
    });
}

/// A frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const CONTINUATION: u8 = 9;
/// `:method GET`, `:scheme http`, `:path /` and `:authority a`, as HPACK.
const BLOCK: [u8; 6] = [0x82, 0x86, 0x84, 0x41, 1, b'a'];

fn opened(address: SocketAddr) -> TcpStream {
    let mut stream = connected(address);
    let preface = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(), &frame(SETTINGS, 0, 0, &[])].concat();
    stream.write_all(&preface).expect("sent");
    stream
}

/// Sends bytes on a connection of HTTP/2, and reads until the server closes it or nothing comes for a while.
fn flood(address: SocketAddr, bytes: &[u8]) {
    let mut stream = opened(address);
    let _ = stream.set_read_timeout(Some(Duration::from_millis(100)));
    let _ = stream.write_all(bytes);
    let mut buffer = [0; 65536];
    while stream.read(&mut buffer).is_ok_and(|count| count > 0) {}
}

#[test]
fn rapid_resets_of_http_2_delay_nobody() {
    let resets: Vec<u8> = (0..20_000)
        .flat_map(|nth| {
            let stream = nth * 2 + 1;
            [frame(HEADERS, 5, stream, &BLOCK), frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes())].concat()
        })
        .collect();
    assert_bounded(&[], 80, |address, attack| {
        let resets = resets.clone();
        attack.repeat(move || flood(address, &resets));
    });
}

#[test]
fn floods_of_http_2_frames_delay_nobody() {
    let pings: Vec<u8> = (0..50_000).flat_map(|_| frame(PING, 0, 0, &[0; 8])).collect();
    let settings: Vec<u8> = (0..50_000).flat_map(|_| frame(SETTINGS, 0, 0, &[])).collect();
    // A head that never ends.
    let head = frame(HEADERS, 1, 1, &BLOCK);
    let more = (0..200)
        .flat_map(|_| frame(CONTINUATION, 0, 1, &[[0x40, 1, b'x', 127], [0; 4]].concat().repeat(2000)));
    let endless: Vec<u8> = head.into_iter().chain(more).collect();
    // One large entry in the table, and many references to it: a head that is small on the wire only.
    let entry = [&[0x40, 1, b'b', 0x7f, 0xa1, 0x1e][..], &[b'v'; 4000]].concat();
    let bomb = [&BLOCK[..], &entry, &vec![0xbe; 12_000]].concat();
    let bomb = frame(HEADERS, 5, 1, &bomb);
    assert_bounded(&[], 120, |address, attack| {
        for bytes in [&pings, &settings, &endless, &bomb] {
            let bytes = bytes.clone();
            attack.repeat(move || flood(address, &bytes));
        }
    });
}
