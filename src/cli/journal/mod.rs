//! `scandouble journal`: shows the requests of a world's clients, or of all, and the answers they got.

mod follow;
mod show;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::client::{AdminClient, query};
use super::error::CommandError;
use super::log::print_line;
use super::request_line::RequestLine;
use super::server_args::ServerArgs;
use super::table::{items, plain};
use super::{SUCCESS, example_api};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = format!(
    "Examples:\n  scandouble journal --api {} --status 4xx\n  scandouble journal --follow --world all\n  scandouble journal --har \
     calls.har\n  scandouble journal show 3",
    example_api()
))]
pub(super) struct JournalArgs {
    #[command(subcommand)]
    action: Option<JournalAction>,

    #[command(flatten)]
    filter: JournalFilter,

    /// Only entries after this number; with --world all a request number
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

    // `--world all` stands for all worlds.
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Subcommand)]
enum JournalAction {
    /// Show one exchange with its headers and bodies
    Show(show::ShowArgs),
}

/// Which entries to show. In names, * matches any text.
#[derive(Clone, Debug, Args)]
struct JournalFilter {
    /// The API
    #[arg(long)]
    api: Option<String>,
    /// The behaviour of the answer, with or without the name of its API
    #[arg(long, alias = "behavior")]
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
    /// The path of the admin API with this filter and `more` parameters. `resource` is what follows `/journal`.
    fn path(self, resource: &str, more: impl IntoIterator<Item = (&'static str, Option<String>)>) -> String {
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
        format!("/journal{resource}{}", query(own.into_iter().chain(more)))
    }
}

pub(super) fn run(args: JournalArgs) -> u8 {
    let JournalArgs { action, filter, since, limit, follow, har, mut server } = args;
    // `all` is a value of the parameter `world`. As a name it would select a world called "all".
    let all = server.world.take_if(|world| world == "all");
    server.run(async |client| {
        let without_world = client.without_world();
        let client = if all.is_some() { &without_world } else { client };
        if let Some(JournalAction::Show(args)) = action {
            return show::run(client, args, all).await;
        }
        // Numbers of entries count within one world. Over all worlds only request numbers are in order.
        let since = (if all.is_some() { "after" } else { "since" }, since.map(text));
        let own = [("world", all.clone()), since, ("limit", limit.map(text))];
        if let Some(file) = har {
            let path = filter.path("", own.into_iter().chain([("format", Some("har".to_owned()))]));
            return export(client, &path, &file).await;
        }
        let answer = client.get(&filter.clone().path("", own)).await?;
        if follow {
            return follow::run(client, filter, all, &answer.value).await;
        }
        client.print(&answer, |list| describe(list, all.is_some()));
        Ok(SUCCESS)
    })
}

fn text(number: u64) -> String {
    number.to_string()
}

/// Writes the HTTP archive at a path of the admin API to a file, or prints it.
async fn export(client: &AdminClient, path: &str, file: &str) -> Result<u8, CommandError> {
    let answer = client.get(path).await?;
    if file == "-" {
        print_line(&answer.text);
    } else {
        std::fs::write(file, &answer.text).map_err(|error| CommandError::io("write", file, &error))?;
    }
    Ok(SUCCESS)
}

/// A list of entries, and what it leaves out.
fn describe(list: &Value, is_of_all: bool) -> String {
    let entries: Vec<&Value> = items(list, "entries").collect();
    let shown =
        |entry: &&Value| if is_of_all { RequestLine::of_entry(entry).text(false) } else { line(entry) };
    let mut lines: Vec<String> = entries.iter().map(shown).collect();
    let count = |name: &str| list[name].as_u64().unwrap_or_default();
    let (matching, dropped) = (count("matching"), count("dropped"));
    if entries.len() as u64 != matching {
        lines.push(format!("{} of {matching} entries", entries.len()));
    }
    if dropped > 0 {
        lines.push(format!("{dropped} older entries were dropped to keep the journal within its limits"));
    }
    if lines.is_empty() {
        lines.push("no entries".to_owned());
    }
    lines.join("\n")
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
    for finding in items(entry, "findings") {
        line.push_str(&format!("\n       {}: {}", text(&finding["kind"]), text(&finding["text"])));
    }
    line
}
