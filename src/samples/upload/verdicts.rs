//! The verdict of an uploaded file that is not a known sample: the setting `uploads`, and EICAR.

use super::Content;
use crate::samples::{Hash, Verdict};

/// The verdict of a file, and the name of its threat if that is fixed.
pub(super) struct UploadVerdict {
    pub(super) verdict: Verdict,
    pub(super) threat: Option<&'static str>,
}

/// The verdict of `content` under this name; `verdicts` is the text of [`super::VERDICTS`].
pub(super) fn verdict(verdicts: &str, name: &str, content: &Content) -> UploadVerdict {
    let row = rows(verdicts).flatten().find(|(pattern, _)| match Hash::parse(pattern) {
        Some(hash) => content.hashes.has(&hash),
        None => matches(&pattern.to_lowercase(), &name.to_lowercase()),
    });
    // A row of the setting wins, also over EICAR, so that a test can declare that file clean.
    match (row, content.is_eicar) {
        (Some((_, verdict)), false) => UploadVerdict { verdict, threat: None },
        (Some((_, verdict)), true) if !verdict.is_threat() => UploadVerdict { verdict, threat: None },
        (Some((_, verdict)), true) => UploadVerdict { verdict, threat: Some("EICAR-Test-File") },
        (None, true) => UploadVerdict { verdict: Verdict::Infected, threat: Some("EICAR-Test-File") },
        (None, false) => UploadVerdict { verdict: Verdict::Clean, threat: None },
    }
}

/// The rows of the text of [`super::VERDICTS`]: a pattern of names or a hash, and the verdict.
fn rows(text: &str) -> impl Iterator<Item = Result<(&str, Verdict), String>> {
    text.split(',').map(str::trim).filter(|row| !row.is_empty()).map(|row| {
        // From the right: a name may hold `=`, a verdict never does.
        let (pattern, word) = row.rsplit_once('=').ok_or_else(|| format!("\"{row}\" has no ="))?;
        let (pattern, word) = (pattern.trim(), word.trim());
        if pattern.is_empty() {
            return Err(format!("\"{row}\" has nothing before its ="));
        }
        let verdict = Verdict::of_word(word)
            .ok_or_else(|| format!("\"{word}\" is not one of {}", Verdict::words().join(", ")))?;
        Ok((pattern, verdict))
    })
}

/// Checks the text of the setting.
///
/// # Errors
/// The first mistake in it, and the expected form.
pub(super) fn check(text: &str) -> Result<(), String> {
    let error = rows(text).find_map(Result::err);
    error.map_or(Ok(()), |error| {
        Err(format!("is a list such as *.docm=infected,secret*=suspicious ({error})"))
    })
}

/// Whether `text` matches a pattern in which `*` is any text and `?` any character.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut seen) = (0, 0);
    // Where to continue after a mismatch: the last star, and the position in the text up to which it matches.
    let mut star: Option<(usize, usize)> = None;
    while seen < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(one) if *one == '?' || *one == text[seen] => {
                at += 1;
                seen += 1;
            }
            // Going back to the last star alone is enough, and bounds the time to the product of both lengths.
            _ => match &mut star {
                Some((back, from)) => {
                    *from += 1;
                    (at, seen) = (*back + 1, *from);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_matches_any_text_and_a_question_mark_one_character() {
        for (pattern, text) in [
            ("", ""),
            ("*", ""),
            ("*", "é"),
            ("?", "é"),
            ("a*b*c", "a-b-b-c"),
            ("**x", "x"),
            ("*.d?cm", "a.d.docm"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("?", ""), ("a*a", "a"), ("a*b*c", "a-c"), ("*.doc", "a.docm")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
        let long = "a".repeat(10_000);
        assert!(!matches(&"*a".repeat(100), &format!("{long}b")));
    }

    #[test]
    fn the_first_matching_row_decides() {
        let content = Content::of(b"abc");
        let is = |text: &str, name: &str| verdict(text, name, &content).verdict;
        let text =
            "*.DOCM=infected, a=b=suspicious ,900150983CD24FB0D6963F7D28E17F72=failed,*=encrypted-archive";
        assert_eq!(is(text, "x.docm"), Verdict::Infected);
        assert_eq!(is(text, "A=B"), Verdict::Suspicious);
        assert_eq!(is(text, "x"), Verdict::Failed);
        assert_eq!(verdict(text, "x", &Content::of(b"x")).verdict, Verdict::EncryptedArchive);
        assert_eq!(is("", "x"), Verdict::Clean);
    }

    #[test]
    fn invalid_texts_are_refused_with_the_reason() {
        for (text, expected) in
            [("a", "has no ="), ("=clean", "nothing before"), ("a=bad", "\"bad\" is not one of clean, ")]
        {
            let error = check(text).expect_err(text);
            assert!(error.contains(expected) && error.contains("is a list such as"), "{error}");
        }
        assert_eq!(check(" , "), Ok(()));
    }
}
