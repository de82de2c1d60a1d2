//! `GET /_scandouble/journal/events`: new entries as server-sent events.

use scandouble::Emulator;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::admin::{KNOWN, emulator, get_json, look_up, problem};
use crate::harness::{self, Ask, ask, get, post};

const EVENTS: &str = "/_scandouble/journal/events";

/// An open stream.
struct Stream {
    connection: BufReader<TcpStream>,
    /// What was received and not read yet.
    text: String,
}

/// An event: its name, its id and its data.
#[derive(Debug)]
struct Event {
    name: String,
    id: Option<u64>,
    data: Value,
}

impl Stream {
    /// Opens a stream. It has begun when this returns.
    async fn open(emulator: &Emulator, ask: Ask) -> Self {
        let mut connection = TcpStream::connect(emulator.address()).await.expect("connects");
        connection.write_all(&ask.bytes()).await.expect("sent");
        let mut stream = Self { connection: BufReader::new(connection), text: String::new() };
        assert_eq!(stream.line().await, "HTTP/1.1 200 OK");
        let mut head = Vec::new();
        while head.last().is_none_or(|line: &String| !line.is_empty()) {
            head.push(stream.line().await);
        }
        assert!(head.contains(&"content-type: text/event-stream".to_owned()), "{head:?}");
        assert_eq!(stream.block().await.as_deref(), Some("retry: 1000"));
        stream
    }

    /// A line of the head, or the size of a chunk.
    async fn line(&mut self) -> String {
        let mut line = String::new();
        let read = self.connection.read_line(&mut line).await.expect("the connection is not reset");
        assert!(read > 0, "the connection was closed before the last chunk");
        line.trim_end().to_owned()
    }

    /// The lines up to an empty one; none if the stream has ended as HTTP demands.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(block);
            }
            let size = usize::from_str_radix(&self.line().await, 16).expect("the size of a chunk");
            if size == 0 {
                return None;
            }
            let mut chunk = vec![0; size];
            self.connection.read_exact(&mut chunk).await.expect("a chunk");
            self.text.push_str(std::str::from_utf8(&chunk).expect("ASCII in these tests"));
            assert_eq!(self.line().await, "");
        }
    }

    /// The next event; none if the stream has ended.
    async fn next(&mut self) -> Option<Event> {
        let block = self.block().await?;
        let mut event = Event { name: "message".to_owned(), id: None, data: Value::Null };
        for line in block.lines() {
            match line.split_once(": ").expect("a field") {
                ("event", name) => event.name = name.to_owned(),
                ("id", id) => event.id = id.parse().ok(),
                ("data", data) => event.data = serde_json::from_str(data).expect("JSON"),
                other => panic!("{other:?}"),
            }
        }
        Some(event)
    }

    async fn ids(&mut self, count: usize) -> Vec<u64> {
        let mut ids = Vec::new();
        for _ in 0..count {
            ids.push(self.next().await.and_then(|event| event.id).expect("an entry"));
        }
        ids
    }
}

#[tokio::test]
async fn a_stream_sends_new_entries_that_match() {
    let emulator = emulator().await;
    let invalid = async || {
        let body = r#"{"rl":{"query":{"hash_type":"md5","hashes":["nonsense"]}}}"#;
        post("/api/rescan/v1/bulk_query/json").basic("u/one", "p").body(body).send(&emulator).await
    };
    invalid().await;
    let mut own = Stream::open(&emulator, get(&format!("{EVENTS}?api=spectra-intelligence"))).await;
    let mut other = Stream::open(&emulator, get(&format!("/_world/new{EVENTS}"))).await;
    let mut all = Stream::open(&emulator, get(&format!("{EVENTS}?world=all"))).await;
    // The streams themselves are the requests 2 to 4.
    get("/nowhere").send(&emulator).await;
    look_up(&emulator, "/_world/new", KNOWN).await;
    invalid().await;
    let event = own.next().await.expect("an event");
    assert_eq!((event.name.as_str(), event.id), ("message", Some(7)));
    assert_eq!(event.data, get_json(&emulator, "/_scandouble/journal/3").await);
    // The findings of an entry depend on those before it, which the stream does not send.
    let findings = event.data["findings"].to_string();
    assert!(findings.contains("again, which the answer to number 1 called invalid"), "{findings}");
    let event = other.next().await.expect("an event");
    assert_eq!((event.id, &event.data["world"]), (Some(6), &Value::from("new")));
    assert_eq!(all.ids(3).await, [5, 6, 7]);
    // A world that is removed and created again stays in its stream.
    ask("DELETE", "/_scandouble/worlds/new").send(&emulator).await;
    look_up(&emulator, "/_world/new", KNOWN).await;
    let event = other.next().await.expect("an event");
    assert_eq!((event.id, &event.data["number"]), (Some(10), &Value::from(1)));
}

