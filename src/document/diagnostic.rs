//! Diagnostics: errors and warnings with position, message and help, and the collector for them.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Code, Excerpt, Place, Severity, code, truncate};

/// One error or warning: shown as `file:line:column: what is wrong; what to do`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file, as the person named it.
    pub file: String,
    /// Where in the file; line 0 stands for the file as a whole and is not shown.
    pub place: Place,
    /// Which kind it is.
    pub code: &'static Code,
    /// What is wrong.
    pub what: String,
    /// The word that was probably meant.
    pub meant: Option<String>,
    /// What to do beside that; may be empty.
    pub help: String,
    /// The line, where the text of the file was available.
    pub excerpt: Option<Box<Excerpt>>,
    /// How many diagnostics this one counts as: more than 1 only for the one that ends a list that was cut.
    pub stands_for: usize,
}

/// The most diagnostics that are kept. The rest are counted.
pub(crate) const MOST: usize = 1000;

/// The most characters of a message or of advice. Both may repeat text of the file, which may be megabytes long.
const LONGEST: usize = 1000;

fn shorten(text: String) -> String {
    if text.len() > LONGEST { truncate(&text, LONGEST) } else { text }
}

impl Diagnostic {
    /// An error at `place`, or of `file` as a whole. Texts are cut at 1000 characters.
    pub fn new(
        file: impl Into<String>,
        place: Place,
        code: &'static Code,
        what: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        let (file, what, help) = (file.into(), shorten(what.into()), shorten(help.into()));
        Self { file, place, code, what, meant: None, help, excerpt: None, stands_for: 1 }
    }

    /// The same with the word that was probably meant.
    #[must_use]
    pub fn meaning(self, word: Option<&str>) -> Self {
        Self { meant: word.map(|word| shorten(word.to_owned())), ..self }
    }

    /// Gives each of these diagnostics the line of `text` that it is about.
    pub fn add_excerpts<'a>(text: &str, diagnostics: impl IntoIterator<Item = &'a mut Diagnostic>) {
        let mut diagnostics: Vec<&mut Diagnostic> = diagnostics.into_iter().collect();
        // `Excerpt::all` goes through the text once, so it needs the places in ascending order.
        diagnostics.sort_by_key(|diagnostic| diagnostic.place);
        let places: Vec<Place> = diagnostics.iter().map(|diagnostic| diagnostic.place).collect();
        for (diagnostic, excerpt) in diagnostics.into_iter().zip(Excerpt::all(text, &places)) {
            diagnostic.excerpt = excerpt.map(Box::new);
        }
    }

    /// What to do, in full: what was probably meant, then the help.
    #[must_use]
    pub fn advice(&self) -> String {
        match &self.meant {
            Some(word) if self.help.is_empty() => format!("did you mean {word:?}?"),
            Some(word) => format!("did you mean {word:?}? {}", self.help),
            None => self.help.clone(),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.place.line > 0 {
            write!(f, ":{}:{}", self.place.line, self.place.column)?;
        }
        let colon = if self.file.is_empty() { "" } else { ": " };
        write!(f, "{colon}{}", self.what)?;
        let advice = self.advice();
        if advice.is_empty() { Ok(()) } else { write!(f, "; {advice}") }
    }
}

impl std::error::Error for Diagnostic {}

/// Collects diagnostics. It keeps the first [`MOST`] and counts the rest, so that a file of a million errors takes
/// neither memory nor time for messages that are never shown.
///
/// It also carries the cancellation of the work that reports to it: a loop over input calls
/// [`Diagnostics::is_cancelled`], and stops.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    file: String,
    list: Vec<Diagnostic>,
    /// Digests of the messages and their places: an alias repeats a value at the same place, and so its errors.
    said: HashSet<u64>,
    reported: usize,
    omitted: usize,
    cancelled: Option<Arc<AtomicBool>>,
}

impl Diagnostics {
    /// No diagnostics yet, in the file of this name.
    pub fn new(file: impl Into<String>) -> Self {
        Self { file: file.into(), ..Self::default() }
    }

    /// No diagnostics yet, in the file of this name; work that reports to these is cancelled together with `self`.
    #[must_use]
    pub fn of_file(&self, file: impl Into<String>) -> Self {
        Self { file: file.into(), cancelled: self.cancelled.clone(), ..Self::default() }
    }

