//! A line of a file with what is meant marked under it.

use unicode_width::UnicodeWidthChar as _;

use super::{Place, Problem, read};

/// The most columns of a line that are shown; longer ones are cut around the mark.
const WIDTH: usize = 100;
/// How much of a cut line stands before the mark.
const BEFORE: usize = 40;
/// Tabs are shown as blanks up to the next multiple of this.
const TAB: usize = 4;
/// Of more problems than this the lines are not shown: nobody reads them, and they take memory.
const MOST: usize = 1000;

/// A line as it can be printed, and a mark to print below it in a fixed-width font.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The line without tabs and control characters, cut where it is long.
    pub line: String,
    /// Blanks and carets.
    pub caret: String,
    /// Where the marked text starts, in bytes from the beginning of the file.
    pub offset: usize,
    /// How long it is in bytes; 0 at the end of a line.
    pub length: usize,
}

impl Excerpt {
    /// Gives each problem of the file that `text` is the line of its place, if there is one.
    pub fn fill<'a>(text: &str, problems: impl IntoIterator<Item = &'a mut Problem>) {
        let mut problems: Vec<&mut Problem> = problems.into_iter().filter(|one| one.place.line > 0).collect();
        problems.sort_by_key(|problem| problem.place);
        let marked = read::without_mark(text);
        let mut offset = text.len() - marked.len();
        let mut waiting = problems.into_iter().take(MOST).peekable();
        for (number, line) in (1..).zip(marked.split('\n')) {
            while let Some(problem) = waiting.next_if(|problem| problem.place.line == number) {
                problem.excerpt = Self::of_line(line, offset, problem.place.column).map(Box::new);
            }
            if waiting.peek().is_none() {
                return;
            }
            offset += line.len() + 1;
        }
    }

    /// What stands at `place` of a text.
    #[must_use]
    pub fn of(text: &str, place: Place) -> Option<Self> {
        let mut problem = [Problem::new("", place, &super::code::SYNTAX, "", "")];
        Self::fill(text, &mut problem);
        problem.into_iter().next()?.excerpt.map(|excerpt| *excerpt)
    }

    fn of_line(line: &str, offset: usize, column: u32) -> Option<Self> {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let before = usize::try_from(column).ok()?.checked_sub(1)?;
        let ends = line.char_indices().map(|(at, _)| at).chain([line.len()]);
        let start = ends.into_iter().nth(before)?;
        let length = token(&line[start..]);
        let (mut shown, mut from, mut until) = (Vec::new(), 0, 0);
        let mut width = 0;
        for (at, letter) in line.char_indices() {
            if at == start {
                from = width;
            }
            let (text, columns) = cell(letter, width);
            shown.push((text, columns));
            width += columns;
            if at < start + length {
                until = width;
            }
        }
        if start == line.len() {
            from = width;
        }
        // A mark is one caret at least, and does not stand beyond what is shown.
        let until = until.max(from + 1);
        let (line, cut) = cut(&shown, width, from);
        let end = until.saturating_sub(cut).min(line.1);
        let from = from.saturating_sub(cut);
        let caret = format!("{}{}", " ".repeat(from), "^".repeat(end.saturating_sub(from).max(1)));
        Some(Self { line: line.0, caret, offset: offset + start, length })
    }
}

/// The part of a line around column `mark` that fits, with its width, and how many columns its beginning moves left.
fn cut(cells: &[(String, usize)], width: usize, mark: usize) -> ((String, usize), usize) {
    let first = if width <= WIDTH { 0 } else { mark.saturating_sub(BEFORE) };
    let mut line = String::new();
    let (mut at, mut shown, mut start) = (0, 0, None);
    let mut whole = true;
    for (text, columns) in cells {
        if at >= first && shown + columns <= WIDTH {
            start.get_or_insert(at);
            line.push_str(text);
            shown += columns;
        } else if at >= first {
            whole = false;
            break;
        }
        at += columns;
    }
    let start = start.unwrap_or(at);
    let lead = if start > 0 { "…" } else { "" };
    let tail = if whole { "" } else { "…" };
    let moved = start.saturating_sub(lead.chars().count());
    // A mark behind the last letter of a line is still inside what is shown.
    ((format!("{lead}{line}{tail}"), lead.chars().count() + shown + 1), moved)
}

/// How a letter is shown in column `at`, and how many columns it takes.
fn cell(letter: char, at: usize) -> (String, usize) {
    match letter {
        '\t' => {
            let columns = TAB - at % TAB;
            (" ".repeat(columns), columns)
        }
        // Neither these nor what turns the direction of text around may reach a terminal.
        letter
            if letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
        {
            ("\u{fffd}".to_owned(), 1)
        }
        letter => (letter.to_string(), letter.width().unwrap_or(0)),
    }
}

