//! Prints the errors of fixtures that a server lists, as `check` prints them.

use serde_json::Value;

use super::log::{print_error, stderr_has_colour};
use super::table::plain;
use crate::document::{Diagnostic, Excerpt, Place, code};

/// Prints the `errors` of a problem document on standard error. `file` is the file's name if the server cannot know it.
pub(super) fn print_fixture_errors(errors: &[Value], file: Option<&str>) {
    for error in errors {
        print_error(&diagnostic(error, file).render(stderr_has_colour()));
    }
}

fn diagnostic(error: &Value, file: Option<&str>) -> Diagnostic {
    let text = |key: &str| plain(error[key].as_str().unwrap_or_default());
    let number =
        |key: &str| error[key].as_u64().and_then(|number| u32::try_from(number).ok()).unwrap_or_default();
    let place = Place { line: number("line"), column: number("column") };
    let suggestion = error["suggestion"].as_str().map(plain);
    let help = text("help");
    // Rendering repeats the suggestion, so it must not be in the help as well.
    let help = match &suggestion {
        Some(name) => help.trim_start_matches(&format!("did you mean {name:?}?")).trim_start().to_owned(),
        None => help,
    };
    let file = file.map_or_else(|| text("file"), str::to_owned);
    let diagnostic =
        Diagnostic::new(file, place, &code::SYNTAX, text("what"), help).meaning(suggestion.as_deref());
    // The mark was drawn by the server, so its position in the line is not needed.
    let excerpt = error["excerpt"].as_str().zip(error["caret"].as_str()).map(|(line, caret)| {
        Box::new(Excerpt { line: plain(line), caret: plain(caret), offset: 0, length: 0 })
    });
    Diagnostic { excerpt, ..diagnostic }
}
