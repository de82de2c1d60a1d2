//! JSON without escapes, as clients send lists of hashes. serde_json takes 1.7 times as many instructions for them.

use std::borrow::Cow;

use memchr::memchr;

/// A document that has neither escapes nor blanks other than spaces, and how far it is read. Each method returns `None` if
/// something else comes next; then it is for serde_json to read the document, or to find what is wrong with it.
#[derive(Debug)]
pub(crate) struct PlainJson<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> PlainJson<'a> {
    /// `None` if the document is not plain.
    pub(crate) fn of(text: &'a str) -> Option<Self> {
        // Without a branch for each byte, so that the compiler makes vector instructions of it.
        let is_plain = |byte: u8| (byte >= b' ') & (byte != b'\\');
        text.bytes().fold(true, |all, byte| all & is_plain(byte)).then_some(Self { text, at: 0 })
    }

    /// Skips this character, one of `{}[]:,"`.
    pub(crate) fn skip(&mut self, character: u8) -> Option<()> {
        self.skip_spaces();
        (self.text.as_bytes().get(self.at) == Some(&character)).then(|| self.at += 1)
    }

    /// Skips the name of a field.
    pub(crate) fn skip_name(&mut self, name: &str) -> Option<()> {
        (self.name()? == name).then_some(())
    }

    /// The name of a field.
    pub(crate) fn name(&mut self) -> Option<&'a str> {
        let name = self.text()?;
        self.skip(b':')?;
        Some(name)
    }

    /// A string.
    pub(crate) fn text(&mut self) -> Option<&'a str> {
        self.skip(b'"')?;
        let start = self.at;
        let len = memchr(b'"', &self.text.as_bytes()[start..])?;
        self.at = start + len + 1;
        Some(&self.text[start..start + len])
    }

    /// A list of strings. If there are more than `most`, only one more is kept.
    pub(crate) fn texts(&mut self, most: usize) -> Option<Vec<Cow<'a, str>>> {
        let mut texts = Vec::new();
        self.skip(b'[')?;
        if self.skip(b']').is_some() {
            return Some(texts);
        }
        loop {
            let text = self.text()?;
            if texts.is_empty() {
                // In most lists all texts are as long as the first one.
                texts.reserve((1 + (self.text.len() - self.at) / (text.len() + 3)).min(most + 1));
            }
            if texts.len() <= most {
                texts.push(Cow::Borrowed(text));
            }
            if self.skip(b',').is_none() {
                break;
            }
        }
        self.skip(b']')?;
        Some(texts)
    }

    /// Whether nothing is left.
    pub(crate) fn is_at_end(&mut self) -> bool {
        self.skip_spaces();
        self.at == self.text.len()
    }

    fn skip_spaces(&mut self) {
        while self.text.as_bytes().get(self.at) == Some(&b' ') {
            self.at += 1;
        }
    }
}

/// A body with each of its characters in turn left out, doubled, or replaced by another one.
#[cfg(test)]
pub(crate) fn variants(body: &str) -> impl Iterator<Item = String> {
    let replacements = [
        "", "{", "}", "[", "]", ":", ",", "\"", "\\", " ", "\n", "\u{1}", "1", "h", "é", "\",\"", "{}", "[]",
    ];
    let places = (0..body.len()).flat_map(|at| [at..at, at..at + 1]);
    places.flat_map(move |place| {
        replacements.map(|replacement| {
            let mut other = body.to_owned();
            other.replace_range(place.clone(), replacement);
            other
        })
    })
}
