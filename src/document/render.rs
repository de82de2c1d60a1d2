//! Diagnostics as text for a terminal: message, position, excerpt with carets, help.

use std::fmt::Write as _;

use super::{Diagnostic, Severity};

impl Diagnostic {
    /// Several lines without a break at the end, in colours for a terminal or without.
    #[must_use]
    pub fn render(&self, colours: bool) -> String {
        let Self { file, place, code, what, meant, help, excerpt, stands_for: _ } = self;
        let paint = |colour: &'static str, text: &str| match colours {
            true => format!("\u{1b}[{colour}m{text}\u{1b}[0m"),
            false => text.to_owned(),
        };
        let colour = match code.severity {
            Severity::Error => "1;31",
            Severity::Warning => "1;33",
        };
        let at = if place.line > 0 { format!(":{}:{}", place.line, place.column) } else { String::new() };
        let mut text = String::new();
        if !file.is_empty() {
            text = paint("1", &format!("{file}{at}:")) + " ";
        }
        let _ = write!(text, "{} {what}", paint(colour, &format!("{}:", code.severity.name())));
        if code.severity == Severity::Warning {
            let _ = write!(text, " [{}]", code.name);
        }
        // As wide as the line number, so that the bars of the excerpt are below each other.
        let number = place.line.to_string();
        let margin = " ".repeat(if excerpt.is_some() { number.len() } else { 1 });
        let bar = paint("34", "|");
        let meant = meant.as_ref().map(|word| format!("did you mean {word:?}?"));
        if let Some(excerpt) = excerpt {
            let _ = write!(text, "\n {} {bar} {}", paint("34", &number), excerpt.line);
            let _ = write!(text, "\n {margin} {bar} {}", paint(colour, &excerpt.caret));
        }
        match (&meant, excerpt) {
            (Some(meant), Some(_)) => {
                let _ = write!(text, " {meant}");
            }
            (Some(meant), None) => {
                let _ = write!(text, "\n {margin} {} {meant}", paint("34", "="));
            }
            (None, _) => {}
        }
        if !help.is_empty() {
            let _ = write!(text, "\n {margin} {} {help}", paint("34", "="));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use crate::document::{Diagnostic, Excerpt, Place, code};

    #[test]
    fn shows_the_line_with_a_mark() {
        let place = Place { line: 12, column: 3 };
        let diagnostic = Diagnostic::new(
            "a.yaml",
            place,
            &code::UNKNOWN_FIELD,
            "unknown field \"nam\"",
            "fields here: name",
        );
        let mut diagnostic = diagnostic.meaning(Some("name"));
        assert_eq!(
            diagnostic.render(false),
            "a.yaml:12:3: error: unknown field \"nam\"\n   = did you mean \"name\"?\n   = fields here: name"
        );
        diagnostic.excerpt = Excerpt::of(&format!("{}  nam: x", "\n".repeat(11)), place).map(Box::new);
        assert_eq!(
            diagnostic.render(false),
            "a.yaml:12:3: error: unknown field \"nam\"\n 12 |   nam: x\n    |   ^^^ did you mean \"name\"?\n    = fields here: name"
        );
        assert!(
            diagnostic
                .render(true)
                .starts_with("\u{1b}[1ma.yaml:12:3:\u{1b}[0m \u{1b}[1;31merror:\u{1b}[0m unknown")
        );
        let whole = Diagnostic::new("b", Place::default(), &code::SYNTAX, "cannot be read", "");
        assert_eq!(whole.render(false), "b: error: cannot be read");
    }
}
