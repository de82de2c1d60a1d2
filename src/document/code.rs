//! The kinds of errors and warnings. Their names are stable, so that programs can read reports.

use std::fmt;

/// Whether a diagnostic prevents a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Nothing is loaded.
    Error,
    /// It is loaded, but may be a mistake.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A kind of error or warning.
#[derive(PartialEq, Eq)]
pub struct Code {
    /// Its name: `unknown-field`.
    pub name: &'static str,
    /// What it means, in one sentence.
    pub summary: &'static str,
    /// Whether it prevents a load.
    pub severity: Severity,
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Declares codes, and the list of them all.
macro_rules! codes {
    ($severity:ident $list:ident { $($code:ident = $name:literal: $summary:literal,)+ }) => {
        $(
            #[doc = $summary]
            pub static $code: $crate::document::Code = $crate::document::Code {
                name: $name,
                summary: $summary,
                severity: $crate::document::Severity::$severity,
            };
        )+
        /// All of them, in this order.
        pub static $list: &[&$crate::document::Code] = &[$(&$code),+];
    };
}
pub(crate) use codes;

codes! { Error ERRORS {
    SYNTAX = "syntax": "The text is not YAML, JSON or CSV.",
    NESTING = "nesting": "Lists and mappings are nested too deeply.",
    ALIASES = "aliases": "Aliases expand to too much, or to themselves.",
    SECOND_DOCUMENT = "second-document": "A YAML file holds more than one document.",
    MERGE = "merge": "A << names something else than a mapping.",
    TAG = "tag": "A YAML tag does not fit its value.",
    KEY = "key": "A list or mapping stands where a key should.",
    REPEATED_FIELD = "repeated-field": "A field is given twice.",
    ROW = "row": "A row of a table is shorter or longer than its header.",
    CELL = "cell": "A quoted cell of a table is never closed.",
    COLUMN = "column": "A table has a column that no field is called.",
    REPEATED_COLUMN = "repeated-column": "A table has a column twice.",
    UNKNOWN_FIELD = "unknown-field": "A field that does not exist.",
    MISSING_FIELD = "missing-field": "A field that must be given is not.",
    KIND = "kind": "A value of another kind than its field holds.",
    RANGE = "range": "A number that is too small or too large.",
    HASH = "hash": "A hash of the wrong length, or with something else than hex digits.",
    WORD = "word": "A word that is none of those allowed.",
    TIME = "time": "A text that is not a valid time.",
    SPAN = "span": "A text that is not a valid duration.",
    MORE_ERRORS = "more-errors": "More errors were found than are listed.",
} }

codes! { Warning WARNINGS {
    MORE_WARNINGS = "more-warnings": "More warnings were found than are listed.",
} }
