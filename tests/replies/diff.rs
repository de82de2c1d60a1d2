//! A readable diff of a recorded and an actual reply.

use std::fmt::Write as _;

/// The request, and the lines in which the replies (`recorded`, then `actual`) differ.
pub(crate) fn report(place: &str, request: &str, replies: [&str; 2], are_reset: [bool; 2]) -> String {
    let mut text = format!("{place}\n");
    for line in request.lines() {
        let _ = writeln!(text, "    > {}", shorten(line, 0));
    }
    let [recorded, actual] = replies.map(|reply| reply.split('\n').collect::<Vec<_>>());
    let both = recorded.len().min(actual.len());
    let start = recorded.iter().zip(&actual).take_while(|(one, other)| one == other).count();
    let end = recorded.iter().rev().zip(actual.iter().rev()).take_while(|(one, other)| one == other).count();
    let end = end.min(both - start);
    for line in &recorded[..start] {
        let _ = writeln!(text, "      {}", shorten(line, 0));
    }
    let removed = &recorded[start..recorded.len() - end];
    let added = &actual[start..actual.len() - end];
    let around = |at: usize| match (removed.get(at), added.get(at)) {
        (Some(one), Some(other)) => one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count(),
        _ => 0,
    };
    for (at, line) in removed.iter().enumerate() {
        let _ = writeln!(text, "    - {}", shorten(line, around(at)));
    }
    for (at, line) in added.iter().enumerate() {
        let _ = writeln!(text, "    + {}", shorten(line, around(at)));
    }
    for line in &recorded[recorded.len() - end..] {
        let _ = writeln!(text, "      {}", shorten(line, 0));
    }
    let [recorded, actual] = are_reset;
    if recorded != actual {
        let _ =
            writeln!(text, "    the connection was reset at the end: recorded {recorded}, actual {actual}");
    }
    text
}

/// A long line around a column.
fn shorten(line: &str, column: usize) -> String {
    const WIDTH: usize = 240;
    let skipped = column.saturating_sub(WIDTH / 2);
    let part: String = line.chars().skip(skipped).take(WIDTH).collect();
    let is_cut = line.chars().count() > skipped + WIDTH;
    format!("{}{part}{}", if skipped > 0 { "…" } else { "" }, if is_cut { "…" } else { "" })
}

#[test]
fn the_lines_that_differ_are_marked() {
    let text = report("file:1: title", "GET /", ["a\nb\nc", "a\nB\nc"], [false, true]);
    let expected = "file:1: title\n    > GET /\n      a\n    - b\n    + B\n      c\n    the connection was reset \
                    at the end: recorded false, actual true\n";
    assert_eq!(text, expected);
    let long = "x".repeat(1000);
    let text = report("", "", [&format!("{long}1"), &format!("{long}2")], [false; 2]);
    assert!(text.contains("x1\n") && text.contains("x2\n") && text.len() < 600, "{text}");
}
