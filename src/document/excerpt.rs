//! Excerpts: the line that a diagnostic is about, with carets below the marked text.

use unicode_width::UnicodeWidthChar as _;

use super::Place;
use super::format::without_mark;

/// The most columns of a line that are shown; longer ones are cut around the mark.
const WIDTH: usize = 100;
/// How much of a cut line stands before the mark.
const BEFORE: usize = 40;
/// Tabs are shown as blanks up to the next multiple of this.
const TAB: usize = 4;
/// The most characters on either side of the mark that are looked at: some take no column, so that a line of a megabyte
/// may fit into few columns.
const WINDOW: usize = 200;
/// The most bytes that a mark covers.
const TOKEN: usize = 4096;

/// A line as it can be printed, and a mark to print below it in a fixed-width font.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The line without tabs and control characters, cut where it is long.
    pub line: String,
    /// Blanks and carets.
    pub caret: String,
    /// Where the marked text starts, in bytes from the beginning of the file.
    pub offset: usize,
    /// How long it is in bytes, at most 4096; 0 at the end of a line.
    pub length: usize,
}

impl Excerpt {
    /// What stands at each of these places of a text, which are in ascending order. Places without a line, and places
    /// behind the end of theirs, have none.
    pub fn all(text: &str, places: &[Place]) -> Vec<Option<Self>> {
        let marked = without_mark(text);
        // A byte order mark is not part of the line, but of the offset in the file.
        let mut offset = text.len() - marked.len();
        let mut excerpts = Vec::with_capacity(places.len());
        let mut waiting = places.iter().peekable();
        while waiting.next_if(|place| place.line == 0).is_some() {
            excerpts.push(None);
        }
        for (number, line) in (1..).zip(marked.split('\n')) {
            let mut columns = Columns::of(line.strip_suffix('\r').unwrap_or(line));
            while let Some(place) = waiting.next_if(|place| place.line == number) {
                let start = columns.start(place.column);
                excerpts.push(start.map(|start| Self::around(columns.line, offset, start)));
            }
            if waiting.peek().is_none() {
                break;
            }
            offset += line.len() + 1;
        }
        excerpts.resize(places.len(), None);
        excerpts
    }

    /// What stands at `place` of a text.
    pub fn of(text: &str, place: Place) -> Option<Self> {
        Self::all(text, &[place]).into_iter().next().flatten()
    }

    /// The part of `line` around the byte `start`. The work is bounded, however long the line is.
    fn around(line: &str, offset: usize, start: usize) -> Self {
        let length = token(&line[start..]);
        let first = line[..start].char_indices().rev().take(WINDOW).last().map_or(start, |(at, _)| at);
        let last = line[start..].char_indices().nth(WINDOW).map_or(line.len(), |(at, _)| start + at);
        // Characters, columns and bytes differ, because of tabs and wide or combining characters. The mark needs
        // columns.
        let (mut cells, mut from, mut until, mut width) = (Vec::new(), 0, 0, 0);
        for (at, letter) in line[first..last].char_indices() {
            let at = first + at;
            if at == start {
                from = width;
            }
            let (text, columns) = cell(letter, width);
            cells.push((text, columns));
            width += columns;
            if at < start + length {
                until = width;
            }
        }
        if start == last {
            from = width;
        }
        // A mark is one caret at least, and does not stand beyond what is shown.
        let until = until.max(from + 1);
        let cut = cut(&cells, from, [first > 0, last < line.len()], width);
        let end = until.saturating_sub(cut.moved).min(cut.width);
        let from = from.saturating_sub(cut.moved);
        let caret = format!("{}{}", " ".repeat(from), "^".repeat(end.saturating_sub(from).max(1)));
        Self { line: cut.line, caret, offset: offset + start, length }
    }
}

/// Finds where the columns of a line start, each from the one before, so that many diagnostics of one long line are
/// found in one pass.
struct Columns<'a> {
    line: &'a str,
    rest: std::str::Chars<'a>,
    next: u32,
}

impl<'a> Columns<'a> {
    fn of(line: &'a str) -> Self {
        Self { line, rest: line.chars(), next: 1 }
    }

    /// The byte at which `column` starts; columns are asked for in ascending order.
    fn start(&mut self, column: u32) -> Option<usize> {
        if column < self.next {
            return None;
        }
        while self.next < column {
            self.rest.next()?;
            self.next += 1;
        }
        Some(self.line.len() - self.rest.as_str().len())
    }
}

/// A line that was cut to the width that is shown.
struct Cut {
    line: String,
    /// In columns, and one more: a mark behind the last letter is still inside what is shown.
    width: usize,
    /// How many columns its beginning moved to the left.
    moved: usize,
}

