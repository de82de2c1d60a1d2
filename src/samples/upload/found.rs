//! What an uploaded file turns out to be, if no fixture knows it.

use super::Content;
use crate::samples::{Hash, Verdict};

/// What a file turns out to be; its threat where that has a name already.
pub(crate) struct Found {
    pub(crate) verdict: Verdict,
    pub(crate) threat: Option<&'static str>,
}

/// What `content` turns out to be under this name; `verdicts` is the text of the setting.
pub(crate) fn verdict(verdicts: &str, name: &str, content: &Content) -> Found {
    let said = rows(verdicts).flatten().find(|(pattern, _)| match Hash::parse(pattern) {
        Some(hash) => content.hashes.has(&hash),
        None => fits(&pattern.to_lowercase(), &name.to_lowercase()),
    });
    match (said, content.is_eicar) {
        (Some((_, verdict)), false) => Found { verdict, threat: None },
        (Some((_, verdict)), true) if !verdict.is_threat() => Found { verdict, threat: None },
        (Some((_, verdict)), true) => Found { verdict, threat: Some("EICAR-Test-File") },
        (None, true) => Found { verdict: Verdict::Infected, threat: Some("EICAR-Test-File") },
        (None, false) => Found { verdict: Verdict::Clean, threat: None },
    }
}

/// The rows of the text of [`super::VERDICTS`]: what a file must be called or hash to, and what it turns out to be.
fn rows(text: &str) -> impl Iterator<Item = Result<(&str, Verdict), String>> {
    text.split(',').map(str::trim).filter(|row| !row.is_empty()).map(|row| {
        let (pattern, word) = row.rsplit_once('=').ok_or_else(|| format!("\"{row}\" has no ="))?;
        let (pattern, word) = (pattern.trim(), word.trim());
        if pattern.is_empty() {
            return Err(format!("\"{row}\" has nothing before its ="));
        }
        let verdict = Verdict::of_word(word)
            .ok_or_else(|| format!("\"{word}\" is none of {}", Verdict::words().join(", ")))?;
        Ok((pattern, verdict))
    })
}

/// Judges the text of the setting.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check(text: &str) -> Result<(), String> {
    let fault = rows(text).find_map(Result::err);
    fault.map_or(Ok(()), |fault| {
        Err(format!("is a list such as *.docm=infected,secret*=suspicious ({fault})"))
    })
}

/// Whether `text` fits a pattern in which `*` is any text and `?` any character.
fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut seen) = (0, 0);
    // The last star, and how far the text had been seen when it was met: what a mismatch goes back to.
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
    fn a_star_is_any_text_and_a_question_mark_one_character() {
        for (pattern, text) in [
            ("", ""),
            ("*", ""),
            ("*", "é"),
            ("?", "é"),
            ("a*b*c", "a-b-b-c"),
            ("**x", "x"),
            ("*.d?cm", "a.d.docm"),
        ] {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("?", ""), ("a*a", "a"), ("a*b*c", "a-c"), ("*.doc", "a.docm")] {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
        let long = "a".repeat(10_000);
        assert!(!fits(&"*a".repeat(100), &format!("{long}b")));
    }

    #[test]
    fn the_first_row_that_fits_a_name_or_a_hash_says_what_a_file_is() {
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
    fn other_texts_are_refused_with_the_reason() {
        for (text, fault) in
            [("a", "has no ="), ("=clean", "nothing before"), ("a=bad", "\"bad\" is none of clean, ")]
        {
            let error = check(text).expect_err(text);
            assert!(error.contains(fault) && error.contains("is a list such as"), "{error}");
        }
        assert_eq!(check(" , "), Ok(()));
    }
}
