//! The name of an uploaded file, as Django keeps it: the last part of a path, cut to the length of its database
//! column.

/// The most characters of a name.
const LONGEST: usize = 255;

/// What is kept of a name as it was sent; `None` where nothing is left that could name a file: Django ignores such a part.
pub(super) fn kept(said: &str) -> Option<String> {
    let end = said.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = end.chars().filter(|character| is_printable(*character)).collect();
    (!matches!(name.as_str(), "" | "." | "..")).then(|| cut(name))
}

/// Whether a character can be seen; of the blanks, the space alone.
fn is_printable(character: char) -> bool {
    // Behind another character, so that an accent is not escaped for standing alone.
    matches!(character, '"' | '\'' | '\\') || format!("x{character}").escape_debug().nth(1) == Some(character)
}

/// The name, shortened before its extension.
fn cut(name: String) -> String {
    let length = name.chars().count();
    if length <= LONGEST {
        return name;
    }
    // As in Python, dots at the beginning do not start an extension.
    let start = name.len() - name.trim_start_matches('.').len();
    let dot = name.rfind('.').filter(|dot| *dot > start).unwrap_or(name.len());
    let (stem, extension) = name.split_at(dot);
    // An extension that is too long by itself would leave no room for the rest.
    let extension: String = extension.chars().take(LONGEST).collect();
    let room = LONGEST - extension.chars().count();
    stem.chars().take(room).chain(extension.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_path_its_end_is_kept() {
        for (said, name) in [
            ("a.exe", "a.exe"),
            ("../../etc/passwd", "passwd"),
            ("C:\\x\\a.exe", "a.exe"),
            ("a\\b/c", "c"),
            ("a\tb\u{202e}\u{a0}\u{200b} c'\"", "ab c'\""),
            ("e\u{301}", "e\u{301}"),
            ("...", "..."),
        ] {
            assert_eq!(kept(said).as_deref(), Some(name), "{said:?}");
        }
        for none in ["", ".", "..", "/", "a/", "C:\\", "x/..", "\u{7f}"] {
            assert_eq!(kept(none), None, "{none:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let long = "é".repeat(300);
        assert_eq!(kept(&format!("{long}.exe")), Some(format!("{}.exe", "é".repeat(251))));
        assert_eq!(kept(&long), Some("é".repeat(255)));
        assert_eq!(kept(&format!("..{long}")), Some(format!("..{}", "é".repeat(253))));
        assert_eq!(kept(&format!("a.{long}")), Some(format!(".{}", "é".repeat(254))));
        assert_eq!(kept(&"é".repeat(255)), Some("é".repeat(255)));
    }
}
