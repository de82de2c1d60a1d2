//! What is wrong in a file, where, and what to do about it.

use std::fmt;

use super::{Code, Excerpt};

/// A place in a file: line and column, both counted from 1, the column in characters.
///
/// Trees that do not come from a file ([`Node::from_json`](super::Node::from_json)) carry the default, 0 and 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// One fault or warning: shown as `file:line:column: what is wrong; what to do`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
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
    /// The line, where somebody had its text at hand.
    pub excerpt: Option<Box<Excerpt>>,
}

impl Problem {
    /// A fault at `place`, or of `file` as a whole.
    pub fn new(
        file: impl Into<String>,
        place: Place,
        code: &'static Code,
        what: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        let (file, what, help) = (file.into(), what.into(), help.into());
        Self { file, place, code, what, meant: None, help, excerpt: None }
    }

    /// The same with the word that was probably meant.
    #[must_use]
    pub fn meaning(self, word: Option<&str>) -> Self {
        Self { meant: word.map(str::to_owned), ..self }
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

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.place.line > 0 {
            write!(f, ":{}:{}", self.place.line, self.place.column)?;
        }
        write!(f, ": {}", self.what)?;
        let advice = self.advice();
        if advice.is_empty() { Ok(()) } else { write!(f, "; {advice}") }
    }
}

impl std::error::Error for Problem {}

/// Collects the problems of one file.
#[derive(Clone, Debug, Default)]
pub struct Problems {
    file: String,
    list: Vec<Problem>,
}

impl Problems {
    /// No problems yet, in the file of this name.
    pub fn new(file: impl Into<String>) -> Self {
        Self { file: file.into(), list: Vec::new() }
    }

    /// The file's name, as given to [`Problems::new`].
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Adds a fault of this file.
    pub fn add(
        &mut self,
        code: &'static Code,
        place: Place,
        what: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.list.push(Problem::new(self.file.clone(), place, code, what, help));
    }

    /// Adds a fault of this file with the word that was probably meant.
    pub fn add_meaning(
        &mut self,
        code: &'static Code,
        place: Place,
        what: impl Into<String>,
        meant: Option<&str>,
        help: impl Into<String>,
    ) {
        self.list.push(Problem::new(self.file.clone(), place, code, what, help).meaning(meant));
    }

    /// Adds the problems of another collection; they keep the name of their own file.
    pub fn extend(&mut self, other: Problems) {
        self.list.extend(other.list);
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many problems were found; a fault reached through several aliases counts each time.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The problems, each file's in the order of their places. What an alias repeats is told once.
    pub fn into_vec(mut self) -> Vec<Problem> {
        for same_file in self.list.chunk_by_mut(|a, b| a.file == b.file) {
            same_file.sort_by_key(|problem| problem.place);
        }
        let mut told: Vec<Problem> = Vec::with_capacity(self.list.len());
        for problem in self.list {
            let mut same_place = told.iter().rev().take_while(|earlier| {
                problem.place.line > 0 && earlier.place == problem.place && earlier.file == problem.file
            });
            if !same_place.any(|earlier| earlier.what == problem.what) {
                told.push(problem);
            }
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::code;

    #[test]
    fn shows_file_place_fault_and_remedy() {
        let mut problems = Problems::new("a.yaml");
        assert!(problems.is_empty());
        problems.add(&code::SYNTAX, Place { line: 4, column: 2 }, "what", "help");
        problems.add(&code::SYNTAX, Place { line: 1, column: 7 }, "first", "");
        problems.add_meaning(&code::SYNTAX, Place { line: 4, column: 2 }, "other", Some("word"), "help");
        problems.add(&code::SYNTAX, Place { line: 4, column: 2 }, "what", "help");
        let mut other = Problems::new("b.yaml");
        other.add(&code::SYNTAX, Place::default(), "is no file", "name another");
        problems.extend(other);
        assert_eq!(problems.len(), 5);
        let shown: Vec<String> = problems.into_vec().iter().map(Problem::to_string).collect();
        assert_eq!(
            shown,
            [
                "a.yaml:1:7: first",
                "a.yaml:4:2: what; help",
                "a.yaml:4:2: other; did you mean \"word\"? help",
                "b.yaml: is no file; name another"
            ]
        );
    }
}
