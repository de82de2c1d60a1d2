//! Coverage as JUnit XML: a test case for each behaviour, skipped if it was never answered.

use std::fmt::Write as _;

use super::{ApiCoverage, Report, Row};
use crate::findings::page::escaped;

/// The document.
#[must_use]
pub(crate) fn suites(report: &Report) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let (tests, skipped) = report
        .apis
        .iter()
        .map(counts)
        .fold((0, 0), |(tests, skipped), (more, missing)| (tests + more, skipped + missing));
    let name = escaped(&format!("scandouble coverage of {}", super::text::heading(report)));
    let _ = writeln!(
        text,
        "<testsuites name=\"{name}\" tests=\"{tests}\" failures=\"0\" errors=\"0\" skipped=\"{skipped}\" time=\"0\">"
    );
    for api in &report.apis {
        suite(&mut text, api);
    }
    text.push_str("</testsuites>\n");
    text
}

fn counts(api: &ApiCoverage) -> (usize, usize) {
    (api.behaviours.len(), api.behaviours.iter().filter(|row| row.count == 0).count())
}

fn suite(text: &mut String, api: &ApiCoverage) {
    let (tests, skipped) = counts(api);
    let name = escaped(api.api);
    let _ = writeln!(
        text,
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"0\" errors=\"0\" skipped=\"{skipped}\" time=\"0\">"
    );
    let share = api.share;
    let _ = writeln!(text, "    <properties>");
    for (name, value) in [
        ("percent", share.percent.to_string()),
        ("exercised", share.exercised.to_string()),
        ("in-scope", share.in_scope.to_string()),
    ] {
        let _ = writeln!(text, "      <property name=\"{name}\" value=\"{value}\"/>");
    }
    let _ = writeln!(text, "    </properties>");
    api.behaviours.iter().for_each(|row| case(text, &name, row));
    let _ = writeln!(text, "  </testsuite>");
}

fn case(text: &mut String, suite: &str, row: &Row) {
    let id = escaped(row.id);
    let _ = write!(text, "    <testcase classname=\"{suite}\" name=\"{id}\" time=\"0\"");
    let why = match (row.count, row.in_scope) {
        (0, true) => format!("never exercised: {}", row.summary),
        (0, false) => "out of scope".to_owned(),
        (count, _) => {
            let _ = writeln!(text, "><system-out>answered {count} times</system-out></testcase>");
            return;
        }
    };
    let _ = writeln!(text, "><skipped message=\"{}\"/></testcase>", escaped(&why));
}
