//! A request and its answer on one line: what the log of a server and `journal --follow` print.

use std::fmt::{self, Write as _};

use serde_json::Value;
use tracing::field::{Field, Visit};

use super::table::plain;

/// The parts of the line. Those that do not apply are empty or 0.
#[derive(Debug, Default)]
pub(super) struct RequestLine {
    /// In the log the real time, in a journal that of the world.
    at: String,
    /// The number in the server.
    request: u64,
    world: String,
    /// The number in the journal of the world.
    number: u64,
    status: u64,
    method: String,
    /// With the prefix and the query.
    path: String,
    api: String,
    behaviours: String,
    took_ms: f64,
    faults: String,
    /// Each with its kind.
    findings: String,
}

/// Escape sequences for terminals.
const RESET: &str = "\u{1b}[0m";
const DIM: &str = "\u{1b}[2m";
const RED: &str = "\u{1b}[31m";
const GREEN: &str = "\u{1b}[32m";
const YELLOW: &str = "\u{1b}[33m";
const CYAN: &str = "\u{1b}[36m";

impl RequestLine {
    /// A line with nothing but its time.
    pub(super) fn at(at: String) -> Self {
        Self { at, ..Self::default() }
    }

    /// An entry as the admin API shows it.
    pub(super) fn of_entry(entry: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let request = &entry["request"];
        let query = request["query"].as_str().map_or(String::new(), |query| format!("?{query}"));
        let all = |list: &Value, text: &dyn Fn(&Value) -> String, by: &str| {
            list.as_array().into_iter().flatten().map(text).collect::<Vec<_>>().join(by)
        };
        let finding = |finding: &Value| format!("{}: {}", text(&finding["kind"]), text(&finding["text"]));
        Self {
            at: text(&entry["at"]),
            request: entry["request_number"].as_u64().unwrap_or_default(),
            world: text(&entry["world"]),
            number: entry["number"].as_u64().unwrap_or_default(),
            status: entry["response"]["status"].as_u64().unwrap_or_default(),
            method: text(&request["method"]),
            path: format!("{}{}{query}", text(&request["prefix"]), text(&request["path"])),
            api: text(&entry["api"]),
            behaviours: all(&entry["behaviours"], &|one| text(&one["name"]), ", "),
            took_ms: entry["took_ms"].as_f64().unwrap_or_default(),
            faults: all(&entry["faults"], &text, ", "),
            findings: all(&entry["findings"], &finding, "; "),
        }
    }

    /// The line, on a terminal with colours.
    pub(super) fn text(&self, has_colour: bool) -> String {
        let paint = |colour: &str, text: &str| match has_colour {
            true => format!("{colour}{}{RESET}", plain(text)),
            false => plain(text),
        };
        let colour = match self.status {
            0..300 => GREEN,
            300..400 => CYAN,
            400..500 => YELLOW,
            _ => RED,
        };
        let mut line = format!("{}  {:>4}", paint(DIM, &self.at), self.request);
        match (self.world.as_str(), self.number) {
            ("", _) => {}
            // 0 is the number of a request that was not recorded, such as one that began before a reset.
            (world, 0) => push(&mut line, &plain(world)),
            (world, number) => push(&mut line, &format!("{}#{number}", plain(world))),
        }
        push(&mut line, &paint(colour, &self.status.to_string()));
        push(&mut line, &format!("{} {}", plain(&self.method), plain(&self.path)));
        let what = if self.behaviours.is_empty() { &self.api } else { &self.behaviours };
        push(&mut line, &plain(what));
        push(&mut line, &paint(DIM, &format!("{:.2} ms", self.took_ms)));
        if !self.faults.is_empty() {
            push(&mut line, &paint(RED, &format!("fault: {}", self.faults)));
        }
        push(
            &mut line,
            &if self.findings.is_empty() { String::new() } else { paint(YELLOW, &self.findings) },
        );
        line
    }
}

/// Appends a part of the line, unless it is empty.
fn push(line: &mut String, part: &str) {
    if !part.is_empty() {
        let _ = write!(line, "  {part}");
    }
}

/// Reads the fields of an event of the log.
impl Visit for RequestLine {
    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "request" => self.request = value,
            "number" => self.number = value,
            "status" => self.status = value,
            _ => {}
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "took_ms" {
            self.took_ms = value;
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let part = match field.name() {
            "world" => &mut self.world,
            "method" => &mut self.method,
            "path" => &mut self.path,
            "api" => &mut self.api,
            "behaviour" => &mut self.behaviours,
            "faults" => &mut self.faults,
            "findings" => &mut self.findings,
            _ => return,
        };
        value.clone_into(part);
    }

    // Required by the trait. The request log records numbers and text only.
    fn record_debug(&mut self, _field: &Field, _value: &dyn fmt::Debug) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> RequestLine {
        RequestLine {
            at: "2026-03-01T12:00:00.000Z".to_owned(),
            request: 17,
            world: "t1".to_owned(),
            number: 3,
            status: 404,
            method: "GET".to_owned(),
            path: "/hash/x\u{1b}[2J".to_owned(),
            took_ms: 0.123,
            ..RequestLine::default()
        }
    }

    #[test]
    fn a_line_has_the_parts_that_apply() {
        let text = line().text(false);
        assert_eq!(text, "2026-03-01T12:00:00.000Z    17  t1#3  404  GET /hash/x\u{fffd}[2J  0.12 ms");
        let full = RequestLine {
            api: "an-api".to_owned(),
            behaviours: "an-api/hash.missing".to_owned(),
            faults: "slow".to_owned(),
            findings: "near-miss: a digit".to_owned(),
            number: 0,
            ..line()
        };
        assert!(
            full.text(false).ends_with("  an-api/hash.missing  0.12 ms  fault: slow  near-miss: a digit")
        );
        assert!(full.text(false).contains("  t1  404  "));
        let admin = RequestLine { world: String::new(), api: "admin".to_owned(), status: 204, ..line() };
        assert!(admin.text(false).contains("    17  204  GET "), "{}", admin.text(false));
    }

    #[test]
    fn colours_show_the_class_of_the_status() {
        assert!(line().text(true).contains("  \u{1b}[33m404\u{1b}[0m  "));
        assert!(RequestLine { status: 200, ..line() }.text(true).contains("\u{1b}[32m200\u{1b}[0m"));
        assert!(RequestLine { status: 503, ..line() }.text(true).contains("\u{1b}[31m503\u{1b}[0m"));
    }
}
