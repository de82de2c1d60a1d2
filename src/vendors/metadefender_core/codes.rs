//! The result codes and their names: the page's table, and the Cloud's names for codes that the table lacks.

/// The code of what is not finished.
pub(super) const IN_PROGRESS: u16 = 255;

/// The name of a code.
pub(super) fn name(code: u16) -> &'static str {
    match code {
        0 => "No Threat Detected",
        1 => "Infected",
        2 => "Suspicious",
        3 => "Failed",
        4 => "Cleaned/Deleted",
        6 => "Quarantined",
        7 => "Scan Skipped - Whitelisted",
        8 => "Scan Skipped - Blacklisted",
        9 => "Exceeded Archive Depth",
        10 => "Not Scanned",
        11 => "Aborted",
        12 => "Encrypted Archive",
        13 => "Exceeded Archive Size",
        14 => "Exceeded Archive File Number",
        15 => "Password Protected Document",
        16 => "Exceeded Archive Timeout",
        17 => "Filetype Mismatch",
        18 => "Potentially Vulnerable File",
        IN_PROGRESS => "In Progress",
        _ => "Unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::Verdict;
    use crate::vendors::opswat::code;

    #[test]
    fn every_verdict_has_a_name_of_its_own() {
        let mut names: Vec<_> = Verdict::ALL.iter().map(|verdict| name(code(*verdict))).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Verdict::ALL.len());
        assert!(!names.contains(&"Unknown"));
        assert_eq!(name(5), "Unknown");
    }
}
