//! Errors of decoding: the path of the field, and what is wrong with it.

use std::fmt;

use serde::de;

use crate::document::{suggest, truncate};

/// The longest text of a request that a message repeats, in characters.
const MAX_QUOTED: usize = 80;
/// The same for the text at an error.
const MAX_EXCERPT: usize = 20;

/// The American spelling of the field or parameter `behaviour`. It is accepted, and never suggested.
pub(in crate::admin) const AMERICAN: &str = "behavior";

/// Why a value cannot be decoded. Its text starts with the field's path, such as `then.delivery`.
#[derive(Debug)]
pub(in crate::admin) struct DecodeError {
    /// The path from the value that was decoded; empty for this value itself.
    path: String,
    mistake: Mistake,
}

#[derive(Debug)]
enum Mistake {
    UnknownField {
        name: String,
        known: &'static [&'static str],
    },
    UnknownWord {
        word: String,
        known: &'static [&'static str],
    },
    Missing,
    Repeated,
    /// What is allowed, and what was sent instead if that helps.
    NotAllowed {
        expected: String,
        found: Option<String>,
    },
}

impl DecodeError {
    pub(super) fn expected(expected: impl Into<String>, found: &serde_json::Value) -> Self {
        Self::at_value(Mistake::NotAllowed {
            expected: expected.into(),
            found: Some(shorten(&found.to_string())),
        })
    }

    fn at_value(mistake: Mistake) -> Self {
        Self { path: String::new(), mistake }
    }

    // The name of an unknown field is text of the request, so it is shortened as well.
    fn at_field(name: &str, mistake: Mistake) -> Self {
        Self { path: shorten(name), mistake }
    }

    /// The same error, seen from the object that holds the value as the field `name`.
    pub(super) fn in_field(self, name: &str) -> Self {
        let separator = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        Self { path: format!("{}{separator}{}", shorten(name), self.path), ..self }
    }

    /// The same error, seen from the list that holds the value at `index`.
    pub(super) fn in_item(self, index: usize) -> Self {
        let separator = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        Self { path: format!("[{index}]{separator}{}", self.path), ..self }
    }

    /// The message, where fields are called `field` or `parameter`.
    pub(in crate::admin) fn message(&self, kind: &str) -> String {
        let path = if self.path.is_empty() { "the body".to_owned() } else { format!("`{}`", self.path) };
        match &self.mistake {
            Mistake::UnknownField { name, known } => {
                let known: Vec<_> = known.iter().copied().filter(|field| *field != AMERICAN).collect();
                let advice =
                    advice(name, &known, "`").unwrap_or_else(|| format!("there are no {kind}s here"));
                format!("unknown {kind} {path}; {advice}")
            }
            Mistake::UnknownWord { word, known } => {
                let advice = advice(word, known, "\"").unwrap_or_default();
                format!("{path}: unknown value \"{}\"; {advice}", shorten(word))
            }
            Mistake::Missing => format!("the {kind} {path} is missing"),
            Mistake::Repeated => format!("the {kind} {path} is given twice; leave one out"),
            Mistake::NotAllowed { expected, found: Some(found) } => {
                format!("{path} must be {expected}, not {found}")
            }
            Mistake::NotAllowed { expected, found: None } => format!("{path} must be {expected}"),
        }
    }
}

/// The known word that was probably meant, else all of them; `None` if there are none. `mark` goes around each word.
pub(in crate::admin) fn advice(word: &str, known: &[&str], mark: &str) -> Option<String> {
    let marked = |word: &&str| format!("{mark}{word}{mark}");
    match suggest(word, known.iter().copied()) {
        Some(meant) => Some(format!("did you mean {}?", marked(&meant))),
        None if known.is_empty() => None,
        None => Some(format!("use one of {}", known.iter().map(marked).collect::<Vec<_>>().join(", "))),
    }
}

/// Text of a request, cut at [`MAX_QUOTED`] characters.
pub(in crate::admin) fn shorten(text: &str) -> String {
    truncate(text, MAX_QUOTED)
}

/// The beginning of a text that begins with an error, to find it by.
pub(in crate::admin) fn excerpt(text: &str) -> String {
    truncate(text, MAX_EXCERPT)
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message("field"))
    }
}

impl std::error::Error for DecodeError {}

impl de::Error for DecodeError {
    /// The text of an `expecting` attribute: what the value must be.
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self::at_value(Mistake::NotAllowed { expected: text.to_string(), found: None })
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self::at_field(name, Mistake::UnknownField { name: name.to_owned(), known })
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        Self::at_value(Mistake::UnknownWord { word: word.to_owned(), known })
    }

    fn missing_field(name: &'static str) -> Self {
        Self::at_field(name, Mistake::Missing)
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::at_field(name, Mistake::Repeated)
    }
}
