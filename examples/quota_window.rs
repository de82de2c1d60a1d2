//! A quota of 24 hours, waited for in milliseconds: `cargo run --example quota_window`.
//!
//! A test in Rust starts the double in its own process and steers it over HTTP, as one in any language does;
//! `quota_window.py` beside this file is the same test in Python.

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use scandouble::Emulator;
use serde_json::{Value, json};

const FIXTURE: &str = "
accounts:
  spectra_intelligence: [{user: u/rust, password: secret, daily_quota: 2}]
samples:
  - {name: invoice.exe, content: harmless, verdict: infected, threat: Win32.Emotet}
";
const RESCAN: &str =
    "/api/rescan/v1/query/sha256/98fc5211ecf54bc9bd57f0045e0d0ee488c5472c94ee22cc1580b081d04cc4ac";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let double = Emulator::builder().fixtures_text("quota.yaml", FIXTURE).start().await?;
    let world = World { address: double.address().to_string(), name: "quota-rust" };

    // Arrange: nothing moves but what the test moves.
    world.ask("PUT", "/_scandouble/clock", &json!({"at": "2026-03-01T12:00:00Z", "frozen": true}))?;

    // Act: the client under test would be called here.
    assert_eq!(world.rescan()?, 200);
    assert_eq!(world.rescan()?, 200);
    assert_eq!(world.rescan()?, 429, "the quota of two is used up");
    world.ask("POST", "/_scandouble/clock/advance", &json!({"by": "24h"}))?;
    assert_eq!(world.rescan()?, 200, "a day later there is a new one");

    // Assert: what the client did, in this order, and nothing else.
    let (status, judgement) = world.ask(
        "POST",
        "/_scandouble/verify",
        &json!({"in_order": true, "nothing_else": true, "expectations": [
            {"call": {"behaviour": "rescan.single.sent"}, "times": 2},
            {"call": {"behaviour": "quota.exceeded"}, "times": 1},
            {"call": {"behaviour": "rescan.single.sent", "account": "u/rust"}, "times": 1},
        ]}),
    )?;
    assert_eq!(status, 200, "{}", judgement["detail"]);

    let (_, coverage) = world.ask("GET", "/_scandouble/coverage?api=spectra-intelligence", &Value::Null)?;
    let behaviours = coverage["apis"][0]["behaviours"].as_array().ok_or("no coverage")?;
    for row in behaviours.iter().filter(|row| row["count"] != 0) {
        println!("{:>3} {}", row["count"].to_string(), row["id"].as_str().unwrap_or_default());
    }
    println!("{} % of what {} can answer", coverage["total"]["percent"], coverage["apis"][0]["product"]);
    double.stop().await?;
    Ok(())
}

/// A world of the test's own; a client gets its base address.
struct World {
    address: String,
    name: &'static str,
}

impl World {
    /// What the client under test does; the status that it sees.
    fn rescan(&self) -> Result<u16, Box<dyn Error>> {
        // u/rust:secret
        let credential = "Authorization: Basic dS9ydXN0OnNlY3JldA==\r\n";
        Ok(self.send("GET", RESCAN, credential, "")?.0)
    }

    /// A call to the admin API; the status and the JSON of the answer.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Result<(u16, Value), Box<dyn Error>> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (status, text) = self.send(method, path, "", &body)?;
        Ok((status, serde_json::from_str(&text)?))
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        header: &str,
        body: &str,
    ) -> Result<(u16, String), Box<dyn Error>> {
        let Self { address, name } = self;
        let mut stream = TcpStream::connect(address)?;
        write!(
            stream,
            "{method} /_world/{name}{path} HTTP/1.1\r\nHost: {address}\r\n{header}Connection: close\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
        let status = head.split(' ').nth(1).ok_or("no status")?;
        Ok((status.parse()?, body.to_owned()))
    }
}
