//! Shortening texts for messages and reports.

/// The first `most` characters of a text, with an ellipsis if there are more.
pub(crate) fn truncate(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_at_characters_and_marked() {
        assert_eq!(truncate("naïve", 5), "naïve");
        assert_eq!(truncate("naïve", 3), "naï…");
        assert_eq!(truncate("", 0), "");
    }
}
