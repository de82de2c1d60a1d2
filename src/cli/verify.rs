//! `scandouble verify`: checks the requests of a world's clients against a file of expectations.

use clap::Args;
use http::Method;

use super::input::read_input;
use super::log::{print_error, print_line};
use super::server_args::ServerArgs;
use super::table::counted;
use super::{FAILED, SUCCESS};
use crate::document::Format;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    scandouble verify expectations.json --world t42\n  \
    echo '{\"expectations\": [{\"call\": {\"behaviour\": \"bulk.ok\"}, \"times\": 2}]}' | scandouble verify -")]
pub(super) struct VerifyArgs {
    /// The expectations in JSON, or in YAML if the file is called so; - for standard input
    file: String,

    #[command(flatten)]
    server: ServerArgs,
}

fn media_type(file: &str) -> &'static str {
    match Format::of_name(file) {
        Some(Format::Yaml) => Format::Yaml.media_type(),
        _ => Format::Json.media_type(),
    }
}

pub(super) fn run(args: VerifyArgs) -> u8 {
    let VerifyArgs { file, server } = args;
    server.run(async |client| {
        let answer =
            client.send(Method::POST, "/verify", media_type(&file), read_input(&file)?.into()).await?;
        if answer.is_success() {
            client.print(&answer, |verified| {
                let expectations = verified["expectations"].as_array().map_or(0, Vec::len) as u64;
                let calls = verified["considered"].as_u64().unwrap_or_default();
                format!("verified: {}, by {}", counted(expectations, "expectation"), counted(calls, "call"))
            });
            return Ok(SUCCESS);
        }
        // A failed verification is a result; a refusal of the request is an error.
        let failed = answer.value["verified"].as_bool() == Some(false);
        if failed && client.prints_json() {
            print_line(&answer.text);
            return Ok(FAILED);
        }
        match answer.detail() {
            Some(detail) if failed => {
                print_error(&format!("not verified\n{detail}"));
                Ok(FAILED)
            }
            _ => Err(client.refused(&answer)),
        }
    })
}
