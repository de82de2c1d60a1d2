//! `scandouble health`: tells by its exit code whether a server is ready, for the health check of a container.

use std::time::Duration;

use clap::Args;

use super::SUCCESS;
use super::error::CommandError;
use super::server_args::ServerArgs;
use super::table::counted;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  scandouble health || echo not ready")]
pub(super) struct HealthArgs {
    /// How many seconds to wait for an answer
    #[arg(long, value_name = "SECONDS", default_value_t = 3)]
    timeout: u64,

    #[command(flatten)]
    server: ServerArgs,
}

pub(super) fn run(args: HealthArgs) -> u8 {
    let HealthArgs { timeout, server } = args;
    server.run(async |client| {
        let client = client.without_world();
        let asking = tokio::time::timeout(Duration::from_secs(timeout), client.get("/health"));
        let slow = |_| CommandError::Failed(format!("{} did not answer within {timeout} s", client.url()));
        let answer = asking.await.map_err(slow)??;
        client.print(&answer, |health| {
            let text = |key: &str| health[key].as_str().unwrap_or_default();
            let faulty = match text("fixtures") {
                "faulty" => "; the changed fixtures have errors, so the previous ones are used",
                _ => "",
            };
            let unsaved = match text("reason") {
                "" => String::new(),
                reason => format!("; changes are not saved: {reason}"),
            };
            format!(
                "{}: scandouble {} with {} on {}{faulty}{unsaved}",
                text("status"),
                text("version"),
                counted(health["samples"].as_u64().unwrap_or_default(), "sample"),
                client.url()
            )
        });
        Ok(SUCCESS)
    })
}
