//! `scandouble compare`: replays recorded requests and reports how the answers differ, by behaviour.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::client::{AdminToken, BaseUrl};
use super::error::CommandError;
use super::import::OriginArgs;
use super::input::read_input;
use super::log::{print_error, print_line};
use super::table::{counted, plain};
use super::{FAILED, SUCCESS};
use crate::faults::Pattern;
use crate::replay::compare::{
    CompareOptions, Difference, DifferenceKind, IgnoredHeaders, Outcome, ReplayError, ReplayTarget, Report,
    compare,
};
use crate::replay::import;
use crate::{Emulator, StartError};

/// The world of a running server that the requests are replayed in.
const WORLD: &str = "compare";

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    scandouble compare session.har --import\n  \
    scandouble compare session.har --fixtures team/fixtures --ignore 'scan_results.scan_details.*.scan_time'\n  \
    scandouble compare session.har --url http://127.0.0.1:8080 --json\n\n\
    Each request is replayed at its own time on a world's clock. Without --url a server runs in this process, with the \
    built-in sets or --fixtures. Exits with 1 if more differs than times and identifiers, or if nothing could be compared.")]
pub(super) struct CompareArgs {
    /// Recorded sessions as HTTP archives (HAR); - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,

    #[command(flatten)]
    origin: OriginArgs,

    /// Import the samples and settings of the sessions first, as "scandouble import" does
    #[arg(long)]
    import: bool,

    /// Fixtures to answer from, as for serve; may be given several times [default: the built-in sets]
    #[arg(long, value_name = "PATH", conflicts_with = "url")]
    fixtures: Vec<PathBuf>,

    /// Ask this running server, in its world "compare", which is reset
    #[arg(long, value_name = "URL")]
    url: Option<String>,

    /// The token that the server was started with [default: none]
    #[arg(long, value_name = "TOKEN", env = "SCANDOUBLE_ADMIN_TOKEN", requires = "url")]
    admin_token: Option<AdminToken>,

    /// A field in bodies, or a header, to ignore; * matches any text; may be given several times
    #[arg(long, value_name = "PATTERN")]
    ignore: Vec<String>,

    /// Compare all headers, including those about connections and caching
    #[arg(long)]
    all_headers: bool,

    /// Count different times and identifiers as differences
    #[arg(long)]
    exact: bool,

    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: CompareArgs) -> u8 {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let report = match runtime {
        Ok(runtime) => runtime.block_on(report(&args)),
        Err(error) => Err(CommandError::Failed(error.to_string())),
    };
    let report = match report {
        Ok(report) => report,
        Err(error) => return error.report(),
    };
    let totals = report.totals();
    if args.json {
        let whole =
            json!({ "totals": totals, "behaviours": report.behaviours(), "exchanges": report.exchanges });
        print_line(&whole.to_string());
    } else {
        print_line(&text(&report));
        if totals.differ > 0 && !args.import && args.url.is_none() && args.fixtures.is_empty() {
            print_error("note: the server has only the built-in samples; --import adds those of the session");
        }
    }
    let nothing = totals.same + totals.alike + totals.differ == 0;
    if nothing {
        print_error(
            "scandouble: nothing was compared; give recorded sessions (HAR) with requests to the emulated APIs",
        );
    }
    if nothing || totals.differ > 0 { FAILED } else { SUCCESS }
}

async fn report(args: &CompareArgs) -> Result<Report, CommandError> {
    let mut exchanges = Vec::new();
    for file in &args.files {
        let name = if file == "-" { "standard input" } else { file };
        let (all, errors) = import::exchanges(name, &read_input(file)?).map_err(CommandError::Failed)?;
        errors.iter().for_each(|error| print_error(&format!("note: {}", plain(error))));
        exchanges.extend(all);
    }
    let options = CompareOptions {
        owners: args.origin.owners().map_err(CommandError::Usage)?,
        import: args.import,
        exact: args.exact,
        ignored_paths: args.ignore.iter().map(Pattern::new).collect(),
        ignored_headers: IgnoredHeaders::new(!args.all_headers, &args.ignore),
    };
    let failed = |error: ReplayError| CommandError::Failed(error.to_string());
    if let Some(url) = &args.url {
        let token = args.admin_token.as_ref().map(|token| token.0.clone());
        let target = ReplayTarget::new(authority(url)?, WORLD, token);
        return compare(exchanges, &options, &target).await.map_err(failed);
    }
    let mut builder = Emulator::builder();
    for path in &args.fixtures {
        builder = builder.fixtures(path);
    }
    for host in args.origin.hosts() {
        // The requests are sent with their recorded hosts, so the server must know these too.
        builder = builder.proxy_host(host);
    }
    let emulator = builder.start().await.map_err(|error| match error {
        StartError::Invalid(_) => CommandError::Usage(error.to_string()),
        other => CommandError::Failed(other.to_string()),
    })?;
    let target = ReplayTarget::new(emulator.address().to_string(), WORLD, None);
    let compared = compare(exchanges, &options, &target).await.map_err(failed);
    // Its idle connections end here, so that the server need not wait for them.
    drop(target);
    let _ = emulator.stop().await;
    compared
}

