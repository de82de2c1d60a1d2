//! Golden tests of the wire format: recorded requests are sent to the program, and its replies are compared with the
//! recorded ones byte for byte.
//!
//! The exchanges are the text files below this folder; `format.rs` explains how they are written. Each file has a
//! separate server, started with `fixtures/` and a clock frozen at 2026-03-01T12:00:00Z, and its exchanges run in
//! the order of the file. Nothing here uses the crate; the tests reach the program over sockets only.
//!
//! Add a request without a reply, or change the program on purpose, and then run
//!
//! ```sh
//! UPDATE_REPLIES=1 cargo test --test replies
//! ```
//!
//! which records the replies. Review the diff of these files as you would review code.
//!
//! Three kinds of value differ from run to run and stand in the files as placeholders: times of the real clock, such as
//! the header `date` (`${time}`), durations in the journal (`${duration}`), and random identifiers (`${session-1}`,
//! numbered within a file, and usable in later requests of it). `placeholders.rs` lists them.

mod diff;
mod format;
mod http1;
mod http2;
mod placeholders;
mod program;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use format::File;
use placeholders::Placeholders;
use program::Program;

/// The minimum number of exchanges; fewer mean that files were lost.
const AT_LEAST: usize = 600;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replies")
}

/// The recorded files: every `.txt` file in the folders below this one, sorted by path.
fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder()).expect("the folder").flatten() {
        if entry.path().is_dir() {
            let inner = std::fs::read_dir(entry.path()).expect("a folder").flatten();
            files.extend(
                inner.map(|entry| entry.path()).filter(|path| path.extension() == Some("txt".as_ref())),
            );
        }
    }
    files.sort();
    files
}

/// The result of running one file.
#[derive(Default)]
struct Outcome {
    exchanges: usize,
    /// The values of `Scandouble-Behaviour` in its replies.
    behaviours: BTreeSet<String>,
    differences: Vec<String>,
}

#[test]
fn replies_are_as_recorded() {
    let update = std::env::var_os("UPDATE_REPLIES").is_some();
    let waiting = Mutex::new(files());
    let total = Mutex::new(Outcome::default());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(path) = { waiting.lock().expect("no panic").pop() } {
                    let found = run(&path, update);
                    let mut total = total.lock().expect("no panic");
                    total.exchanges += found.exchanges;
                    total.behaviours.extend(found.behaviours);
                    total.differences.extend(found.differences);
                }
            });
        }
    });

    let Outcome { exchanges, behaviours, differences } = total.into_inner().expect("no panic");
    assert!(
        differences.is_empty(),
        "{}\n{} replies differ from the recorded ones. If they should, UPDATE_REPLIES=1 cargo test --test replies \
         writes them down.",
        differences.join("\n"),
        differences.len()
    );
    assert!(exchanges >= AT_LEAST, "there are only {exchanges} recorded exchanges");
    let missing: Vec<_> = catalogue().difference(&behaviours).cloned().collect();
    assert!(missing.is_empty(), "no recorded reply shows these behaviours: {}", missing.join(", "));
}

/// Sends the requests of one file, and compares or records the replies.
fn run(path: &Path, update: bool) -> Outcome {
    let name = path.strip_prefix(folder()).expect("a file below").display().to_string();
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut file = File::parse(&text).unwrap_or_else(|error| panic!("{name}:{error}"));
    let program = Program::start(&file.flags);
    program.freeze_clock();

    let mut outcome = Outcome::default();
    let mut placeholders = Placeholders::default();
    for exchange in &mut file.exchanges {
        let request = placeholders.fill_in(&exchange.request);
        let request =
            format::request(&request).unwrap_or_else(|error| panic!("{name}: {}: {error}", exchange.title));
        let (bytes, is_reset) = match http2::is_meant(&request) {
            true => (http2::exchange(program.address(), &request), false),
            false => http1::exchange(program.address(), &request),
        };
        outcome.exchanges += 1;
        outcome.behaviours.extend(behaviours_of(&bytes));
        let reply = format::encode(&placeholders.put(&bytes));
        if (exchange.reply.as_ref(), exchange.is_reset) != (Some(&reply), is_reset) && !update {
            let place = format!("tests/replies/{name}:{}: {}", exchange.line, exchange.title);
            let recorded = exchange.reply.as_deref().unwrap_or_default();
            let ends = [exchange.is_reset, is_reset];
            outcome.differences.push(diff::report(&place, &exchange.request, [recorded, &reply], ends));
        }
        exchange.reply = Some(reply);
        exchange.is_reset = is_reset;
    }
    if update {
        std::fs::write(path, file.to_string()).expect("the file is written");
    }
    outcome
}

/// The behaviours that the heads of replies name.
fn behaviours_of(reply: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(reply);
    let values = text.split("\r\n").filter_map(|line| line.strip_prefix("scandouble-behaviour: "));
    values.flat_map(|value| value.split(", ").map(str::to_owned)).collect()
}

/// The names of all behaviours, as the running program lists them.
fn catalogue() -> BTreeSet<String> {
    let program = Program::start(&[]);
    let answer = program.ask("GET", "/_scandouble/behaviours", "");
    let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
    let names = answer["behaviours"].as_array().expect("a list").iter();
    let names: BTreeSet<String> = names.map(|one| one["name"].as_str().expect("a name").to_owned()).collect();
    assert!(names.len() > 100, "the catalogue has only {} behaviours", names.len());
    names
}
