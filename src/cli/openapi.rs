//! `scandouble openapi`: prints an OpenAPI document of a running server.

use clap::Args;
use serde_json::Value;

use super::client::path_segment;
use super::log::print_line;
use super::server_args::ServerArgs;
use super::table::{items, table, text};
use super::{SUCCESS, example_api};

/// The name of the admin API's document.
const ADMIN: &str = "admin";

#[derive(Debug, Args)]
#[command(after_help = format!("Examples:\n  scandouble openapi\n  scandouble openapi {} > api.json", example_api()))]
pub(super) struct OpenApiArgs {
    /// Print the document of this API, or of the admin API with `admin`; without it, list the documents
    api: Option<String>,

    #[command(flatten)]
    server: ServerArgs,
}

pub(super) fn run(args: OpenApiArgs) -> u8 {
    let OpenApiArgs { api, server } = args;
    server.run(async |client| {
        let Some(api) = &api else {
            client.print(&client.get("/openapi").await?, list);
            return Ok(SUCCESS);
        };
        let path = match api.as_str() {
            ADMIN => "/openapi.json".to_owned(),
            api => format!("/openapi/{}.json", path_segment(api)),
        };
        print_line(&client.get(&path).await?.text);
        Ok(SUCCESS)
    })
}

fn list(answer: &Value) -> String {
    let documents =
        items(answer, "documents").map(|one| ["api", "product", "path"].map(|key| text(one, key)));
    let admin = [ADMIN, "scandouble admin API", "/_scandouble/openapi.json"].map(str::to_owned);
    table(["API", "PRODUCT", "PATH"], documents.chain([admin]))
}