/// The host and port of a base URL without a path.
fn authority(url: &str) -> Result<String, CommandError> {
    let base = BaseUrl::parse(url)?;
    if base.prefix.is_empty() {
        Ok(base.authority)
    } else {
        Err(CommandError::Usage(format!(
            "{url:?} has a path; leave it out, since the comparison uses a world of its own"
        )))
    }
}

/// The report for people: what differs under each behaviour, and the sums.
fn text(report: &Report) -> String {
    let mut lines = Vec::new();
    for behaviour in report.behaviours() {
        let (seen, held) = (behaviour.seen, behaviour.held);
        let known = if behaviour.provenance.is_empty() { "-" } else { &behaviour.provenance };
        let how = if held == seen { "held".to_owned() } else { format!("held in {held}") };
        lines.push(format!("{} ({known}): {}, {how}", behaviour.name, counted(seen as u64, "exchange")));
        let own = |one: &&crate::replay::compare::ComparedExchange| {
            one.outcome != Outcome::NotReplayed
                // `Report::behaviours` uses the same name for an answer without a behaviour.
                && one.behaviours.first().map_or("no behaviour of an API", String::as_str) == behaviour.name
                && one.provenance == behaviour.provenance
        };
        lines.extend(differences(report.exchanges.iter().filter(own)));
    }
    for one in report.exchanges.iter().filter(|one| one.outcome == Outcome::NotReplayed) {
        lines.push(format!("{}: not replayed: {}", one.place, one.why.as_deref().unwrap_or_default()));
    }
    let totals = report.totals();
    lines.push(format!(
        "{}: {} the same, {} but for times and identifiers, {} different, {} not replayed",
        counted(report.exchanges.len() as u64, "exchange"),
        totals.same,
        totals.alike,
        totals.differ,
        totals.not_replayed
    ));
    lines
        .push(format!("assumed behaviours: {} held, {} did not", totals.assumed_held, totals.assumed_differ));
    lines.iter().map(|line| plain(line)).collect::<Vec<_>>().join("\n")
}

/// Each difference once, with the first exchange that shows it and how many more do. Those in values of times and
/// identifiers are counted.
fn differences<'r>(
    exchanges: impl Iterator<Item = &'r crate::replay::compare::ComparedExchange>,
) -> Vec<String> {
    let mut seen: Vec<(&str, String, DifferenceKind, String, usize)> = Vec::new();
    let mut volatile = 0;
    for one in exchanges {
        volatile += one.differences.iter().filter(|difference| difference.volatile).count();
        for difference in one.differences.iter().filter(|difference| !difference.volatile) {
            let path = any_place(&difference.path);
            let same = |known: &&mut (&str, String, DifferenceKind, String, usize)| {
                known.0 == difference.part && known.1 == path && known.2 == difference.kind
            };
            match seen.iter_mut().find(same) {
                Some(known) => known.4 += 1,
                None => {
                    let first = format!("{} ({})", words(difference), one.place);
                    seen.push((difference.part, path, difference.kind, first, 0));
                }
            }
        }
    }
    let line = |(part, path, _, first, more): &(&str, String, DifferenceKind, String, usize)| {
        let gap = if path.is_empty() { "" } else { " " };
        let more = if *more > 0 { format!(", and {more} more") } else { String::new() };
        format!("  {part}{gap}{path}: {first}{more}")
    };
    let mut lines: Vec<String> = seen.iter().map(line).collect();
    if volatile > 0 {
        lines.push(format!("  {} of times and identifiers", counted(volatile as u64, "other value")));
    }
    lines
}

/// A path without the positions in lists, so that a difference that occurs in each item is reported once.
fn any_place(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('[') {
        let end = after.find(']').unwrap_or(0);
        let is_place = end > 0 && after[..end].bytes().all(|byte| byte.is_ascii_digit());
        out.push_str(before);
        out.push_str(if is_place { "[*]" } else { "[" });
        rest = if is_place { &after[end + 1..] } else { after };
    }
    out + rest
}

fn words(difference: &Difference) -> String {
    let value = |value: &Option<String>| value.clone().unwrap_or_default();
    let (vendor, double) = (value(&difference.vendor), value(&difference.double));
    match difference.kind {
        DifferenceKind::Missing => format!("the vendor has {vendor}, the double has nothing"),
        DifferenceKind::Extra => format!("the double has {double}, the vendor has nothing"),
        DifferenceKind::Type => format!("the vendor has {vendor}, the double {double}, of another type"),
        DifferenceKind::Value => format!("the vendor has {vendor}, the double {double}"),
        DifferenceKind::Order => format!("the vendor's order is {vendor}, the double's {double}"),
        DifferenceKind::Layout => format!("the vendor writes {vendor}, the double {double}"),
    }
}
