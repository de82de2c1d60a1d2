//! `scandouble journal`: what the clients of a world sent, and what they were answered.

use clap::Args;
use serde_json::Value;

use super::door::{Door, Failure, Target, io_failure, query};
use super::log::say;
use super::table::plain;
use super::{DONE, missing_world};

/// How long one request for new entries waits, within what the server allows.
const WAIT: &str = "30s";

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  scandouble journal --api metadefender-cloud --status 4xx\n  \
                        scandouble journal --follow\n  scandouble journal --har calls.har")]
pub(super) struct Flags {
    #[command(flatten)]
    filter: Filter,

    /// Only entries with a greater number
    #[arg(long, value_name = "NUMBER")]
    since: Option<u64>,

    /// How many entries at most, the newest, or with --since the oldest [default: 1000]
    #[arg(long, value_name = "COUNT")]
    limit: Option<u64>,

    /// Go on with each new entry, until stopped
    #[arg(long)]
    follow: bool,

    /// Write them to this file in the HTTP Archive format; - for standard output
    #[arg(long, value_name = "FILE", conflicts_with = "follow")]
    har: Option<String>,

    #[command(flatten)]
    target: Target,
}

/// Which entries; in names, * stands for any text.
#[derive(Clone, Debug, Args)]
struct Filter {
    /// The API
    #[arg(long)]
    api: Option<String>,
    /// A behaviour that the answer was, with or without its API
    #[arg(long)]
    behaviour: Option<String>,
    /// The account's name or key
    #[arg(long)]
    account: Option<String>,
    /// The method
    #[arg(long)]
    method: Option<String>,
    /// The vendor's path
    #[arg(long)]
    path: Option<String>,
    /// An endpoint, "GET /hash/{hash}"
    #[arg(long)]
    endpoint: Option<String>,
    /// A status, 404, or a class of them, 4xx
    #[arg(long)]
    status: Option<String>,
    /// A fault that fired, by id
    #[arg(long)]
    fault: Option<String>,
    /// What was noticed: deviation, advice, near-miss, any
    #[arg(long)]
    finding: Option<String>,
    /// A hash in the path or the body
    #[arg(long)]
    hash: Option<String>,
}

impl Filter {
    fn path(self, more: [(&'static str, Option<String>); 4]) -> String {
        let own = [
            ("api", self.api),
            ("behaviour", self.behaviour),
            ("account", self.account),
            ("method", self.method),
            ("path", self.path),
            ("endpoint", self.endpoint),
            ("status", self.status),
            ("fault", self.fault),
            ("finding", self.finding),
            ("hash", self.hash),
        ];
        format!("/journal{}", query(own.into_iter().chain(more)))
    }
}

pub(super) fn run(flags: Flags) -> u8 {
    let Flags { filter, since, limit, follow, har, target } = flags;
    target.drive(async |door| {
        let (since, limit) = (("since", since.map(text)), ("limit", limit.map(text)));
        if let Some(file) = har {
            let more = [since, limit, ("format", Some("har".to_owned())), ("wait", None)];
            let answer = door.get(&filter.path(more)).await?;
            if file == "-" {
                say(&answer.text);
            } else {
                std::fs::write(&file, &answer.text).map_err(|error| io_failure("write", &file, &error))?;
            }
            return Ok(DONE);
        }
        let answer = door.get(&filter.clone().path([since, limit, ("format", None), ("wait", None)])).await?;
        if follow {
            show(door, &answer.value);
            // This goes on for ever, so the note cannot wait for the end.
            missing_world::note(door).await;
            return self::follow(door, &filter, &answer.value).await;
        }
        door.show(&answer, |list| {
            let entries: Vec<&Value> = list["entries"].as_array().into_iter().flatten().collect();
            let mut lines: Vec<String> = entries.iter().map(|entry| line(entry)).collect();
            let (matching, dropped) =
                (list["matching"].as_u64().unwrap_or_default(), list["dropped"].as_u64().unwrap_or_default());
            if entries.len() as u64 != matching {
                lines.push(format!("{} of {matching} entries", entries.len()));
            }
            if dropped > 0 {
                lines.push(format!("the journal's bounds have dropped {dropped} entries"));
            }
            if lines.is_empty() {
                lines.push("no entries".to_owned());
            }
            lines.join("\n")
        });
        Ok(DONE)
    })
}

fn text(number: u64) -> String {
    number.to_string()
}

/// Shows what comes after `list`, for ever.
async fn follow(door: &Door, filter: &Filter, list: &Value) -> Result<u8, Failure> {
    let mut since = after(list);
    loop {
        let more = [
            ("since", Some(text(since))),
            ("wait", Some(WAIT.to_owned())),
            ("limit", None),
            ("format", None),
        ];
        let list = door.get(&filter.clone().path(more)).await?.value;
        show(door, &list);
        // Which may be less than before: a world that was removed and made again counts anew.
        since = after(&list);
    }
}

/// The number after which there may be more to show.
fn after(list: &Value) -> u64 {
    let entries = list["entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    let number = |entry: &Value| entry["number"].as_u64().unwrap_or_default();
    match entries.last() {
        Some(last) => number(last),
        None => list["last"].as_u64().unwrap_or_default(),
    }
}

fn show(door: &Door, list: &Value) {
    for entry in list["entries"].as_array().into_iter().flatten() {
        say(&if door.wants_json() { entry.to_string() } else { line(entry) });
    }
}

/// An entry in a line, and a line for each thing that was noticed.
fn line(entry: &Value) -> String {
    let text = |value: &Value| plain(value.as_str().unwrap_or_default());
    let request = &entry["request"];
    let query = request["query"].as_str().map_or(String::new(), |query| format!("?{}", plain(query)));
    let mut line = format!(
        "{:>5}  {}  {}  {} {}{}{query}",
        entry["number"].as_u64().unwrap_or_default(),
        text(&entry["at"]),
        entry["response"]["status"],
        text(&request["method"]),
        text(&request["prefix"]),
        text(&request["path"]),
    );
    let names = |list: &Value, name: fn(&Value) -> &Value| {
        let names: Vec<_> = list.as_array().into_iter().flatten().map(|one| text(name(one))).collect();
        names.join(", ")
    };
    let behaviours = names(&entry["behaviours"], |one| &one["name"]);
    let faults = names(&entry["faults"], |one| one);
    if !behaviours.is_empty() {
        line.push_str(&format!("  {behaviours}"));
    }
    if !faults.is_empty() {
        line.push_str(&format!("  fault: {faults}"));
    }
    for finding in entry["findings"].as_array().into_iter().flatten() {
        line.push_str(&format!("\n       {}: {}", text(&finding["kind"]), text(&finding["text"])));
    }
    line
}
