//! `scandouble journal show`: one exchange with its headers and bodies.

use clap::Args;
use serde_json::Value;

use crate::cli::SUCCESS;
use crate::cli::client::{AdminClient, query};
use crate::cli::error::CommandError;
use crate::cli::request_line::RequestLine;
use crate::cli::table::{items, plain};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  scandouble journal show 3 --world t1\n  scandouble journal show 17 --world all"
)]
pub(super) struct ShowArgs {
    /// The number of the entry in its world; with --world all the request number, as in Scandouble-Request
    #[arg(value_name = "NUMBER")]
    number: u64,
}

pub(super) async fn run(
    client: &AdminClient,
    args: ShowArgs,
    world: Option<String>,
) -> Result<u8, CommandError> {
    let answer = client.get(&format!("/journal/{}{}", args.number, query([("world", world)]))).await?;
    client.print(&answer, describe);
    Ok(SUCCESS)
}

/// The line of the exchange, then the request, the response and the findings.
fn describe(entry: &Value) -> String {
    let text = |value: &Value| plain(value.as_str().unwrap_or_default());
    let (request, response) = (&entry["request"], &entry["response"]);
    let query = request["query"].as_str().map_or(String::new(), |query| format!("?{}", plain(query)));
    let mut lines = vec![RequestLine::of_entry(&Value::clone(entry)).text(false), String::new()];
    let path = format!("{}{}{query}", text(&request["prefix"]), text(&request["path"]));
    lines.push(format!("{} {path}", text(&request["method"])));
    push_message(&mut lines, request);
    lines.push(String::new());
    lines.push(response["status"].to_string());
    push_message(&mut lines, response);
    let findings: Vec<_> = items(entry, "findings")
        .map(|finding| format!("{}: {}", text(&finding["kind"]), text(&finding["text"])))
        .collect();
    if !findings.is_empty() {
        lines.push(String::new());
        lines.extend(findings);
    }
    lines.join("\n")
}

/// The headers and the body of a request or a response.
fn push_message(lines: &mut Vec<String>, message: &Value) {
    for (name, values) in message["headers"].as_object().into_iter().flatten() {
        for value in values.as_array().into_iter().flatten() {
            lines.push(format!("{}: {}", plain(name), plain(value.as_str().unwrap_or_default())));
        }
    }
    let body = &message["body"];
    let shown = match (body["text"].as_str(), body["base64"].as_str()) {
        (Some(""), _) => return,
        (Some(text), _) => text.lines().map(plain).collect::<Vec<_>>().join("\n"),
        (None, Some(base64)) => format!("(base64) {base64}"),
        (None, None) if body["file"] == true => {
            "(an uploaded file, which the journal does not keep)".to_owned()
        }
        (None, None) => "(a body that was too large to keep)".to_owned(),
    };
    lines.extend([String::new(), shown]);
}
