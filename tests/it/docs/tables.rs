//! The generated parts of pages, between `<!-- name -->` and `<!-- /name -->`.

use std::fmt::Write as _;
use std::process::Command;

use serde_json::Value;

use super::page::printed;
use super::read;
use crate::harness::program::{Running, outcome, program};

/// A part by its name, and what makes it.
type Table = (&'static str, fn() -> String);

const TABLES: [Table; 7] = [
    ("apis", apis),
    ("pages", index),
    ("flags", flags),
    ("commands", commands),
    ("settings", settings),
    ("operations", operations),
    ("samples", samples),
];

/// The page with all its generated parts made anew.
pub(super) fn fill(text: &str) -> String {
    let mut text = text.to_owned();
    for (name, table) in TABLES {
        let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->\n"));
        let Some(start) = text.find(&open).map(|start| start + open.len()) else { continue };
        let end = text.find(&close).unwrap_or_else(|| panic!("{close} is missing"));
        text.replace_range(start..end, &table());
    }
    text
}

/// A running server, asked for one document.
fn ask(path: &str) -> Value {
    let running = Running::start(&mut program(&["--log", "json", "--listen", "127.0.0.1:0"]));
    let url = format!("http://{}{path}", running.address());
    let (_, out) = printed(Command::new("curl").args(["-sS", &url]));
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The emulated APIs, from the events of a start.
fn apis() -> String {
    let running = Running::start(&mut program(&["--log", "json", "--listen", "127.0.0.1:0"]));
    let mut table = "| API | name | endpoints |\n|---|---|---|\n".to_owned();
    for event in running.events().iter().filter(|event| event["event"] == "api") {
        let endpoints = event["endpoints"].as_array().into_iter().flatten();
        let endpoints: Vec<_> = endpoints.map(|endpoint| format!("`{}`", text(endpoint))).collect();
        let (product, api) = (text(&event["product"]), text(&event["api"]));
        let _ = writeln!(table, "| {product} | `{api}` | {} |", endpoints.join("<br>"));
    }
    table
}

/// The index: pages in the order in which a reader wants them, each with its title and its first sentence.
fn index() -> String {
    const ORDER: [(&str, &[&str]); 4] = [
        ("Start", &["running", "clients", "fixed-host", "languages", "fixtures", "troubleshooting"]),
        (
            "Write tests",
            &[
                "worlds-and-time",
                "faults",
                "console",
                "journal-and-verification",
                "provenance-and-behaviours",
                "differences",
            ],
        ),
        ("Operate", &["tls-and-proxy", "persistence", "performance"]),
        ("Reference", &["command-line", "settings", "admin-api", "behaviours"]),
    ];
    let known = |page: &str| ORDER.iter().any(|(_, pages)| pages.contains(&page));
    let docs = super::docs().into_iter();
    let docs: Vec<(String, String)> = docs
        .map(|page| (page.file_stem().expect("a name").to_string_lossy().into_owned(), read(&page)))
        .collect();
    let rest: Vec<&str> =
        docs.iter().map(|(page, _)| page.as_str()).filter(|page| *page != "README" && !known(page)).collect();
    let mut index = String::new();
    for (title, pages) in ORDER.into_iter().chain([("Maintain", &rest[..])]) {
        let _ = writeln!(index, "\n## {title}\n\n| page | what it answers |\n|---|---|");
        for page in pages {
            let Some((_, text)) = docs.iter().find(|(name, _)| name == page) else { continue };
            let mut parts = text.split("\n\n");
            let heading = parts.next().unwrap_or_default().trim_start_matches("# ").trim();
            let first = parts.next().unwrap_or_default().replace('\n', " ");
            let sentence =
                first.split_once(". ").map_or(first.clone(), |(sentence, _)| format!("{sentence}."));
            let _ = writeln!(index, "| [{heading}]({page}.md) | {sentence} |");
        }
    }
    index.push('\n');
    index
}

/// The built-in samples, as `samples builtin` lists them.
fn samples() -> String {
    let (code, out, err) = outcome(&mut program(&["samples", "builtin", "--json"]));
    assert_eq!(code, 0, "{err}");
    let list: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"));
    let mut table = "| name | verdict | threat | MD5 | SHA-1 |\n|---|---|---|---|---|\n".to_owned();
    for sample in list["samples"].as_array().expect("samples") {
        let cell = |name: &str| text(&sample[name]).replace('|', "\\|");
        let (name, verdict, threat) = (cell("name"), cell("verdict"), cell("threat"));
        let _ =
            writeln!(table, "| `{name}` | {verdict} | {threat} | `{}` | `{}` |", cell("md5"), cell("sha1"));
    }
    table
}

fn help(arguments: &[&str]) -> String {
    let (code, help, err) = outcome(&mut program(&[arguments, &["--help"]].concat()));
    assert_eq!(code, 0, "{arguments:?}: {err}");
    help
}

/// The flags of the server from `--help`: the flag, its environment variable, its default, and its description.
fn flags() -> String {
    let mut table = "| flag | environment | default | |\n|---|---|---|---|\n".to_owned();
    for entry in help(&[]).split("\n      --").skip(1) {
        let between =
            |open: &str| entry.split_once(open)?.1.split_once(']').map(|(value, _)| value.to_owned());
        let (Some(variable), Some(default)) = (between("[env: "), between("[default: ")) else { continue };
        let mut lines = entry.lines();
        let flag = lines.next().unwrap_or_default();
        let text = lines.next().unwrap_or_default().trim();
        let text = text.split(" [default").next().unwrap_or_default().replace('`', "");
        let _ = writeln!(table, "| `--{flag}` | `{variable}` | {default} | {text} |");
    }
    table
}

/// The help of every subcommand but `serve`, whose flags have a table. The flags that name the running server are left
/// out: the page describes them once.
fn commands() -> String {
    let mut text = String::new();
    for command in subcommands(&help(&[])).iter().filter(|command| *command != "serve") {
        let own = help(&[command]);
        let _ = writeln!(text, "\n## {command}\n\n```text\n{}\n```", without_server(&own));
        for inner in subcommands(&own) {
            let inner_help = help(&[command, &inner]);
            let _ =
                writeln!(text, "\n### {command} {inner}\n\n```text\n{}\n```", without_server(&inner_help));
        }
    }
    text.push('\n');
    text
}

fn subcommands(help: &str) -> Vec<String> {
    let commands = help.split_once("\nCommands:\n").map_or("", |(_, commands)| commands);
    let lines = commands.lines().take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

fn without_server(help: &str) -> String {
    let mut kept = Vec::new();
    let mut inside = false;
    for section in help.trim_end().split("\n\n") {
        let titled = section.lines().next().is_some_and(|line| !line.starts_with(' '));
        inside = if titled { section.starts_with("The running server:") } else { inside };
        // Every command has `--help`.
        let lines = section.lines().filter(|line| !line.trim_start().starts_with("-h, --help"));
        let lines = lines.filter(|line| !line.trim_start().starts_with("Print help (see"));
        let section = lines.map(str::trim_end).collect::<Vec<_>>().join("\n");
        if !inside && !section.is_empty() && section != "Options:" {
            kept.push(section);
        }
    }
    kept.join("\n\n")
}

/// The settings, as the server lists them.
fn settings() -> String {
    let list = ask("/_scandouble/settings");
    let mut table =
        "| setting | values | default | | behaviours that it switches |\n|---|---|---|---|---|\n".to_owned();
    for setting in list["settings"].as_array().expect("settings") {
        let cell = |name: &str| text(&setting[name]).replace('|', "\\|");
        let unbounded = format!(" to {}", u64::MAX);
        let allowed = cell("allowed").replace(&unbounded, "");
        let default = match cell("default") {
            none if none.is_empty() => "none".to_owned(),
            default => format!("`{default}`"),
        };
        let switched = setting["behaviours"].as_array().expect("behaviours").iter();
        let switched: Vec<_> =
            switched.map(|one| format!("`{}` {}", text(&one["name"]), text(&one["provenance"]))).collect();
        let (name, summary, switched) = (cell("name"), cell("summary"), switched.join("<br>"));
        let _ = writeln!(table, "| `{name}` | {allowed} | {default} | {summary} | {switched} |");
    }
    table
}

/// The operations of the admin API, from its OpenAPI document.
fn operations() -> String {
    let document = ask("/_scandouble/openapi.json");
    let paths = document["paths"].as_object().expect("paths");
    let operations: Vec<(String, &Value)> = paths
        .iter()
        .flat_map(|(path, item)| item.as_object().expect("operations").iter().map(move |of| (path, of)))
        .filter(|(_, (method, _))| *method != "parameters")
        .map(|(path, (method, operation))| (format!("{} {path}", method.to_uppercase()), operation))
        .collect();
    let mut table = String::new();
    for tag in document["tags"].as_array().expect("tags") {
        let _ = writeln!(table, "\n## {}\n\n{}\n", text(&tag["name"]), text(&tag["description"]));
        table.push_str("| operation | | query |\n|---|---|---|\n");
        for (operation, of) in operations.iter().filter(|(_, of)| of["tags"][0] == tag["name"]) {
            let query = of["parameters"].as_array().into_iter().flatten();
            let query = query.filter(|parameter| parameter["in"] == "query");
            let query: Vec<_> = query.map(|parameter| format!("`{}`", text(&parameter["name"]))).collect();
            let _ = writeln!(table, "| `{operation}` | {} | {} |", text(&of["summary"]), query.join(" "));
        }
    }
    table.push('\n');
    table
}
