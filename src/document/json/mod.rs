//! A JSON parser (RFC 8259) that keeps positions. serde_json keeps none, and reports only that of the first error.

#[cfg(test)]
mod tests;

use super::code::{NESTING, SYNTAX};
use super::wording::{quote, too_deep, unique};
use super::{Code, Diagnostics, Entry, MAX_DEPTH, Node, Place, Value};

/// An error that ends the reading: its kind, place, what, help.
type Stop = (&'static Code, Place, String, &'static str);

const SYNTAX_HELP: &str = "check the commas, quotes and brackets here and in the line above";
const LINE_HELP: &str = "check the commas, quotes and brackets here, and that one value stands in one line";

pub(super) fn parse(text: &str, diagnostics: &mut Diagnostics) -> Option<Node> {
    read(Reader { text, at: 0, seen: 0, place: Place { line: 1, column: 1 }, in_line: false, diagnostics })
}

/// Reads one line of a file of JSON Lines.
pub(super) fn parse_line(text: &str, line: u32, diagnostics: &mut Diagnostics) -> Option<Node> {
    read(Reader { text, at: 0, seen: 0, place: Place { line, column: 1 }, in_line: true, diagnostics })
}

fn read(mut reader: Reader<'_>) -> Option<Node> {
    match reader.document() {
        Ok(node) => Some(node),
        Err((code, place, what, help)) => {
            reader.diagnostics.add(code, place, what, help);
            None
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// How far `place` has counted; it follows `at` when a place is asked for, so that each byte is counted once.
    seen: usize,
    place: Place,
    /// Whether the text is one line of a file.
    in_line: bool,
    diagnostics: &'a mut Diagnostics,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<Node, Stop> {
        self.blanks();
        if self.at == self.text.len() {
            // An empty file is `null`, as in YAML, although JSON has no empty document.
            return Ok(Node::new(Place { line: 1, column: 1 }, Value::Null));
        }
        let node = self.value(0)?;
        self.blanks();
        match self.peek() {
            None => Ok(node),
            Some(_) => Err(self.unexpected(self.end())),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, Stop> {
        let place = self.here();
        if self.diagnostics.is_cancelled() {
            // An error is the way out of the recursion. It is not shown: a load that was cancelled reports nothing.
            return Err((&SYNTAX, place, "the reading was cancelled".to_owned(), ""));
        }
        let value = match self.peek() {
            Some(b'{' | b'[') if depth >= MAX_DEPTH => {
                let (what, help) = too_deep();
                return Err((&NESTING, place, what, help));
            }
            Some(b'{') => Value::Map(self.map(depth)?),
            Some(b'[') => Value::List(self.list(depth)?),
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b'a'..=b'z' | b'A'..=b'Z') => self.word()?,
            _ => return Err(self.unexpected("a value")),
        };
        Ok(Node::new(place, value))
    }

    fn map(&mut self, depth: usize) -> Result<Vec<Entry>, Stop> {
        let mut entries = Vec::new();
        self.at += 1;
        self.blanks();
        // Only an empty mapping ends here: after a comma `last_item` has refused the bracket.
        while self.peek() != Some(b'}') || !entries.is_empty() {
            let place = self.here();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a key in double quotes"));
            }
            let key = self.string()?;
            self.blanks();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("a colon"));
            }
            self.at += 1;
            self.blanks();
            let node = self.value(depth + 1)?;
            entries.push(Entry { key, place, node });
            if self.last_item(b'}')? {
                break;
            }
        }
        self.at += 1;
        Ok(unique(entries, self.diagnostics))
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, Stop> {
        let mut items = Vec::new();
        self.at += 1;
        self.blanks();
        while self.peek() != Some(b']') || !items.is_empty() {
            items.push(self.value(depth + 1)?);
            if self.last_item(b']')? {
                break;
            }
        }
        self.at += 1;
        Ok(items)
    }

    /// Whether the closing bracket follows; else goes past the comma.
    fn last_item(&mut self, close: u8) -> Result<bool, Stop> {
        self.blanks();
        match self.peek() {
            Some(byte) if byte == close => Ok(true),
            Some(b',') => {
                let comma = self.here();
                self.at += 1;
                self.blanks();
                if self.peek() == Some(close) {
                    return Err((
                        &SYNTAX,
                        comma,
                        "a comma follows the last item".to_owned(),
                        "remove the comma",
                    ));
                }
                Ok(false)
            }
            _ => Err(self.unexpected(if close == b'}' { "a comma or }" } else { "a comma or ]" })),
        }
    }

    fn string(&mut self) -> Result<String, Stop> {
        let open = self.here();
        self.at += 1;
        // Copied in runs up to the next special byte. All of these are ASCII, so a run never ends inside a character.
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let run = rest.bytes().position(|byte| byte < b' ' || byte == b'"' || byte == b'\\');
            let Some(run) = run else {
                return Err((
                    &SYNTAX,
                    open,
                    "a text is never closed".to_owned(),
                    "end it with a double quote",
                ));
            };
            text.push_str(&rest[..run]);
            self.at += run;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(b'\n' | b'\r') => {
                    let what = "line break inside a text".to_owned();
                    return Err((
                        &SYNTAX,
                        self.here(),
                        what,
                        "write it as \\n, or end the text with a double quote",
                    ));
                }
                other => {
                    let what = format!("control character U+{:04X} inside a text", other.unwrap_or_default());
                    return Err((&SYNTAX, self.here(), what, "write it as an escape, like \\t or \\u0001"));
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, Stop> {
        let place = self.here();
        let letter = self.text[self.at + 1..].chars().next();
        self.at += 1 + letter.map_or(0, char::len_utf8);
        Ok(match letter {
            Some(same @ ('"' | '\\' | '/')) => same,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                // A character beyond U+FFFF is written as two escapes, a surrogate pair (RFC 8259, section 7).
                let first = self.unit(place)?;
                let second = match first {
                    0xd800..=0xdbff if self.text[self.at..].starts_with("\\u") => {
                        self.at += 2;
                        Some(self.unit(place)?)
                    }
                    _ => None,
                };
                let units = [first, second.unwrap_or_default()];
                let units = &units[..if second.is_some() { 2 } else { 1 }];
                return char::decode_utf16(units.iter().copied()).next().and_then(Result::ok).ok_or_else(
                    || {
                        let what = format!("\\u{first:04x} is half of a surrogate pair");
                        (&SYNTAX, place, what, "write both halves, or the character itself")
                    },
                );
            }
            _ => {
                let name = letter.map(String::from).unwrap_or_default();
                let help =
                    "write \\\\ for a backslash; the escapes are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u0000";
                return Err((&SYNTAX, place, format!("\\{name} is not an escape sequence"), help));
            }
        })
    }

    /// Four hex digits.
    fn unit(&mut self, place: Place) -> Result<u16, Stop> {
        let digits =
            self.text.get(self.at..self.at + 4).filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok()).ok_or_else(|| {
            (&SYNTAX, place, "\\u must be followed by four hex digits".to_owned(), "write it like \\u00e9")
        })?;
        self.at += 4;
        Ok(unit)
    }

    fn number(&mut self) -> Result<Value, Stop> {
        let place = self.here();
        let rest = &self.text[self.at..];
        // Takes more than a number can hold, so that `0x1F` or `1.2.3` is reported as a whole.
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')));
        let text = &rest[..end.unwrap_or(rest.len())];
        self.at += text.len();
        if !is_number(text) {
            let help = "write it like 12, -0.5 or 1e9, or put it in quotes";
            return Err((&SYNTAX, place, format!("{} is not a number", quote(text)), help));
        }
        if let Ok(whole) = text.parse() {
            return Ok(Value::Integer(whole));
        }
        // A whole number beyond 64 bits becomes a float, as in `Node::from_json`.
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Float(number)),
            _ => Err((&SYNTAX, place, format!("{} is too large a number", quote(text)), "put it in quotes")),
        }
    }

    fn word(&mut self) -> Result<Value, Stop> {
        let place = self.here();
        let rest = &self.text[self.at..];
        let word = &rest[..rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len())];
        self.at += word.len();
        match word {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            "null" => Ok(Value::Null),
            _ => {
                let help = "put text in double quotes; the bare words are true, false and null";
                Err((&SYNTAX, place, format!("unexpected word {}", quote(word)), help))
            }
        }
    }

    fn unexpected(&mut self, wanted: &str) -> Stop {
        let found = match self.text[self.at..].chars().next() {
            None => self.end().to_owned(),
            Some('\u{a0}') => "a no-break space, where JSON allows ordinary spaces only".to_owned(),
            Some(letter) => format!("{letter:?}"),
        };
        let help = if self.in_line { LINE_HELP } else { SYNTAX_HELP };
        (&SYNTAX, self.here(), format!("expected {wanted}, found {found}"), help)
    }

    fn end(&self) -> &'static str {
        if self.in_line { "the end of the line" } else { "the end of the file" }
    }

    fn blanks(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The place of the next byte.
    fn here(&mut self) -> Place {
        for &byte in &self.text.as_bytes()[self.seen..self.at] {
            if byte == b'\n' {
                self.place = Place { line: self.place.line + 1, column: 1 };
            } else if byte & 0xc0 != 0x80 {
                // Not for the bytes of UTF-8 that continue a character: columns count characters.
                self.place.column += 1;
            }
        }
        self.seen = self.at;
        self.place
    }
}

/// `-? (0 | [1-9][0-9]*) (\.[0-9]+)? ([eE][-+]?[0-9]+)?`
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
}
