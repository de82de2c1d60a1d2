//! JSON read as CPython's `json` module reads it, down to the words and the places of its complaints: the appliance
//! is a Django application, and hands those complaints to its clients.
//!
//! What it accepts and says was compared with CPython 3.11 behind Django REST framework; the expectations of the
//! tests are that program's own words.

#[cfg(test)]
mod tests;

/// How deep lists and objects may be nested. Deeper ones exhaust the interpreter's stack behind Django.
const MAX_DEPTH: usize = 970;

/// The most digits that CPython makes a whole number of.
const MAX_DIGITS: usize = 4300;

/// A JSON value, as far as the appliance tells values apart.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Null,
    Flag(bool),
    /// The digits as they came, and whether they are a whole number.
    Number {
        text: String,
        whole: bool,
    },
    Text(String),
    List(Vec<Json>),
    /// Entries in the order they came; of a repeated key the last one counts.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Python's name for the type.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "NoneType",
            Self::Flag(_) => "bool",
            Self::Number { whole: true, .. } => "int",
            Self::Number { whole: false, .. } => "float",
            Self::Text(_) => "str",
            Self::List(_) => "list",
            Self::Object(_) => "dict",
        }
    }
}

/// The value in `body`, or CPython's complaint about it.
pub(super) fn parse(body: &[u8]) -> Result<Json, String> {
    let text = decode(body)?;
    let scanner = Scanner { text, bytes: text.as_bytes() };
    if text.starts_with('\u{feff}') {
        return Err(scanner.complaint("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0));
    }
    let (value, end) = scanner.value(scanner.blanks(0), 0)?;
    let end = scanner.blanks(end);
    if end == text.len() { Ok(value) } else { Err(scanner.complaint("Extra data", end)) }
}

/// The body as text. CPython's stream reader keeps a sequence that breaks off at the end for a next part, which
/// never comes.
fn decode(body: &[u8]) -> Result<&str, String> {
    let fault = match std::str::from_utf8(body) {
        Ok(text) => return Ok(text),
        Err(fault) => fault,
    };
    let start = fault.valid_up_to();
    // To CPython a surrogate is at fault only once its third byte is there.
    let len = fault.error_len().filter(|_| !matches!(body[start..], [0xed, 0xa0..=0xbf]));
    let Some(len) = len else {
        return Ok(std::str::from_utf8(&body[..start]).unwrap_or_default());
    };
    let first = body[start];
    let reason = match first {
        0x80..=0xc1 | 0xf5.. => "invalid start byte",
        _ => "invalid continuation byte",
    };
    Err(if len == 1 {
        format!("'utf-8' codec can't decode byte 0x{first:02x} in position {start}: {reason}")
    } else {
        format!("'utf-8' codec can't decode bytes in position {start}-{}: {reason}", start + len - 1)
    })
}

/// Everything that the grammar looks at is ASCII, so the scanner walks bytes; only complaints count characters.
struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
}

type Scanned<T> = Result<(T, usize), String>;

impl Scanner<'_> {
    fn at(&self, index: usize) -> Option<u8> {
        self.bytes.get(index).copied()
    }

    fn blanks(&self, mut index: usize) -> usize {
        while matches!(self.at(index), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            index += 1;
        }
        index
    }

    fn value(&self, index: usize, depth: usize) -> Scanned<Json> {
        let rest = &self.bytes[index.min(self.bytes.len())..];
        match rest.first() {
            Some(b'"') => self.string(index + 1).map(|(text, end)| (Json::Text(text), end)),
            Some(b'{') => self.object(index + 1, depth + 1),
            Some(b'[') => self.list(index + 1, depth + 1),
            _ if rest.starts_with(b"null") => Ok((Json::Null, index + 4)),
            _ if rest.starts_with(b"true") => Ok((Json::Flag(true), index + 4)),
            _ if rest.starts_with(b"false") => Ok((Json::Flag(false), index + 5)),
            _ => match ["NaN", "Infinity", "-Infinity"].iter().find(|word| rest.starts_with(word.as_bytes()))
            {
                // The framework's own refusal, which knows no place.
                Some(word) => Err(format!("Out of range float values are not JSON compliant: '{word}'")),
                None => self.number(index),
            },
        }
    }

    fn object(&self, index: usize, depth: usize) -> Scanned<Json> {
        if depth > MAX_DEPTH {
            return Err(too_deep("object"));
        }
        let mut entries = Vec::new();
        let mut index = self.blanks(index);
        if self.at(index) == Some(b'}') {
            return Ok((Json::Object(entries), index + 1));
        }
        loop {
            if self.at(index) != Some(b'"') {
                return Err(self.complaint("Expecting property name enclosed in double quotes", index));
            }
            let (key, end) = self.string(index + 1)?;
            index = self.blanks(end);
            if self.at(index) != Some(b':') {
                return Err(self.complaint("Expecting ':' delimiter", index));
            }
            let (value, end) = self.value(self.blanks(index + 1), depth)?;
            entries.push((key, value));
            index = self.blanks(end);
            match self.at(index) {
                Some(b'}') => return Ok((Json::Object(entries), index + 1)),
                Some(b',') => index = self.blanks(index + 1),
                _ => return Err(self.complaint("Expecting ',' delimiter", index)),
            }
        }
    }

    fn list(&self, index: usize, depth: usize) -> Scanned<Json> {
        if depth > MAX_DEPTH {
            return Err(too_deep("array"));
        }
        let mut items = Vec::new();
        let mut index = self.blanks(index);
        if self.at(index) == Some(b']') {
            return Ok((Json::List(items), index + 1));
        }
        loop {
            let (value, end) = self.value(index, depth)?;
            items.push(value);
            index = self.blanks(end);
            match self.at(index) {
                Some(b']') => return Ok((Json::List(items), index + 1)),
                Some(b',') => index = self.blanks(index + 1),
                _ => return Err(self.complaint("Expecting ',' delimiter", index)),
            }
        }
    }

    /// The number at `start`. A fraction or an exponent without digits is not part of it.
    fn number(&self, start: usize) -> Scanned<Json> {
        let whole_start = start + usize::from(self.at(start) == Some(b'-'));
        let whole_end = match self.at(whole_start) {
            Some(b'0') => whole_start + 1,
            Some(b'1'..=b'9') => self.digits(whole_start),
            _ => return Err(self.complaint("Expecting value", start)),
        };
        let mut end = whole_end;
        if self.at(end) == Some(b'.') && self.digits(end + 1) > end + 1 {
            end = self.digits(end + 1);
        }
        if matches!(self.at(end), Some(b'e' | b'E')) {
            let signed = matches!(self.at(end + 1), Some(b'+' | b'-'));
            let exponent = end + 1 + usize::from(signed);
            if self.digits(exponent) > exponent {
                end = self.digits(exponent);
            }
        }
        let whole = end == whole_end;
        if whole && whole_end - whole_start > MAX_DIGITS {
            return Err(format!(
                "Exceeds the limit ({MAX_DIGITS} digits) for integer string conversion: value has {} digits; \
                 use sys.set_int_max_str_digits() to increase the limit",
                whole_end - whole_start
            ));
        }
        Ok((Json::Number { text: self.text[start..end].to_owned(), whole }, end))
    }

    fn digits(&self, mut index: usize) -> usize {
        while self.at(index).is_some_and(|byte| byte.is_ascii_digit()) {
            index += 1;
        }
        index
    }

    /// The string whose first character is at `start`, behind the quote.
    fn string(&self, start: usize) -> Scanned<String> {
        let mut text = String::new();
        let mut index = start;
        loop {
            let plain = index;
            while self.at(index).is_some_and(|byte| byte > 0x1f && byte != b'"' && byte != b'\\') {
                index += 1;
            }
            text.push_str(&self.text[plain..index]);
            match self.at(index) {
                Some(b'"') => return Ok((text, index + 1)),
                Some(b'\\') => {
                    let (character, end) = self.escape(index, start - 1)?;
                    text.push(character);
                    index = end;
                }
                Some(_) => return Err(self.complaint("Invalid control character at", index)),
                None => return Err(self.complaint("Unterminated string starting at", start - 1)),
            }
        }
    }

    /// The character of the escape whose backslash is at `index`, in the string whose quote is at `quote`.
    fn escape(&self, index: usize, quote: usize) -> Scanned<char> {
        let character = match self.at(index + 1) {
            Some(escaped @ (b'"' | b'\\' | b'/')) => char::from(escaped),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.code_unit(index),
            Some(_) => return Err(self.complaint("Invalid \\escape", index)),
            None => return Err(self.complaint("Unterminated string starting at", quote)),
        };
        Ok((character, index + 2))
    }

    /// The character of `\uXXXX`, or of a pair of them. Python keeps a lone surrogate, which no Rust text can; it
    /// becomes the replacement character.
    fn code_unit(&self, index: usize) -> Scanned<char> {
        let unit = self.hexadecimal(index)?;
        let end = index + 6;
        if let Some(character) = char::from_u32(unit) {
            return Ok((character, end));
        }
        if unit < 0xdc00 && self.at(end) == Some(b'\\') && self.at(end + 1) == Some(b'u') {
            let low = self.hexadecimal(end)?;
            if (0xdc00..0xe000).contains(&low) {
                let pair = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                return Ok((char::from_u32(pair).unwrap_or(char::REPLACEMENT_CHARACTER), end + 6));
            }
        }
        Ok((char::REPLACEMENT_CHARACTER, end))
    }

    /// The four digits behind `\u`, which must not be the last of the text.
    fn hexadecimal(&self, index: usize) -> Result<u32, String> {
        let digits = self.bytes.get(index + 2..index + 6).filter(|_| index + 6 < self.bytes.len());
        let value = digits.and_then(|digits| {
            digits.iter().try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))
        });
        value.ok_or_else(|| self.complaint("Invalid \\uXXXX escape", index + 1))
    }

    /// The complaint with the place of the byte at `index`, counted in characters.
    fn complaint(&self, what: &str, index: usize) -> String {
        let before = &self.text[..index.min(self.text.len())];
        let place = before.chars().count();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("{what}: line {line} column {column} (char {place})")
    }
}

fn too_deep(what: &str) -> String {
    format!("maximum recursion depth exceeded while decoding a JSON {what} from a unicode string")
}
