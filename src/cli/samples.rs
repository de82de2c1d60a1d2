//! `scandouble samples`: lists, shows, loads and removes the samples of a world, and ends what runs on one.

use clap::{Args, Subcommand};
use http::Method;
use serde_json::{Value, json};

use super::door::{Answer, Door, Failure, Target, encode, query, read};
use super::log::{in_colours, say};
use super::table::{pairs, plain, table};
use super::{DONE, FAILED};
use crate::document::{Diagnostic, Excerpt, Format, Place, code};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  scandouble samples list --verdict infected\n  \
                        scandouble samples load invoice.yaml --world t42")]
pub(super) struct Flags {
    #[command(subcommand)]
    act: Option<Act>,

    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// List them; what happens without a word
    #[command(after_help = "Example:\n  scandouble samples list --verdict infected --limit 10")]
    List(Which),
    /// Show one whole
    #[command(after_help = "Example:\n  scandouble samples show 44d88612fea8a8f36de82e1278abb02f")]
    Show {
        /// md5, sha1, sha256 or sha512
        hash: String,
    },
    /// Load fixture files into the world; all of a file, or nothing of it
    #[command(after_help = "Example:\n  scandouble samples load invoice.yaml rows.csv --world t42")]
    Load {
        /// YAML, JSON, JSON Lines or CSV, as their names say; - for standard input
        #[arg(required = true)]
        files: Vec<String>,
        /// A profile of them to pick; may be given several times
        #[arg(long, value_name = "NAME")]
        profile: Vec<String>,
    },
    /// Take one away from this world
    #[command(after_help = "Example:\n  scandouble samples remove 44d88612fea8a8f36de82e1278abb02f")]
    Remove {
        /// md5, sha1, sha256 or sha512
        hash: String,
    },
    /// End everything that runs on one: queued analyses, unfinished scans
    #[command(after_help = "Example:\n  scandouble samples advance 44d88612fea8a8f36de82e1278abb02f")]
    Advance {
        /// md5, sha1, sha256 or sha512
        hash: String,
    },
}

#[derive(Debug, Default, Args)]
struct Which {
    /// Part of a name
    #[arg(long)]
    name: Option<String>,
    /// The verdict of the newest scan
    #[arg(long)]
    verdict: Option<String>,
    /// How many to leave out at the beginning
    #[arg(long, value_name = "COUNT")]
    offset: Option<u32>,
    /// How many to show at most [default: 100]
    #[arg(long, value_name = "COUNT")]
    limit: Option<u32>,
}

pub(super) fn run(flags: Flags) -> u8 {
    let Flags { act, target } = flags;
    target.drive(async |door| {
        match act.unwrap_or_else(|| Act::List(Which::default())) {
            Act::List(Which { name, verdict, offset, limit }) => {
                let (offset, limit) = (offset.map(|it| it.to_string()), limit.map(|it| it.to_string()));
                let wanted = [("name", name), ("verdict", verdict), ("offset", offset), ("limit", limit)];
                let answer = door.get(&format!("/samples{}", query(wanted))).await?;
                door.show(&answer, list);
            }
            Act::Show { hash } => {
                let answer = door.get(&path(&hash)).await?;
                door.show(&answer, describe);
            }
            Act::Load { files, profile } => {
                let mut code = DONE;
                for file in &files {
                    code = code.max(load(door, file, &profile).await?);
                }
                return Ok(code);
            }
            Act::Remove { hash } => {
                door.delete(&path(&hash)).await?;
                if !door.wants_json() {
                    say(&format!("{hash} is gone"));
                }
            }
            Act::Advance { hash } => {
                let answer = door.post(&format!("{}/advance", path(&hash)), &json!({})).await?;
                door.show(&answer, |shown| match shown["ended"].as_u64() {
                    Some(1) => "1 analysis has ended".to_owned(),
                    ended => format!("{} analyses have ended", ended.unwrap_or_default()),
                });
            }
        }
        Ok(DONE)
    })
}

fn path(hash: &str) -> String {
    format!("/samples/{}", encode(hash))
}

