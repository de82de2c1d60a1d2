//! What MetaDefender Core and MetaDefender Cloud share: the codes of results, the priority among them, and which of
//! them block a file.

pub mod contents;
pub mod import;
pub mod progress;
pub mod upload;

use crate::samples::Verdict::{
    self, Aborted, ArchiveDepth, ArchiveFiles, ArchiveSize, ArchiveTimeout, Blacklisted, Clean, Cleaned,
    EncryptedArchive, Failed, Infected, NotScanned, PasswordProtected, Quarantined, Suspicious, TypeMismatch,
    Vulnerable, Whitelisted,
};
use crate::samples::{EngineResult, Scan};

/// The code of a verdict.
pub fn code(verdict: Verdict) -> u16 {
    match verdict {
        Clean => 0,
        Infected => 1,
        Suspicious => 2,
        Failed => 3,
        Cleaned => 4,
        Quarantined => 6,
        Whitelisted => 7,
        Blacklisted => 8,
        ArchiveDepth => 9,
        NotScanned => 10,
        Aborted => 11,
        EncryptedArchive => 12,
        ArchiveSize => 13,
        ArchiveFiles => 14,
        PasswordProtected => 15,
        ArchiveTimeout => 16,
        TypeMismatch => 17,
        Vulnerable => 18,
    }
}

/// The verdict of a code; `None` if no verdict has this code.
pub fn verdict(code: u16) -> Option<Verdict> {
    Verdict::ALL.into_iter().find(|verdict| self::code(*verdict) == code)
}

/// The codes by descending priority: those in the list of the Core page, then the others.
const PRIORITY: [u16; 18] = [1, 2, 18, 17, 12, 9, 13, 14, 16, 15, 0, 10, 7, 8, 3, 6, 4, 11];

/// The verdict with the highest priority, of several engines or of the files in an archive; `None` if there are none.
pub fn consolidate(verdicts: impl IntoIterator<Item = Verdict>) -> Option<Verdict> {
    verdicts.into_iter().min_by_key(|verdict| PRIORITY.iter().position(|other| *other == code(*verdict)))
}

/// The first item with the result of the highest priority, by result code; `None` if no item has a result.
pub fn worst<T>(items: &[T], code: impl Fn(&T) -> u16) -> Option<&T> {
    let place = |item: &T| PRIORITY.iter().position(|other| *other == code(item));
    // A result in progress, 255, has no priority.
    items.iter().filter(|item| place(item).is_some()).min_by_key(|item| place(item))
}

/// The verdict of a scan: that of its engines, or what the fixture says if there are none.
pub fn scan_verdict(scan: &Scan) -> Verdict {
    consolidate(scan.engines.iter().map(|engine| engine.verdict)).unwrap_or(scan.verdict)
}

/// Whether an engine with this result reports a threat. A skipped file was not scanned, so nothing was detected.
pub fn is_detection(verdict: Verdict) -> bool {
    verdict.is_threat() && verdict != Blacklisted
}

/// How many of these engines report a threat.
pub fn detections(engines: &[EngineResult]) -> usize {
    engines.iter().filter(|engine| is_detection(engine.verdict)).count()
}

/// Whether a rule without a list of its own blocks a file with this verdict.
pub fn blocks(verdict: Verdict) -> bool {
    matches!(code(verdict), 1 | 2 | 8 | 9 | 12..=18)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_has_a_code_of_its_own() {
        let codes = Verdict::ALL.map(code);
        assert_eq!(codes, [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]);
        assert!(Verdict::ALL.iter().all(|one| verdict(code(*one)) == Some(*one)));
        assert_eq!((verdict(5), verdict(255)), (None, None));
    }

    #[test]
    fn the_verdict_with_the_highest_priority_wins() {
        let one = |words: &[Verdict]| consolidate(words.iter().copied());
        assert_eq!(one(&[Clean, Failed]), Some(Clean));
        assert_eq!(one(&[Clean, EncryptedArchive, TypeMismatch]), Some(TypeMismatch));
        assert_eq!(one(&[Suspicious, Infected, Clean]), Some(Infected));
        assert_eq!(one(&[Whitelisted, NotScanned]), Some(NotScanned));
        assert_eq!(one(&[]), None);
    }

    #[test]
    fn samples_consolidate_verdicts_by_the_same_priority() {
        for (one, other) in Verdict::ALL.into_iter().flat_map(|one| Verdict::ALL.map(|other| (one, other))) {
            assert_eq!(consolidate([one, other]), Verdict::consolidate([one, other]), "{one:?} {other:?}");
        }
    }
}
