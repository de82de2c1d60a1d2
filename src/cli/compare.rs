//! `scandouble compare`: captured traffic of vendors asked again of the double, and every difference by behaviour.

use std::path::PathBuf;

use clap::Args;
use http::Uri;
use serde_json::json;

use super::door::{Failure, Secret, read, tell};
use super::import::{Origin, counted};
use super::log::{complain, say};
use super::table::plain;
use super::{DONE, FAILED};
use crate::faults::Pattern;
use crate::replay::compare::{
    CompareOptions, Difference, DifferenceKind, IgnoredHeaders, Outcome, ReplayError, ReplayTarget, Report,
    compare,
};
use crate::replay::import;
use crate::{Emulator, StartError};

/// The world in which a running double is asked.
const WORLD: &str = "compare";

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    scandouble compare session.har --import\n  \
    scandouble compare session.har --fixtures team/fixtures --ignore 'scan_results.scan_details.*.scan_time'\n  \
    scandouble compare session.har --url http://127.0.0.1:8080 --json\n\n\
    Each request is asked again at its own time on a world's clock. Without --url the double runs in this process, on the \
    built-in sets or --fixtures. Exits with 1 if anything differs but values of times and identifiers, \
    or if nothing could be compared.")]
pub(super) struct Flags {
    /// Recorded sessions as HTTP archives (HAR); - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,

    #[command(flatten)]
    origin: Origin,

    /// Teach the double the samples and settings of the sessions first, as "scandouble import" does
    #[arg(long)]
    import: bool,

    /// Fixtures of the double, as for serve; may be given several times [default: the built-in sets]
    #[arg(long, value_name = "PATH", conflicts_with = "url")]
    fixtures: Vec<PathBuf>,

    /// Ask this running double, in its world "compare", which is reset
    #[arg(long, value_name = "URL")]
    url: Option<String>,

    /// The token that it was started with, if it was [default: none]
    #[arg(
        long,
        value_name = "TOKEN",
        env = "SCANDOUBLE_ADMIN_TOKEN",
        hide_env_values = true,
        requires = "url"
    )]
    admin_token: Option<Secret>,

    /// A place in bodies, or a header, that does not matter, with * for any text; may be given several times
    #[arg(long, value_name = "PATTERN")]
    ignore: Vec<String>,

    /// Compare all headers, those of connections and caches too
    #[arg(long)]
    all_headers: bool,

    /// Count other times and identifiers as differences
    #[arg(long)]
    exact: bool,

    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(flags: Flags) -> u8 {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let report = match runtime {
        Ok(runtime) => runtime.block_on(report(&flags)),
        Err(error) => Err(Failure::Failed(error.to_string())),
    };
    let report = match report {
        Ok(report) => report,
        Err(failure) => return tell(&failure),
    };
    let totals = report.totals();
    if flags.json {
        let whole =
            json!({ "totals": totals, "behaviours": report.behaviours(), "exchanges": report.exchanges });
        say(&whole.to_string());
    } else {
        say(&text(&report));
        if totals.differ > 0 && !flags.import && flags.url.is_none() && flags.fixtures.is_empty() {
            complain(
                "note: the double knows the built-in samples alone; --import teaches it those of the session",
            );
        }
    }
    let nothing = totals.same + totals.alike + totals.differ == 0;
    if nothing {
        complain(
            "scandouble: nothing was compared; give recorded sessions (HAR) with requests to the emulated APIs",
        );
    }
    if nothing || totals.differ > 0 { FAILED } else { DONE }
}

async fn report(flags: &Flags) -> Result<Report, Failure> {
    let mut exchanges = Vec::new();
    for file in &flags.files {
        let name = if file == "-" { "standard input" } else { file };
        let (all, faults) = import::exchanges(name, &read(file)?).map_err(Failure::Failed)?;
        faults.iter().for_each(|fault| complain(&format!("note: {}", plain(fault))));
        exchanges.extend(all);
    }
    let wanted = CompareOptions {
        owners: flags.origin.owners().map_err(Failure::Misused)?,
        import: flags.import,
        exact: flags.exact,
        ignored_paths: flags.ignore.iter().map(Pattern::new).collect(),
        ignored_headers: IgnoredHeaders::new(!flags.all_headers, &flags.ignore),
    };
    let broken = |error: ReplayError| Failure::Failed(error.to_string());
    if let Some(url) = &flags.url {
        let token = flags.admin_token.as_ref().map(|token| token.0.clone());
        let double = ReplayTarget::new(authority(url)?, WORLD, token);
        return compare(exchanges, &wanted, &double).await.map_err(broken);
    }
    let mut builder = Emulator::builder();
    for path in &flags.fixtures {
        builder = builder.fixtures(path);
    }
    for host in flags.origin.hosts() {
        builder = builder.proxy_host(host);
    }
    let emulator = builder.start().await.map_err(|error| match error {
        StartError::Invalid(_) => Failure::Misused(error.to_string()),
        other => Failure::Failed(other.to_string()),
    })?;
    let double = ReplayTarget::new(emulator.address().to_string(), WORLD, None);
    let compared = compare(exchanges, &wanted, &double).await.map_err(broken);
    let _ = emulator.stop().await;
    compared
}

/// The host and port of a base address.
fn authority(url: &str) -> Result<String, Failure> {
    let wrong = || Failure::Misused(format!("{url:?} is no base address; write http://127.0.0.1:8080"));
    let whole = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
    let uri: Uri = whole.parse().map_err(|_| wrong())?;
    let host = uri.host().filter(|_| uri.scheme_str() == Some("http")).ok_or_else(wrong)?;
    if uri.path().trim_end_matches('/').is_empty() {
        Ok(format!("{host}:{}", uri.port_u16().unwrap_or(80)))
    } else {
        Err(Failure::Misused(format!(
            "{url:?} has a path; the comparison has a world of its own: leave the path out"
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
        lines.push(format!("{} ({known}): {}, {how}", behaviour.name, counted(seen, "exchange")));
        let own = |one: &&crate::replay::compare::ComparedExchange| {
            one.outcome != Outcome::NotReplayed
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
        counted(report.exchanges.len(), "exchange"),
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
        lines.push(format!("  {} of times and identifiers", counted(volatile, "other value")));
    }
    lines
}

/// A path without the places in lists, so that what differs in each item is told once.
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
