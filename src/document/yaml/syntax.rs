//! Errors of the YAML parser, with advice.

use saphyr_parser::ScanError;

use super::{FatalError, place};
use crate::document::code;
use crate::document::wording::too_deep;

/// The parser's message, with the advice that most often helps.
pub(super) fn syntax_error(error: &ScanError, text: &str) -> FatalError {
    let place = place(error.marker());
    let info = error.info();
    let line = text.lines().nth(place.line as usize - 1).unwrap_or_default();
    let indent = &line[..line.len() - line.trim_start().len()];
    // The parser has messages but no codes, so its words decide. The order matters, since several words can occur in
    // one message: that of an unknown escape, for example, also says "quoted".
    let help = if info == "recursion limit exceeded" {
        // The parser's own limit can come before that of the builder; both are the same error to a user.
        let (what, help) = too_deep();
        return (&code::NESTING, place, what, help);
    } else if indent.contains('\t') || info.contains("a tab") || info.contains("tabs") {
        "indent with spaces, since YAML allows no tabs"
    } else if info.contains("anchor") {
        "define the anchor with & above its alias; put text that starts with * or & in quotes"
    } else if info.contains("escape") || info.contains("hexadecimal") {
        "in double quotes write \\\\ for a backslash, or use single quotes"
    } else if info.contains("trailing content") {
        "put the whole text in quotes; inside single quotes write '' for a quote"
    } else if info.contains("unprintable") {
        "remove the control character, or write it as an escape in double quotes, like \"\\x01\""
    } else if info.contains("quoted") {
        "close the quotes, and indent every line between them"
    } else if info.contains("illegal placement") {
        "close every [ and { above, or put text that holds a colon in quotes"
    } else if info.contains("mapping values") {
        "put text that holds a colon and a blank in quotes, or check the indentation"
    } else {
        "check the indentation and the quotes here and in the line above"
    };
    (&code::SYNTAX, place, info.to_owned(), help)
}
