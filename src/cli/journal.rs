//! `scandouble journal`: shows the requests of a world's clients and the answers they got.

use clap::Args;
use serde_json::Value;

use super::client::{AdminClient, query};
use super::error::CommandError;
use super::log::print_line;
use super::server_args::ServerArgs;
use super::table::plain;
use super::{SUCCESS, example_api, missing_world};

/// How long one request waits for new entries. The server has an upper bound.
const WAIT: &str = "30s";

#[derive(Debug, Args)]
#[command(after_help = format!(
    "Examples:\n  scandouble journal --api {} --status 4xx\n  scandouble journal --follow\n  scandouble journal --har calls.har",
    example_api()
))]
pub(super) struct JournalArgs {
    #[command(flatten)]
    filter: JournalFilter,

    /// Only entries after this number
    #[arg(long, value_name = "NUMBER")]
    since: Option<u64>,

    /// The most entries to show: the newest, or with --since the oldest [default: 1000]
    #[arg(long, value_name = "COUNT")]
    limit: Option<u64>,

    /// Keep printing new entries until interrupted
    #[arg(long)]
    follow: bool,

    /// Write an HTTP archive (HAR) to this file; - for standard output
    #[arg(long, value_name = "FILE", conflicts_with = "follow")]
    har: Option<String>,

    #[command(flatten)]
    server: ServerArgs,
}

/// Which entries to show. In names, * matches any text.
#[derive(Clone, Debug, Args)]
struct JournalFilter {
    /// The API
    #[arg(long)]
    api: Option<String>,
    /// The behaviour of the answer, with or without the name of its API
    #[arg(long)]
    behaviour: Option<String>,
    /// The account's name or key
    #[arg(long)]
    account: Option<String>,
    /// The method
    #[arg(long)]
    method: Option<String>,
    /// The path, without the prefix of a world
    #[arg(long)]
    path: Option<String>,
    /// The endpoint, "GET /hash/{hash}"
    #[arg(long)]
    endpoint: Option<String>,
    /// The status, 404, or a class of them, 4xx
    #[arg(long)]
    status: Option<String>,
    /// The id of a fault that fired
    #[arg(long)]
    fault: Option<String>,
    /// The kind of a finding: deviation, advice, near-miss, any
    #[arg(long)]
    finding: Option<String>,
    /// A hash in the path or the body
    #[arg(long)]
    hash: Option<String>,
}

impl JournalFilter {
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

pub(super) fn run(args: JournalArgs) -> u8 {
    let JournalArgs { filter, since, limit, follow, har, server } = args;
    server.run(async |client| {
        let (since, limit) = (("since", since.map(text)), ("limit", limit.map(text)));
        if let Some(file) = har {
            let more = [since, limit, ("format", Some("har".to_owned())), ("wait", None)];
            let answer = client.get(&filter.path(more)).await?;
            if file == "-" {
                print_line(&answer.text);
            } else {
                std::fs::write(&file, &answer.text)
                    .map_err(|error| CommandError::io("write", &file, &error))?;
            }
            return Ok(SUCCESS);
        }
        let answer =
            client.get(&filter.clone().path([since, limit, ("format", None), ("wait", None)])).await?;
        if follow {
            print_entries(client, &answer.value);
            // Following never ends, so the note cannot wait until then.
            missing_world::print_note(client).await;
            return self::follow(client, &filter, &answer.value).await;
        }
        client.print(&answer, |list| {
            let entries: Vec<&Value> = list["entries"].as_array().into_iter().flatten().collect();
            let mut lines: Vec<String> = entries.iter().map(|entry| line(entry)).collect();
            let (matching, dropped) =
                (list["matching"].as_u64().unwrap_or_default(), list["dropped"].as_u64().unwrap_or_default());
            if entries.len() as u64 != matching {
                lines.push(format!("{} of {matching} entries", entries.len()));
            }
            if dropped > 0 {
                lines.push(format!(
                    "{dropped} older entries were dropped to keep the journal within its limits"
                ));
            }
            if lines.is_empty() {
                lines.push("no entries".to_owned());
            }
            lines.join("\n")
        });
        Ok(SUCCESS)
    })
}

fn text(number: u64) -> String {
    number.to_string()
}

/// Prints the entries after `list` until the connection fails.
async fn follow(client: &AdminClient, filter: &JournalFilter, list: &Value) -> Result<u8, CommandError> {
    let mut since = after(list);
    loop {
        let more = [
            ("since", Some(text(since))),
            ("wait", Some(WAIT.to_owned())),
            ("limit", None),
            ("format", None),
        ];
        let list = client.get(&filter.clone().path(more)).await?.value;
        print_entries(client, &list);
        // The number can go back: a world that was deleted and created again counts from 1.
        since = after(&list);
    }
}

/// The number of the last entry that was received.
fn after(list: &Value) -> u64 {
    let entries = list["entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    let number = |entry: &Value| entry["number"].as_u64().unwrap_or_default();
    match entries.last() {
        Some(last) => number(last),
        None => list["last"].as_u64().unwrap_or_default(),
    }
}

fn print_entries(client: &AdminClient, list: &Value) {
    for entry in list["entries"].as_array().into_iter().flatten() {
        print_line(&if client.prints_json() { entry.to_string() } else { line(entry) });
    }
}

/// An entry as one line, followed by a line for each finding.
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