/// Cuts the cells around column `mark`; `more` says whether the line goes on before and after them, `width` is theirs.
fn cut(cells: &[(String, usize)], mark: usize, more: [bool; 2], width: usize) -> Cut {
    let fits = width <= WIDTH && more == [false, false];
    let first = if fits { 0 } else { mark.saturating_sub(BEFORE) };
    let mut line = String::new();
    let (mut at, mut used, mut start) = (0, 0, None);
    let mut whole = !more[1];
    for (text, columns) in cells {
        if at >= first && used + columns <= WIDTH {
            start.get_or_insert(at);
            line.push_str(text);
            used += columns;
        } else if at >= first {
            whole = false;
            break;
        }
        at += columns;
    }
    let start = start.unwrap_or(at);
    let lead = if start > 0 || more[0] { "…" } else { "" };
    let tail = if whole { "" } else { "…" };
    let lead_width = lead.chars().count();
    let moved = start.saturating_sub(lead_width);
    Cut { line: format!("{lead}{line}{tail}"), width: lead_width + used + 1, moved }
}

/// How a letter is shown in column `at`, and how many columns it takes.
fn cell(letter: char, at: usize) -> (String, usize) {
    match letter {
        '\t' => {
            let columns = TAB - at % TAB;
            (" ".repeat(columns), columns)
        }
        // Control characters change the state of a terminal, and bidirectional ones the order of the text that it shows.
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
    let text = &text[..text.floor_char_boundary(TOKEN)];
    let Some(first) = text.chars().next() else { return 0 };
    match first {
        '"' | '\'' => quoted(text, first),
        '{' | '[' | '}' | ']' | ',' | ':' => 1,
        '-' if text[1..].starts_with(' ') => 1,
        _ => {
            let bytes = text.as_bytes();
            let ends = |at: usize| match bytes[at] {
                b',' | b']' | b'}' => true,
                // A colon inside a word, as in a time or a URL, does not end a YAML scalar.
                b':' => matches!(bytes.get(at + 1), None | Some(b' ' | b'\t')),
                // At 0 the index wraps around to one that no text has.
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

    fn rendered(line: &str, column: u32) -> String {
        let excerpt = Excerpt::of(line, Place { line: 1, column }).unwrap();
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
            assert_eq!(rendered(line, column), format!("{line}\n{caret}"), "{line}");
        }
        assert_eq!(Excerpt::of("short", Place { line: 1, column: 7 }), None);
        assert_eq!(Excerpt::of("short", Place { line: 1, column: 0 }), None);
    }

    #[test]
    fn tabs_wide_letters_and_control_characters_line_up() {
        assert_eq!(rendered("\ta: b", 5), "    a: b\n       ^");
        assert_eq!(rendered("名: x", 4), "名: x\n    ^");
        assert_eq!(rendered("e\u{301}: x", 5), "e\u{301}: x\n   ^");
        assert_eq!(rendered("\u{1b}[31m: x", 8), "\u{fffd}[31m: x\n       ^");
        assert_eq!(rendered("a\u{202e}b: x", 6), "a\u{fffd}b: x\n     ^");
    }

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let line = format!("{}bad{}", "a, ".repeat(100), ", b".repeat(100));
        let text = rendered(&line, 301);
        let (line, caret) = text.split_once('\n').unwrap();
        assert_eq!(line.chars().count(), 102);
        assert!(line.starts_with('…') && line.ends_with('…'), "{line}");
        let at = caret.find('^').unwrap();
        assert_eq!(line.chars().skip(at).take(3).collect::<String>(), "bad");
        assert_eq!(caret.trim_start(), "^^^");
        let whole = format!("x: {}", "y".repeat(300));
        let text = self::rendered(&whole, 4);
        assert_eq!(text, format!("x: {}…\n   {}", "y".repeat(97), "^".repeat(98)));
    }

    #[test]
    fn excerpts_are_bounded_for_any_line() {
        for letter in ["a", "\u{301}", "\t", "\u{202e}", "名", "\""] {
            let line = format!("x: {}bad: {}", letter.repeat(50_000), letter.repeat(50_000));
            for column in [1, 4, 1000, 50_004, 90_000] {
                let excerpt = Excerpt::of(&line, Place { line: 1, column }).unwrap();
                assert!(excerpt.line.len() <= 4 * 2 * WINDOW, "{letter:?}: {}", excerpt.line.len());
                assert!(excerpt.caret.len() <= WIDTH + 3, "{letter:?}: {}", excerpt.caret.len());
            }
        }
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