    /// The same, cancelled once `flag` is set.
    #[must_use]
    pub fn cancelled_by(self, flag: Arc<AtomicBool>) -> Self {
        Self { cancelled: Some(flag), ..self }
    }

    /// Whether the outcome is no longer needed, because the client has gone.
    pub fn is_cancelled(&self) -> bool {
        // Relaxed: the flag orders no other data, and stopping a moment later does no harm.
        self.cancelled.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    /// The file's name, as given to [`Diagnostics::new`].
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Adds an error of this file.
    pub fn add(
        &mut self,
        code: &'static Code,
        place: Place,
        what: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push_with(|file| Diagnostic::new(file, place, code, what, help));
    }

    /// Adds a diagnostic, which may be of another file.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.push_with(|_| diagnostic);
    }

    /// Adds what `describe` says, given this file's name. It is not asked once the list is full: use this where
    /// the message is costly, as with a suggestion.
    pub fn push_with(&mut self, describe: impl FnOnce(&str) -> Diagnostic) {
        self.reported += 1;
        if self.list.len() >= MOST {
            self.omitted += 1;
            return;
        }
        let diagnostic = describe(&self.file);
        let mut hasher = DefaultHasher::new();
        (&diagnostic.file, diagnostic.place, &diagnostic.what).hash(&mut hasher);
        // Without a position, equal messages may be about different values, so none is dropped.
        if diagnostic.place.line == 0 || self.said.insert(hasher.finish()) {
            self.list.push(diagnostic);
        }
    }

    /// Adds the diagnostics of another collection; they keep the name of their own file.
    pub fn extend(&mut self, other: Diagnostics) {
        // Repetitions that `other` dropped were reported, and count here too.
        let repeats = other.reported - other.omitted - other.list.len();
        self.reported += other.omitted + repeats;
        self.omitted += other.omitted;
        other.list.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.reported == 0
    }

    /// How many diagnostics were reported; one that is reached through several aliases counts each time.
    pub fn len(&self) -> usize {
        self.reported
    }

    /// The diagnostics, files in the order of their first diagnostic, each file's in the order of their places. If some
    /// were omitted, a last one says how many.
    pub fn into_vec(self) -> Vec<Diagnostic> {
        let mut files: HashMap<String, usize> = HashMap::new();
        for diagnostic in &self.list {
            let next = files.len();
            files.entry(diagnostic.file.clone()).or_insert(next);
        }
        let mut list = self.list;
        // A stable sort: messages at one place stay in the order in which they were found.
        list.sort_by_key(|diagnostic| (files.get(&diagnostic.file).copied(), diagnostic.place));
        if let Some(first) = list.first().filter(|_| self.omitted > 0) {
            let severity = first.code.severity;
            let (code, noun) = match severity {
                Severity::Error => (&code::MORE_ERRORS, "error"),
                Severity::Warning => (&code::MORE_WARNINGS, "warning"),
            };
            let plural = if self.omitted == 1 { "" } else { "s" };
            let what = format!("{} more {noun}{plural} not listed", self.omitted);
            let more =
                Diagnostic::new("", Place::default(), code, what, format!("correct these {noun}s first"));
            list.push(Diagnostic { stands_for: self.omitted, ..more });
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::code;

    #[test]
    fn displays_file_position_message_and_help() {
        let mut diagnostics = Diagnostics::new("a.yaml");
        assert!(diagnostics.is_empty());
        diagnostics.add(&code::SYNTAX, Place { line: 4, column: 2 }, "what", "help");
        diagnostics.add(&code::SYNTAX, Place { line: 1, column: 7 }, "first", "");
        diagnostics.push_with(|file| {
            Diagnostic::new(file, Place { line: 4, column: 2 }, &code::SYNTAX, "other", "help")
                .meaning(Some("word"))
        });
        diagnostics.add(&code::SYNTAX, Place { line: 4, column: 2 }, "what", "help");
        let mut other = Diagnostics::new("b.yaml");
        other.add(&code::SYNTAX, Place::default(), "cannot be read", "name another");
        diagnostics.extend(other);
        assert_eq!(diagnostics.len(), 5);
        let rendered: Vec<String> = diagnostics.into_vec().iter().map(Diagnostic::to_string).collect();
        assert_eq!(
            rendered,
            [
                "a.yaml:1:7: first",
                "a.yaml:4:2: what; help",
                "a.yaml:4:2: other; did you mean \"word\"? help",
                "b.yaml: cannot be read; name another"
            ]
        );
    }
}
