//! A quota of 24 hours, waited for in milliseconds: `cargo run --example quota_window`.
//!
//! A test in Rust starts the double in its own process; `quota_window.py` beside this file is the same test in Python, over
//! HTTP.

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use scandouble::{Call, Emulator, Verification};

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
    let world = double.world("quota-rust");

    // Arrange: nothing moves but what the test moves.
    world.clock().freeze_at("2026-03-01T12:00:00Z")?;

    // Act: the client under test would be called here.
    assert_eq!(rescan(&world.url())?, 200);
    assert_eq!(rescan(&world.url())?, 200);
    assert_eq!(rescan(&world.url())?, 429, "the quota of two is used up");
    world.clock().advance(Duration::from_secs(24 * 60 * 60));
    assert_eq!(rescan(&world.url())?, 200, "a day later there is a new one");

    // Assert: what the client did, in this order, and nothing else.
    let expected = Verification::new()
        .expect(Call::new().behaviour("rescan.single.sent").times(2))
        .expect(Call::new().behaviour("quota.exceeded").times(1))
        .expect(Call::new().behaviour("rescan.single.sent").account("u/rust").times(1))
        .in_order()
        .nothing_else();
    world.verify(expected).await?;

    let coverage = world.coverage();
    for behaviour in ["rescan.single.sent", "quota.exceeded"] {
        let count = coverage.count(&format!("spectra-intelligence/{behaviour}")).unwrap_or_default();
        println!("{count:>3} {behaviour}");
    }
    let percent = coverage.percent_of("spectra-intelligence").unwrap_or_default();
    println!("{percent} % of what Spectra Intelligence can answer");
    double.stop().await?;
    Ok(())
}

/// In place of the client under test: asks for a rescan at `base_url`, and returns the status.
fn rescan(base_url: &str) -> Result<u16, Box<dyn Error>> {
    let (host, world) = base_url.trim_start_matches("http://").split_once('/').ok_or("no path")?;
    let mut stream = TcpStream::connect(host)?;
    // u/rust:secret
    write!(
        stream,
        "GET /{world}{RESCAN} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic dS9ydXN0OnNlY3JldA==\r\n\
         Connection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.split(' ').nth(1).ok_or("no status")?.parse()?)
}
