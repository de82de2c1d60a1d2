//! The flags of every subcommand that asks a running server: where it is, which world, which token.

use clap::Args;

use super::client::{AdminClient, AdminToken, BaseUrl};
use super::error::CommandError;
use super::missing_world;

/// Which server, and which of its worlds.
#[derive(Debug, Args)]
#[command(next_help_heading = "The running server")]
pub(super) struct ServerArgs {
    /// The server's base URL, with or without a world's prefix [default: the address in SCANDOUBLE_LISTEN, or
    /// http://127.0.0.1:8080]
    #[arg(long, value_name = "URL", env = "SCANDOUBLE_URL", global = true)]
    url: Option<String>,

    /// The world [default: default]
    #[arg(long, value_name = "NAME", env = "SCANDOUBLE_WORLD", global = true)]
    pub(super) world: Option<String>,

    /// The token that the server was started with [default: none]
    #[arg(long, value_name = "TOKEN", env = "SCANDOUBLE_ADMIN_TOKEN", global = true)]
    admin_token: Option<AdminToken>,

    /// Print the JSON of the answer instead of text
    #[arg(long, global = true)]
    pub(super) json: bool,
}

impl ServerArgs {
    /// Runs `command` with a client for the server and returns the exit code. A world that does not exist is reported
    /// afterwards.
    pub(super) fn run(self, command: impl AsyncFnOnce(&AdminClient) -> Result<u8, CommandError>) -> u8 {
        let client = match self.client() {
            Ok(client) => client,
            Err(error) => return error.report(),
        };
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return CommandError::Failed(error.to_string()).report(),
        };
        let result = runtime.block_on(async {
            let result = command(&client).await;
            // Afterwards, because the command may create the world.
            missing_world::print_note(&client).await;
            result
        });
        result.unwrap_or_else(|error| error.report())
    }

    fn client(self) -> Result<AdminClient, CommandError> {
        // An empty environment variable counts as not set.
        let base = match self.url.filter(|url| !url.is_empty()) {
            Some(url) => BaseUrl::parse(&url)?,
            None => BaseUrl::from_environment()?,
        };
        let base = match self.world.filter(|world| !world.is_empty()) {
            Some(world) => base.with_world(&world),
            None => base,
        };
        Ok(AdminClient::new(base, self.admin_token, self.json))
    }
}
