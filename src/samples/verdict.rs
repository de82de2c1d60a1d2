//! Verdicts: what a scan can find, in neutral words, and which of several counts.

use serde::{Deserialize, Serialize};

/// What a scan found. Of several verdicts on one file the one that is listed first here counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the words speak for themselves")]
pub enum Verdict {
    Infected,
    Suspicious,
    Vulnerable,
    TypeMismatch,
    EncryptedArchive,
    ArchiveDepth,
    ArchiveSize,
    ArchiveFiles,
    ArchiveTimeout,
    PasswordProtected,
    Clean,
    NotScanned,
    Whitelisted,
    Blacklisted,
    Failed,
    Quarantined,
    Cleaned,
    Aborted,
}

use Verdict::{
    Aborted, ArchiveDepth, ArchiveFiles, ArchiveSize, ArchiveTimeout, Blacklisted, Clean, Cleaned,
    EncryptedArchive, Failed, Infected, NotScanned, PasswordProtected, Quarantined, Suspicious, TypeMismatch,
    Vulnerable, Whitelisted,
};

impl Verdict {
    /// Every verdict, in the order in which texts list them.
    pub const ALL: [Self; 18] = [
        Clean,
        Infected,
        Suspicious,
        Failed,
        Cleaned,
        Quarantined,
        Whitelisted,
        Blacklisted,
        ArchiveDepth,
        NotScanned,
        Aborted,
        EncryptedArchive,
        ArchiveSize,
        ArchiveFiles,
        PasswordProtected,
        ArchiveTimeout,
        TypeMismatch,
        Vulnerable,
    ];

    /// The word in fixtures.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Clean => "clean",
            Infected => "infected",
            Suspicious => "suspicious",
            Failed => "failed",
            Cleaned => "cleaned",
            Quarantined => "quarantined",
            Whitelisted => "whitelisted",
            Blacklisted => "blacklisted",
            ArchiveDepth => "archive-depth",
            NotScanned => "not-scanned",
            Aborted => "aborted",
            EncryptedArchive => "encrypted-archive",
            ArchiveSize => "archive-size",
            ArchiveFiles => "archive-files",
            PasswordProtected => "password-protected",
            ArchiveTimeout => "archive-timeout",
            TypeMismatch => "type-mismatch",
            Vulnerable => "vulnerable",
        }
    }

    /// The verdict of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.word() == word)
    }

    /// The words of all verdicts.
    #[must_use]
    pub fn words() -> Vec<&'static str> {
        Self::ALL.iter().map(|verdict| verdict.word()).collect()
    }

    /// The one verdict of several; `None` of none.
    #[must_use]
    pub fn consolidate(verdicts: impl IntoIterator<Item = Self>) -> Option<Self> {
        // The variants are declared by priority, so the least one counts.
        verdicts.into_iter().min()
    }

    /// Whether an engine that says so reports a threat.
    #[must_use]
    pub fn is_threat(self) -> bool {
        matches!(self, Infected | Suspicious | Cleaned | Quarantined | Blacklisted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_has_a_word_of_its_own() {
        for verdict in Verdict::ALL {
            assert_eq!(Verdict::of_word(verdict.word()), Some(verdict));
            assert_eq!(
                serde_json::to_string(&verdict).expect("renders"),
                format!("\"{}\"", verdict.word()),
                "fixtures and the store spell alike"
            );
        }
    }

    #[test]
    fn the_highest_priority_wins() {
        let one = |words: &[Verdict]| Verdict::consolidate(words.iter().copied());
        assert_eq!(one(&[Clean, Failed]), Some(Clean));
        assert_eq!(one(&[Clean, EncryptedArchive, TypeMismatch]), Some(TypeMismatch));
        assert_eq!(one(&[Suspicious, Infected, Clean]), Some(Infected));
        assert_eq!(one(&[Whitelisted, NotScanned]), Some(NotScanned));
        assert_eq!(one(&[]), None);
    }
}