/// Loads one file; a fixture with faults is told with the file's own name.
async fn load(door: &Door, file: &str, profiles: &[String]) -> Result<u8, Failure> {
    let text = read(file)?;
    let profiles = Some(profiles.join(",")).filter(|names| !names.is_empty());
    let path = format!("/samples{}", query([("profile", profiles)]));
    let kind = Format::of_name(file).map_or("text/plain", Format::media_type);
    let answer = door.ask_as(kind, Method::POST, &path, text.into()).await?;
    if answer.is_good() {
        door.show(&answer, |brought| {
            let count = |key: &str| brought[key].as_u64().unwrap_or_default();
            let mut parts = vec![format!("{} samples", count("samples"))];
            for key in ["accounts", "rules", "settings"] {
                parts.extend((count(key) > 0).then(|| format!("{} {key}", count(key))));
            }
            let replaced = count("replaced");
            let replaced =
                if replaced > 0 { format!(", {replaced} of them replaced") } else { String::new() };
            format!("{file}: {}{replaced}", parts.join(", "))
        });
        return Ok(DONE);
    }
    match faults_of(&answer, file) {
        Some(faults) => {
            super::log::complain(&faults);
            Ok(FAILED)
        }
        None => Err(Failure::Failed(answer.detail().map_or_else(
            || format!("{} answered {} and is no scandouble, or another version", door.url, answer.status()),
            |detail| format!("{file}: {detail}"),
        ))),
    }
}

fn faults_of(answer: &Answer, file: &str) -> Option<String> {
    let faults = answer.value["errors"].as_array()?;
    Some(
        faults
            .iter()
            .map(|fault| fault_of(fault, Some(file)).render(in_colours()))
            .collect::<Vec<_>>()
            .join("\n"),
    )
}

/// A fault as the door told it, of `file` if the door could not know its name.
pub(super) fn fault_of(fault: &Value, file: Option<&str>) -> Diagnostic {
    let text = |key: &str| plain(fault[key].as_str().unwrap_or_default());
    let number =
        |key: &str| fault[key].as_u64().and_then(|number| u32::try_from(number).ok()).unwrap_or_default();
    let place = Place { line: number("line"), column: number("column") };
    let meant = fault["suggestion"].as_str().map(plain);
    let help = text("help");
    let help = match &meant {
        Some(meant) => help.trim_start_matches(&format!("did you mean {meant:?}?")).trim_start().to_owned(),
        None => help,
    };
    let file = file.map_or_else(|| text("file"), str::to_owned);
    let problem = Diagnostic::new(file, place, &code::SYNTAX, text("what"), help).meaning(meant.as_deref());
    let excerpt = fault["excerpt"].as_str().zip(fault["caret"].as_str()).map(|(line, caret)| {
        Box::new(Excerpt { line: plain(line), caret: plain(caret), offset: 0, length: 0 })
    });
    Diagnostic { excerpt, ..problem }
}

fn list(answer: &Value) -> String {
    let samples: Vec<&Value> = answer["samples"].as_array().into_iter().flatten().collect();
    let rows = samples.iter().map(|sample| {
        let text = |key: &str| sample[key].as_str().unwrap_or_default().to_owned();
        let own = if sample["own"].as_bool() == Some(true) { " (own)" } else { "" };
        [text("sha256"), text("verdict"), sample["size"].to_string(), text("name"), text("origin") + own]
    });
    let table = table(["SHA256", "VERDICT", "SIZE", "NAME", "ORIGIN"], rows);
    let total = answer["total"].as_u64().unwrap_or_default();
    if samples.len() as u64 == total { table } else { format!("{table}\n{} of {total}", samples.len()) }
}

fn describe(answer: &Value) -> String {
    let plain_value = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let sample = answer["sample"].as_object();
    let fields = sample.into_iter().flatten().filter(|(name, _)| *name != "engines");
    let mut lines: Vec<(&str, String)> =
        fields.map(|(name, value)| (name.as_str(), plain_value(value))).collect();
    let origin = answer["origin"].as_str().unwrap_or_default();
    let own = if answer["own"].as_bool() == Some(true) { ", this world's own" } else { "" };
    lines.push(("origin", format!("{origin}{own}")));
    lines.push(("verdict now", plain_value(&answer["verdict"])));
    let text = pairs(lines);
    let analyses: Vec<&Value> = answer["analyses"].as_array().into_iter().flatten().collect();
    if analyses.is_empty() {
        return text;
    }
    let rows = analyses.iter().map(|analysis| {
        let text = |key: &str| analysis[key].as_str().unwrap_or_default().to_owned();
        let ends = if analysis["ends_at"].is_null() { "when told".to_owned() } else { text("ends_at") };
        let waiting = if analysis["waiting"].as_bool() == Some(true) { "waits" } else { "done" };
        [text("engine"), text("queued_at"), ends, waiting.to_owned()]
    });
    format!("{text}\n\n{}", table(["ENGINE", "QUEUED", "ENDS", "STATE"], rows))
}
