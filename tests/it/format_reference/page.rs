//! `fixtures/README.md`: its commands are run, and its tables are generated from the code.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::path::Path;

use scandouble::internals::document::{Code, Field, Shape, code as of_documents};
use scandouble::internals::fixtures::{code as of_fixtures, document_shape};
use scandouble::internals::samples::Verdict;

use crate::docs::page::Reader;

#[test]
fn the_page_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/README.md");
    let text = std::fs::read_to_string(&path).expect("the page");
    let mut reader = Reader::new("fixtures-readme");
    reader.start("", &[]);
    let mut actual = reader.rewrite(&text);
    for (name, table) in [
        ("warnings", codes(&[of_fixtures::WARNINGS, of_documents::WARNINGS].concat())),
        ("errors", codes(&[of_documents::ERRORS, of_fixtures::ERRORS].concat())),
        ("fields", fields()),
    ] {
        let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->\n"));
        let start = actual.find(&open).unwrap_or_else(|| panic!("the page lacks {open}")) + open.len();
        let end = actual.find(&close).unwrap_or_else(|| panic!("the page lacks {close}"));
        actual.replace_range(start..end, &table);
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, actual).expect("written");
        return;
    }
    for (number, (written, actual)) in text.lines().zip(actual.lines()).enumerate() {
        assert_eq!(written, actual, "fixtures/README.md:{}; regenerate it with UPDATE_DOCS=1", number + 1);
    }
    assert_eq!(text, actual);
    for word in Verdict::words() {
        assert!(text.contains(&format!("`{word}`")), "the page lacks the verdict {word}");
    }
}

fn codes(codes: &[&Code]) -> String {
    let mut table = "| name | |\n|---|---|\n".to_owned();
    for code in codes {
        let _ = writeln!(table, "| `{}` | {} |", code.name, code.summary);
    }
    table
}

/// A table for each mapping, starting with the outermost one.
fn fields() -> String {
    let mut text = String::new();
    let mut waiting = VecDeque::from([(String::new(), record(document_shape()).expect("fields"))]);
    let mut listed: Vec<(*const Field, usize)> = Vec::new();
    while let Some((path, fields)) = waiting.pop_front() {
        let title = if path.is_empty() { "The document".to_owned() } else { format!("`{path}`") };
        let _ = writeln!(text, "\n### {title}\n\n| field | holds | |\n|---|---|---|");
        for field in fields {
            let needed = if field.required { " Required." } else { "" };
            // An API without fields here.
            if record(&field.shape).is_some_and(<[Field]>::is_empty) {
                continue;
            }
            let values = values(&field.shape);
            let _ = writeln!(text, "| `{}` | {values} | {}{needed} |", field.name, field.summary);
            let Some(inner) = record(&field.shape).filter(|fields| !fields.is_empty()) else { continue };
            // A profile has the fields of the document.
            let seen = (inner.as_ptr(), inner.len());
            if !listed.contains(&seen) && field.name != "profiles" {
                listed.push(seen);
                let dot = if path.is_empty() { "" } else { "." };
                waiting.push_back((format!("{path}{dot}{}", field.name), inner));
            }
        }
    }
    text.push('\n');
    text
}

/// The fields of a mapping, or of the mappings in a list; for alternatives, those of the first mapping.
fn record(shape: &Shape) -> Option<&'static [Field]> {
    match shape {
        Shape::Record(fields) => Some(fields),
        Shape::List(inner) | Shape::Map(inner) => record(inner),
        Shape::Either(shapes) => shapes.iter().find_map(record),
        _ => None,
    }
}

/// A short description of the values of a field.
fn values(shape: &Shape) -> String {
    match shape {
        Shape::Any => "anything".to_owned(),
        Shape::Text => "text".to_owned(),
        Shape::Flag => "`true` or `false`".to_owned(),
        Shape::Count { min, max } if *max >= i64::MAX.cast_unsigned() => format!("whole number from {min}"),
        Shape::Count { min, max } => format!("whole number, {min} to {max}"),
        Shape::Integer { min, max: i64::MAX } => format!("whole number from {min}"),
        Shape::Integer { min, max } => format!("whole number, {min} to {max}"),
        Shape::Number => "number".to_owned(),
        Shape::Time => "time".to_owned(),
        Shape::Span => "span".to_owned(),
        Shape::Hash(_) => "hex digits".to_owned(),
        Shape::Word(words) if words() == Verdict::words() => "verdict".to_owned(),
        Shape::Word(words) => words().iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        Shape::List(inner) => format!("list of {}", plural(inner)),
        Shape::Map(inner) => format!("name → {}", values(inner)),
        Shape::Record(_) => "mapping".to_owned(),
        Shape::Either(shapes) => shapes.iter().map(values).collect::<Vec<_>>().join(" or "),
    }
}

fn plural(shape: &Shape) -> String {
    match shape {
        Shape::Text => "texts".to_owned(),
        Shape::Record(_) => "mappings".to_owned(),
        Shape::Word(words) if words() == Verdict::words() => "verdicts".to_owned(),
        Shape::Either(shapes) => shapes.iter().map(plural).collect::<Vec<_>>().join(" or "),
        other => values(other),
    }
}
