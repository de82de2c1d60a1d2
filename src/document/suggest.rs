//! "Did you mean": the known word nearest to a mistyped one.

/// Longer words, in bytes, are not compared: the work grows with the square of their length.
const LONGEST: usize = 64;
/// Among more candidates than this, one is near to any word.
const MOST_CANDIDATES: usize = 1000;

/// The candidate that `word` most likely means: one that differs in case, dashes, underscores or blanks alone, else the
/// nearest within two typing errors (a letter more, less, wrong, or two swapped).
pub(crate) fn suggest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    // One more than allowed is enough to see that there are too many.
    let candidates: Vec<&str> = candidates.into_iter().take(MOST_CANDIDATES + 1).collect();
    if candidates.len() > MOST_CANDIDATES {
        return None;
    }
    let plain = simplify(word);
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        if candidate.len() > LONGEST {
            continue;
        }
        let other = simplify(candidate);
        // Words longer by more than two letters cannot be near.
        if plain.chars().count().abs_diff(other.chars().count()) > 2 {
            continue;
        }
        // Counts two swapped letters as one error, which Levenshtein distance does not.
        let distance = strsim::osa_distance(&plain, &other);
        // Two errors in a word of two letters are another word.
        let near = distance == 0
            || (distance <= 2 && distance * 2 < plain.chars().count().max(other.chars().count()));
        if near && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// `did you mean "word"?` with the candidate that `word` most likely means, else `there are` and all candidates.
pub(crate) fn suggest_or_list(word: &str, candidates: &[&str]) -> String {
    match suggest(word, candidates.iter().copied()) {
        Some(meant) => format!("did you mean \"{meant}\"?"),
        None => format!("there are {}", candidates.join(", ")),
    }
}

fn simplify(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let words = ["verdict", "name", "sha1", "sha256", "spectra_analyze", "in_storage"];
        for (typed, meant) in [
            ("verdikt", Some("verdict")),
            ("Verdict", Some("verdict")),
            ("vredict", Some("verdict")),
            ("spectra-analyze", Some("spectra_analyze")),
            ("SpectraAnalyze", Some("spectra_analyze")),
            ("sha-256", Some("sha256")),
            ("sha265", Some("sha256")),
            ("instorag", Some("in_storage")),
            ("nam", Some("name")),
            ("colour", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(suggest(typed, words), meant, "{typed}");
        }
        assert_eq!(suggest("a", ["b"]), None);
        assert_eq!(suggest("verdikt", ["verdict"; 1000]), Some("verdict"));
        assert_eq!(suggest("verdikt", ["verdict"; 1001]), None);
        let long = "v".repeat(65);
        assert_eq!(suggest(&long, [long.as_str()]), None);
    }
}
