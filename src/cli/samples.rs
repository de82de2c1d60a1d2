//! `scandouble samples`: lists, shows, loads and removes the samples of a world, and finishes their analyses.

use clap::{Args, Subcommand};
use http::Method;
use serde_json::{Value, json};

use super::builtin_samples;
use super::client::{AdminClient, path_segment, query};
use super::error::CommandError;
use super::fixture_errors::print_fixture_errors;
use super::input::read_input;
use super::log::print_line;
use super::server_args::ServerArgs;
use super::table::{counted, items, pairs, table, text};
use super::{FAILED, SUCCESS};
use crate::document::Format;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  scandouble samples list --verdict infected\n  \
                        scandouble samples load invoice.yaml --world t42")]
pub(super) struct SamplesArgs {
    #[command(subcommand)]
    action: Option<SamplesAction>,

    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Subcommand)]
enum SamplesAction {
    /// List them (the default)
    #[command(after_help = "Example:\n  scandouble samples list --verdict infected --limit 10")]
    List(SampleFilter),
    /// List the built-in samples with all their hashes, to copy; needs no server
    #[command(
        after_help = "Examples:\n  scandouble samples builtin\n  scandouble samples builtin --name eicar --json"
    )]
    Builtin {
        /// A part of the name
        #[arg(long)]
        name: Option<String>,
    },
    /// Show all fields of one
    #[command(after_help = "Example:\n  scandouble samples show 44d88612fea8a8f36de82e1278abb02f")]
    Show {
        /// md5, sha1, sha256 or sha512
        hash: String,
    },
    /// Load fixture files into the world; a file is loaded completely or not at all
    #[command(after_help = "Example:\n  scandouble samples load invoice.yaml rows.csv --world t42")]
    Load {
        /// YAML, JSON, JSON Lines or CSV, by file name; - for standard input
        #[arg(required = true)]
        files: Vec<String>,
        /// A profile of the files to include; may be given several times
        #[arg(long, value_name = "NAME")]
        profile: Vec<String>,
    },
    /// Remove one from this world
    #[command(after_help = "Example:\n  scandouble samples remove 44d88612fea8a8f36de82e1278abb02f")]
    Remove {
        /// md5, sha1, sha256 or sha512
        hash: String,
    },
    /// Finish all analyses and scans of one that are pending
    #[command(after_help = "Example:\n  scandouble samples advance 44d88612fea8a8f36de82e1278abb02f")]
    Advance {
        /// md5, sha1, sha256 or sha512
        hash: String,
    },
}

#[derive(Debug, Default, Args)]
struct SampleFilter {
    /// A part of the name
    #[arg(long)]
    name: Option<String>,
    /// The verdict of the newest scan
    #[arg(long)]
    verdict: Option<String>,
    /// How many to skip
    #[arg(long, value_name = "COUNT")]
    offset: Option<u32>,
    /// The most samples to show [default: 100]
    #[arg(long, value_name = "COUNT")]
    limit: Option<u32>,
}

pub(super) fn run(args: SamplesArgs) -> u8 {
    let SamplesArgs { action, server } = args;
    if let Some(SamplesAction::Builtin { name }) = &action {
        print_line(&builtin_samples::list(name.as_deref().unwrap_or_default(), server.json));
        return SUCCESS;
    }
    server.run(async |client| {
        match action.unwrap_or_else(|| SamplesAction::List(SampleFilter::default())) {
            SamplesAction::List(SampleFilter { name, verdict, offset, limit }) => {
                let (offset, limit) = (offset.map(|it| it.to_string()), limit.map(|it| it.to_string()));
                let parameters = [("name", name), ("verdict", verdict), ("offset", offset), ("limit", limit)];
                let answer = client.get(&format!("/samples{}", query(parameters))).await?;
                client.print(&answer, list);
            }
            // Listed above, without a server.
            SamplesAction::Builtin { .. } => {}
            SamplesAction::Show { hash } => {
                let answer = client.get(&path(&hash)).await?;
                client.print(&answer, describe);
            }
            SamplesAction::Load { files, profile } => {
                let mut code = SUCCESS;
                for file in &files {
                    code = code.max(load(client, file, &profile).await?);
                }
                return Ok(code);
            }
            SamplesAction::Remove { hash } => {
                client.delete(&path(&hash)).await?;
                client.print_done(&format!("removed {hash}"));
            }
            SamplesAction::Advance { hash } => {
                let answer = client.post(&format!("{}/advance", path(&hash)), &json!({})).await?;
                client.print(&answer, |answer| match answer["ended"].as_u64() {
                    Some(1) => "finished 1 analysis".to_owned(),
                    ended => format!("finished {} analyses", ended.unwrap_or_default()),
                });
            }
        }
        Ok(SUCCESS)
    })
}

