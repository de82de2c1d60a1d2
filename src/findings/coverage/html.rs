//! Coverage as a self-contained HTML page: one style sheet, no scripts, no external resources.

use askama::Template;

use super::text::heading;
use super::{ApiCoverage, Report, Row, Share};

#[derive(Template)]
#[template(path = "coverage.html", config = "src/askama.toml")]
struct Page<'a> {
    report: &'a Report,
    heading: String,
    cards: Vec<Card<'a>>,
}

/// The share of one API, or of all together.
struct Card<'a> {
    title: &'a str,
    /// The section of the API.
    anchor: &'a str,
    class: &'static str,
    share: Share,
}

impl Card<'_> {
    fn level(&self) -> &'static str {
        match self.share.percent {
            percent if percent >= 80.0 => "high",
            percent if percent >= 50.0 => "middle",
            _ => "low",
        }
    }
}

/// Text in which the parts between backquotes are code. It escapes its parts, so pages insert it as it is.
#[derive(Template)]
#[template(
    source = "{% for (at, part) in text.split('`').enumerate() %}{% if at % 2 == 1 %}<code>{{ part }}</code>{% else %}{{ part }}{% endif %}{% endfor %}",
    ext = "html"
)]
pub(crate) struct Marked<'a> {
    pub(crate) text: &'a str,
}

/// The page.
pub(crate) fn page(report: &Report) -> String {
    let total = Card { title: "All APIs", anchor: "", class: "total", share: report.total };
    let card = |api: &ApiCoverage| Card { title: api.product, anchor: api.api, class: "", share: api.share };
    let apis = report.apis.iter().map(card);
    let cards = Some(total).filter(|_| report.apis.len() > 1).into_iter().chain(apis).collect();
    // Writing to memory never fails.
    Page { report, heading: heading(report), cards }.render().unwrap_or_default()
}

impl ApiCoverage {
    /// The behaviours, those that were never answered first, those out of scope last.
    fn sorted(&self) -> Vec<&Row> {
        let mut rows: Vec<&Row> = self.behaviours.iter().collect();
        rows.sort_by_key(|row| (!row.in_scope, row.in_scope && row.count > 0));
        rows
    }
}

impl Row {
    fn when(&self) -> Marked<'_> {
        Marked { text: self.summary }
    }

    /// The class of its line, and what the first cell says.
    fn mark(&self) -> (&'static str, String) {
        match (self.count, self.in_scope) {
            (0, true) => ("never", "never".to_owned()),
            (0, false) => ("out", "out of scope".to_owned()),
            (count, true) => ("done", count.to_string()),
            (count, false) => ("out", format!("{count}, out of scope")),
        }
    }
}