#[tokio::test]
async fn a_stream_is_resumed_after_the_last_event() {
    let emulator = emulator().await;
    for world in ["a", "b", "a", "b"] {
        look_up(&emulator, &format!("/_world/{world}"), KNOWN).await;
    }
    let all = format!("{EVENTS}?world=all");
    let resumed = |id: &str| get(&all).header("Last-Event-ID", id);
    assert_eq!(Stream::open(&emulator, resumed("1")).await.ids(3).await, [2, 3, 4]);
    let mut both = Stream::open(&emulator, get(&format!("{all}&after=1")).header("Last-Event-ID", "3")).await;
    assert_eq!(both.ids(1).await, [4]);
    look_up(&emulator, "/_world/c", KNOWN).await;
    assert_eq!(both.ids(1).await, [7]);
    let mut own = Stream::open(&emulator, get(&format!("/_world/b{EVENTS}?after=0&status=200"))).await;
    assert_eq!(own.ids(2).await, [2, 4]);
    // The id of an earlier server, which counted further.
    assert_eq!(Stream::open(&emulator, resumed("999")).await.ids(5).await, [1, 2, 3, 4, 7]);
    let message = problem(&resumed("first").send(&emulator).await, 400);
    assert_eq!(message, "`Last-Event-ID` must be a request number, not \"first\"");
    problem(&resumed("").send(&emulator).await, 400);
    problem(&get(&format!("{EVENTS}?limit=1")).send(&emulator).await, 400);
    problem(&get(&format!("{EVENTS}?status=nothing")).send(&emulator).await, 422);
}

#[tokio::test]
async fn a_stream_ends_after_the_time_given_and_when_the_server_stops() {
    let emulator = emulator().await;
    let mut limited = Stream::open(&emulator, get(&format!("{EVENTS}?wait=10ms"))).await;
    assert!(limited.next().await.is_none());
    let mut idle = Stream::open(&emulator, get(EVENTS)).await;
    let mut all = Stream::open(&emulator, get(&format!("{EVENTS}?world=all&after=0"))).await;
    let poll = tokio::spawn(harness::exchange(
        emulator.address(),
        &*get("/_scandouble/journal?wait=60s").bytes().leak(),
    ));
    get("/nowhere").send(&emulator).await;
    all.ids(1).await;
    emulator.stop().await.expect("stops");
    assert!(idle.next().await.is_some() && idle.next().await.is_none());
    assert!(all.next().await.is_none());
    poll.await.expect("an answer");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_client_learns_what_was_dropped_before_it_read() {
    const COUNT: u64 = 150;
    let emulator =
        harness::start_with("samples: []", |builder| builder.setting("journal-entries", "3")).await;
    let mut slow = Stream::open(&emulator, get(&format!("{EVENTS}?world=all"))).await;
    // More than the buffers of the connection take.
    for _ in 0..COUNT {
        post("/v2/hash").body(vec![b'x'; 300_000]).send(&emulator).await;
    }
    let (mut received, mut dropped, mut last) = (0, Vec::new(), 0);
    while last < COUNT + 1 {
        let event = slow.next().await.expect("an event");
        if event.name == "dropped" {
            assert_eq!((event.id, &event.data["world"]), (None, &Value::from("default")));
            dropped.push(event.data["through"].as_u64().expect("a number"));
        } else {
            received += 1;
            last = event.id.expect("an id");
            assert!(dropped.last().is_none_or(|through| *through < last));
        }
    }
    assert!(received < COUNT && !dropped.is_empty(), "{received} of {COUNT}, dropped {dropped:?}");
    assert!(dropped.is_sorted());
}