fn path(hash: &str) -> String {
    format!("/samples/{}", path_segment(hash))
}

/// Loads one file. The server does not know its name, so errors get it here.
async fn load(client: &AdminClient, file: &str, profiles: &[String]) -> Result<u8, CommandError> {
    let text = read_input(file)?;
    let profiles = Some(profiles.join(",")).filter(|names| !names.is_empty());
    let path = format!("/samples{}", query([("profile", profiles)]));
    // Without a telling file name the server detects the format from the text.
    let media_type = Format::of_name(file).map_or("text/plain", Format::media_type);
    let answer = client.send(Method::POST, &path, media_type, text.into()).await?;
    if answer.is_success() {
        client.print(&answer, |loaded| {
            let count = |key: &str| loaded[key].as_u64().unwrap_or_default();
            let mut parts = vec![counted(count("samples"), "sample")];
            for (key, noun) in [("accounts", "account"), ("rules", "rule"), ("settings", "setting")] {
                parts.extend((count(key) > 0).then(|| counted(count(key), noun)));
            }
            let replaced = count("replaced");
            let replaced =
                if replaced > 0 { format!(", {replaced} of them replaced") } else { String::new() };
            format!("{file}: {}{replaced}", parts.join(", "))
        });
        return Ok(SUCCESS);
    }
    if let Some(errors) = answer.value["errors"].as_array() {
        print_fixture_errors(errors, Some(file));
        return Ok(FAILED);
    }
    match answer.detail() {
        // A missing token has nothing to do with the file, so its error names the flag instead.
        Some(detail) if answer.status() != 401 => Err(CommandError::Failed(format!("{file}: {detail}"))),
        _ => Err(client.refused(&answer)),
    }
}

fn list(answer: &Value) -> String {
    let samples: Vec<&Value> = items(answer, "samples").collect();
    let rows = samples.iter().map(|sample| {
        let world = if sample["own"] == true { " (this world)" } else { "" };
        let [sha256, verdict, name, origin] =
            ["sha256", "verdict", "name", "origin"].map(|key| text(sample, key));
        [sha256, verdict, sample["size"].to_string(), name, origin + world]
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
    let world = if answer["own"] == true { ", of this world" } else { "" };
    lines.push(("origin", text(answer, "origin") + world));
    lines.push(("verdict now", plain_value(&answer["verdict"])));
    let fields = pairs(lines);
    let analyses: Vec<&Value> = items(answer, "analyses").collect();
    if analyses.is_empty() {
        return fields;
    }
    let rows = analyses.into_iter().map(|analysis| {
        let ends =
            if analysis["ends_at"].is_null() { "when ended".to_owned() } else { text(analysis, "ends_at") };
        let state = if analysis["waiting"] == true { "pending" } else { "done" };
        [text(analysis, "engine"), text(analysis, "queued_at"), ends, state.to_owned()]
    });
    format!("{fields}\n\n{}", table(["ENGINE", "QUEUED", "ENDS", "STATE"], rows))
}
