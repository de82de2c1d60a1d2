//! `scandouble coverage`: shows which behaviours were exercised, and fails below a minimum.

use clap::Args;

use super::client::query;
use super::log::{print_error, print_line};
use super::server_args::ServerArgs;
use super::{FAILED, SUCCESS, example_api};

#[derive(Debug, Args)]
#[command(after_help = format!(
    "Examples:\n  scandouble coverage --min 80 --api {} --world all\n  \
     scandouble coverage --world all --format junit > coverage.xml",
    example_api()
))]
pub(super) struct CoverageArgs {
    /// Exit with 1 if fewer than this percentage of the behaviours in scope were exercised
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    min: Option<f64>,

    /// Count only the behaviours of this API
    #[arg(long)]
    api: Option<String>,

    /// Behaviours to leave out, separated by commas, in addition to those that the settings name
    #[arg(long, value_name = "BEHAVIOURS")]
    out_of_scope: Option<String>,

    /// The format: text, json, junit or html
    #[arg(long, value_parser = ["text", "json", "junit", "html"], hide_possible_values = true)]
    #[arg(default_value = "text")]
    format: String,

    /// Clear the recorded coverage instead of showing it
    #[arg(long, conflicts_with_all = ["min", "api", "out_of_scope", "format"])]
    clear: bool,

    // `--world all` stands for all worlds, those that were deleted included.
    #[command(flatten)]
    server: ServerArgs,
}

fn percent(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.trim_end_matches('%').trim().parse().ok();
    number.filter(|number| (0.0..=100.0).contains(number)).ok_or_else(|| "a number from 0 to 100".to_owned())
}

pub(super) fn run(args: CoverageArgs) -> u8 {
    let CoverageArgs { min, api, out_of_scope, format, clear, mut server } = args;
    let all = server.world.take_if(|world| world == "all");
    let format = if server.json { "json".to_owned() } else { format };
    server.run(async |client| {
        let without_world = client.without_world();
        let client = if all.is_some() { &without_world } else { client };
        if clear {
            client.delete(&format!("/coverage{}", query([("world", all)]))).await?;
            return Ok(SUCCESS);
        }
        let path = |format: &str| {
            let format = Some(format.to_owned());
            let scope = ("out_of_scope", out_of_scope.clone());
            format!(
                "/coverage{}",
                query([("world", all.clone()), ("api", api.clone()), scope, ("format", format)])
            )
        };
        let answer = client.get(&path(&format)).await?;
        print_line(answer.text.trim_end());
        let Some(min) = min else { return Ok(SUCCESS) };
        // The printed formats are for people and other tools. The share is read from the JSON.
        let report = if format == "json" { answer } else { client.get(&path("json")).await? };
        let percent = report.value["total"]["percent"].as_f64().unwrap_or(0.0);
        if percent >= min {
            return Ok(SUCCESS);
        }
        print_error(&format!("scandouble: coverage is {percent} %, below the minimum of {min} %"));
        Ok(FAILED)
    })
}
