//! Coverage as a self-contained HTML page.

use std::fmt::Write as _;

use super::text::heading;
use super::{ApiCoverage, Report, Row, Share};
use crate::findings::page::{escaped, framed, with_code};

/// The page.
#[must_use]
pub(crate) fn page(report: &Report) -> String {
    let mut page = String::new();
    totals(&mut page, report);
    for api in &report.apis {
        section(&mut page, api);
    }
    for pattern in &report.unknown_out_of_scope {
        let _ =
            writeln!(page, "<p class=\"note\">Out of scope, but in no catalogue: {}</p>", escaped(pattern));
    }
    let heading = heading(report);
    let title = format!("{:.1} % of {heading} · scandouble coverage", report.total.percent);
    framed(&title, "scandouble coverage", &heading, &page)
}

fn totals(page: &mut String, report: &Report) {
    page.push_str("<div class=\"cards\">\n");
    if report.apis.len() > 1 {
        card(page, "All APIs", "", report.total, "total");
    }
    for api in &report.apis {
        card(page, api.product, api.api, api.share, "");
    }
    page.push_str("</div>\n");
}

fn card(page: &mut String, title: &str, anchor: &str, share: Share, class: &str) {
    let (title, anchor) = (escaped(title), escaped(anchor));
    let title = if anchor.is_empty() { title } else { format!("<a href=\"#{anchor}\">{title}</a>") };
    let _ = writeln!(
        page,
        "<div class=\"card {class}\"><h2>{title}</h2><p class=\"figure\">{}<small> %</small></p>{}\
         <p class=\"of\">{} of {} behaviours</p></div>",
        share.percent,
        meter(share),
        share.exercised,
        share.in_scope
    );
}

fn meter(share: Share) -> String {
    let level = match share.percent {
        percent if percent >= 80.0 => "high",
        percent if percent >= 50.0 => "middle",
        _ => "low",
    };
    format!("<div class=\"meter\"><span class=\"{level}\" style=\"width:{}%\"></span></div>", share.percent)
}

fn section(page: &mut String, api: &ApiCoverage) {
    let _ = writeln!(
        page,
        "<section id=\"{0}\"><h2>{1} <code>{0}</code></h2>\n<div class=\"scroll\"><table>\n<thead><tr>\
         <th class=\"count\">Answered</th><th>Behaviour</th><th>When</th><th>Provenance</th></tr></thead>\n<tbody>",
        escaped(api.api),
        escaped(api.product)
    );
    let kinds: [fn(&Row) -> bool; 3] =
        [Row::is_missing, |row| row.in_scope && row.count > 0, |row| !row.in_scope];
    for kind in kinds {
        api.behaviours.iter().filter(|row| kind(row)).for_each(|row| line(page, row));
    }
    page.push_str("</tbody>\n</table></div></section>\n");
}

fn line(page: &mut String, row: &Row) {
    let (class, mark) = match (row.count, row.in_scope) {
        (0, true) => ("never", "never".to_owned()),
        (0, false) => ("out", "out of scope".to_owned()),
        (count, true) => ("done", count.to_string()),
        (count, false) => ("out", format!("{count}, out of scope")),
    };
    let _ = writeln!(
        page,
        "<tr class=\"{class}\"><td class=\"count\"><span>{mark}</span></td><td><code>{}</code></td><td class=\"when\">{}</td>\
         <td class=\"how\">{}</td></tr>",
        escaped(row.id),
        with_code(row.summary),
        escaped(row.provenance)
    );
}
