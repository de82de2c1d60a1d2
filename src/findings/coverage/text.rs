//! Coverage as a table for a terminal.

use std::fmt::Write as _;

use super::{ApiCoverage, Report, Row};

/// The table: a line for each API, then its behaviours, those that were never answered first.
pub(crate) fn table(report: &Report) -> String {
    let mut text = String::new();
    let width = report.apis.iter().map(|api| api.api.len()).max().unwrap_or(0).max("total".len());
    let _ = writeln!(text, "Coverage of {}", heading(report));
    let _ = writeln!(text);
    for api in &report.apis {
        let (share, name) = (api.share, api.api);
        let _ = writeln!(
            text,
            "  {name:<width$}  {:>5.1} %  {}  {:>3} of {:>3}",
            share.percent,
            bar(share.percent),
            share.exercised,
            share.in_scope
        );
    }
    if report.apis.len() > 1 {
        let share = report.total;
        let _ = writeln!(
            text,
            "  {:<width$}  {:>5.1} %  {}  {:>3} of {:>3}",
            "total",
            share.percent,
            bar(share.percent),
            share.exercised,
            share.in_scope
        );
    }
    for api in &report.apis {
        list(&mut text, api);
    }
    for pattern in &report.unknown_out_of_scope {
        let _ = writeln!(text, "\nOut of scope, but in no catalogue: {pattern}");
    }
    text
}

/// What the report is about, in words.
pub(super) fn heading(report: &Report) -> String {
    match report.world.as_str() {
        "all" => "all worlds".to_owned(),
        name => format!("the world \"{name}\""),
    }
}

fn bar(percent: f64) -> String {
    const WIDTH: usize = 20;
    // A percentage, so the cast cannot overflow.
    let full = (percent / 100.0 * WIDTH as f64) as usize;
    format!("[{}{}]", "#".repeat(full), "-".repeat(WIDTH - full.min(WIDTH)))
}

fn list(text: &mut String, api: &ApiCoverage) {
    let rows = |wanted: fn(&Row) -> bool| api.behaviours.iter().filter(move |row| wanted(row));
    let width = api.behaviours.iter().map(|row| row.id.len()).max().unwrap_or(0);
    let _ = writeln!(text, "\n{} ({})", api.api, api.product);
    for row in rows(Row::is_missing) {
        let _ = writeln!(text, "  never  {:<width$}  {}", row.id, row.summary);
    }
    for row in rows(|row| row.count > 0) {
        let scope = if row.in_scope { "" } else { " (out of scope)" };
        let _ = writeln!(text, "  {:>5}  {:<width$}  {}{scope}", row.count, row.id, row.summary);
    }
    for row in rows(|row| row.count == 0 && !row.in_scope) {
        let _ = writeln!(text, "      -  {:<width$}  out of scope", row.id);
    }
}
