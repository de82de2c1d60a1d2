//! `scandouble reload`: makes a running server read its fixtures again.

use bytes::Bytes;
use clap::Args;
use http::Method;
use serde_json::Value;

use super::fixture_errors::print_fixture_errors;
use super::log::print_error;
use super::server_args::ServerArgs;
use super::table::{counted, items, plain};
use super::{FAILED, SUCCESS};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  scandouble reload\n\n\
    Changes that tests and clients made to worlds are kept. If the fixtures have errors, nothing changes and the exit code is 1.")]
pub(super) struct ReloadArgs {
    #[command(flatten)]
    server: ServerArgs,
}

pub(super) fn run(args: ReloadArgs) -> u8 {
    args.server.run(async |client| {
        let answer = client.without_world().send(Method::POST, "/fixtures/reload", "", Bytes::new()).await?;
        if answer.is_success() {
            client.print(&answer, |reloaded| {
                let texts = |key: &str| -> Vec<String> {
                    items(reloaded, key).filter_map(Value::as_str).map(plain).collect()
                };
                let notes: String = texts("notes").iter().map(|note| format!("\nnote: {note}")).collect();
                let samples = counted(reloaded["samples"].as_u64().unwrap_or_default(), "sample");
                format!("{samples} from {}{notes}", texts("sets").join(", "))
            });
            return Ok(SUCCESS);
        }
        match answer.value["errors"].as_array() {
            Some(errors) => {
                print_fixture_errors(errors, None);
                print_error("scandouble: nothing was changed");
                Ok(FAILED)
            }
            None => Err(client.refused(&answer)),
        }
    })
}
