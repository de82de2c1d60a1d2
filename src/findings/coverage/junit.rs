//! Coverage as JUnit XML: a test case for each behaviour, skipped if it was never answered.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::{ApiCoverage, Report, Row};

/// The document.
pub(crate) fn suites(report: &Report) -> String {
    // Writing to memory never fails.
    String::from_utf8_lossy(&document(report).unwrap_or_default()).into_owned() + "\n"
}

fn document(report: &Report) -> io::Result<Vec<u8>> {
    let mut out = Writer::new_with_indent(Vec::new(), b' ', 2);
    out.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let add = |(tests, skipped), (more, missing)| (tests + more, skipped + missing);
    let (tests, skipped) = report.apis.iter().map(counts).fold((0, 0), add);
    let name = format!("scandouble coverage of {}", super::text::heading(report));
    out.create_element("testsuites")
        .with_attributes(totals(&name, &tests.to_string(), &skipped.to_string()))
        .write_inner_content(|out| report.apis.iter().try_for_each(|api| suite(out, api)))?;
    Ok(out.into_inner())
}

fn counts(api: &ApiCoverage) -> (usize, usize) {
    (api.behaviours.len(), api.behaviours.iter().filter(|row| row.count == 0).count())
}

fn totals<'a>(name: &'a str, tests: &'a str, skipped: &'a str) -> [(&'static str, &'a str); 6] {
    [
        ("name", name),
        ("tests", tests),
        ("failures", "0"),
        ("errors", "0"),
        ("skipped", skipped),
        ("time", "0"),
    ]
}

fn suite(out: &mut Writer<Vec<u8>>, api: &ApiCoverage) -> io::Result<()> {
    let (tests, skipped) = counts(api);
    let share = api.share;
    let properties = [
        ("percent", share.percent.to_string()),
        ("exercised", share.exercised.to_string()),
        ("in-scope", share.in_scope.to_string()),
    ];
    let suite = out.create_element("testsuite");
    let suite = suite.with_attributes(totals(api.api, &tests.to_string(), &skipped.to_string()));
    suite.write_inner_content(|out| {
        out.create_element("properties").write_inner_content(|out| {
            properties.iter().try_for_each(|(name, value)| {
                let property = out.create_element("property").with_attribute(("name", *name));
                property.with_attribute(("value", value.as_str())).write_empty().map(drop)
            })
        })?;
        api.behaviours.iter().try_for_each(|row| case(out, api.api, row))
    })?;
    Ok(())
}

fn case(out: &mut Writer<Vec<u8>>, suite: &str, row: &Row) -> io::Result<()> {
    let case = out.create_element("testcase");
    let case = case.with_attributes([("classname", suite), ("name", row.id), ("time", "0")]);
    case.write_inner_content(|out| {
        let why = match (row.count, row.in_scope) {
            (0, true) => format!("never exercised: {}", row.summary),
            (0, false) => "out of scope".to_owned(),
            (count, _) => {
                let text = format!("answered {count} times");
                return out.create_element("system-out").write_text_content(BytesText::new(&text)).map(drop);
            }
        };
        out.create_element("skipped").with_attribute(("message", why.as_str())).write_empty().map(drop)
    })?;
    Ok(())
}