/// How many bytes the value or key takes that a text begins with.
fn token(text: &str) -> usize {
    let Some(first) = text.chars().next() else { return 0 };
    match first {
        '"' | '\'' => quoted(text, first),
        '{' | '[' | '}' | ']' | ',' | ':' => 1,
        '-' if text[1..].starts_with(' ') => 1,
        _ => {
            let bytes = text.as_bytes();
            let ends = |at: usize| match bytes[at] {
                b',' | b']' | b'}' => true,
                b':' => matches!(bytes.get(at + 1), None | Some(b' ' | b'\t')),
                b'#' => matches!(bytes.get(at.wrapping_sub(1)), Some(b' ' | b'\t')),
                _ => false,
            };
            let end = (0..bytes.len()).find(|at| ends(*at)).unwrap_or(bytes.len());
            text[..end].trim_end().len().max(first.len_utf8())
        }
    }
}

fn quoted(text: &str, quote: char) -> usize {
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' && quote == '"' {
            letters.next();
        } else if letter == quote {
            return at + 1;
        }
    }
    text.trim_end().len()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn shown(line: &str, column: u32) -> String {
        let excerpt = Excerpt::of_line(line, 0, column).unwrap();
        format!("{}\n{}", excerpt.line, excerpt.caret)
    }

    #[test]
    fn marks_the_whole_value_or_key() {
        for (line, column, caret) in [
            ("  verdikt: clean", 3, "  ^^^^^^^"),
            ("- {name: a, md5: 12}", 18, "                 ^^"),
            ("a: \"x \\\" y\" # no", 4, "   ^^^^^^^^"),
            ("a: 'it''s'", 4, "   ^^^^"),
            ("a: [1, 2]", 4, "   ^"),
            ("a: some words # a comment", 4, "   ^^^^^^^^^^"),
            ("a: 2026-01-02T10:00:00Z", 4, "   ^^^^^^^^^^^^^^^^^^^^"),
            ("a,b c,d", 3, "  ^^^"),
            ("- a: b", 1, "^"),
            ("a: -2d", 4, "   ^^^"),
            ("end", 4, "   ^"),
            ("", 1, "^"),
        ] {
            assert_eq!(shown(line, column), format!("{line}\n{caret}"), "{line}");
        }
        assert_eq!(Excerpt::of_line("short", 0, 7), None);
        assert_eq!(Excerpt::of_line("short", 0, 0), None);
    }

    #[test]
    fn tabs_wide_letters_and_control_characters_line_up() {
        assert_eq!(shown("\ta: b", 5), "    a: b\n       ^");
        assert_eq!(shown("名: x", 4), "名: x\n    ^");
        assert_eq!(shown("e\u{301}: x", 5), "e\u{301}: x\n   ^");
        assert_eq!(shown("\u{1b}[31m: x", 8), "\u{fffd}[31m: x\n       ^");
        assert_eq!(shown("a\u{202e}b: x", 6), "a\u{fffd}b: x\n     ^");
    }

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let line = format!("{}bad{}", "a, ".repeat(100), ", b".repeat(100));
        let text = shown(&line, 301);
        let (shown, caret) = text.split_once('\n').unwrap();
        assert_eq!(shown.chars().count(), 102);
        assert!(shown.starts_with('…') && shown.ends_with('…'), "{shown}");
        let at = caret.find('^').unwrap();
        assert_eq!(shown.chars().skip(at).take(3).collect::<String>(), "bad");
        assert_eq!(caret.trim_start(), "^^^");
        let whole = format!("x: {}", "y".repeat(300));
        let text = self::shown(&whole, 4);
        assert_eq!(text, format!("x: {}…\n   {}", "y".repeat(97), "^".repeat(98)));
    }

    #[test]
    fn offsets_count_the_bytes_of_the_file() {
        let text = "\u{feff}é: 1\r\nb: x\r\n";
        let excerpt = Excerpt::of(text, Place { line: 2, column: 4 }).unwrap();
        assert_eq!((excerpt.line.as_str(), excerpt.offset, excerpt.length), ("b: x", 13, 1));
        assert_eq!(&text[13..14], "x");
        assert_eq!(Excerpt::of(text, Place { line: 9, column: 1 }), None);
        assert_eq!(Excerpt::of(text, Place::default()), None);
    }
}
