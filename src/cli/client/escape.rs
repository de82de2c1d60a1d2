//! Percent-encoding of the parts of a URL.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A text as a segment of a path.
pub(in crate::cli) fn path_segment(text: &str) -> String {
    // A proxy would resolve dot segments.
    match text {
        "." => "%2e".to_owned(),
        ".." => "%2e%2e".to_owned(),
        text => utf8_percent_encode(text, RESERVED).to_string(),
    }
}

/// The query string of the parameters that have a value, with its question mark; empty if none has.
pub(in crate::cli) fn query<'a>(parameters: impl IntoIterator<Item = (&'a str, Option<String>)>) -> String {
    let given = parameters.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let pairs: Vec<String> =
        given.map(|(name, value)| format!("{name}={}", utf8_percent_encode(&value, RESERVED))).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_holds_the_parameters_that_have_a_value() {
        assert_eq!(query([("a", None)]), "");
        assert_eq!(
            query([("a", Some("x&y=1 é".to_owned())), ("b", None), ("c", Some("2".to_owned()))]),
            "?a=x%26y%3D1%20%C3%A9&c=2"
        );
    }

    #[test]
    fn dot_segments_are_escaped() {
        assert_eq!([path_segment("."), path_segment(".."), path_segment("a.b")], ["%2e", "%2e%2e", "a.b"]);
    }
}
