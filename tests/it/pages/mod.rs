//! Every sentence of the vendors' pages, in our words, with the tests that would fail if it did not hold: a table per API.

mod metadefender_cloud;
mod metadefender_core;
mod spectra_analyze;
mod spectra_intelligence;

use std::collections::HashSet;
use std::path::Path;

/// A sentence: its place on the page, what it says, and the tests that hold it, as `folder::file::test` below `tests/it`.
pub type Sentence = (&'static str, &'static str, &'static [&'static str]);

/// Asserts that every sentence has a test, that every test exists, and that no sentence stands twice.
#[track_caller]
pub fn assert_held(sentences: &[Sentence]) {
    let mut seen = HashSet::new();
    for (place, says, tests) in sentences {
        assert!(seen.insert((place, says)), "twice: {place}: {says}");
        assert!(!tests.is_empty(), "no test holds: {place}: {says}");
        for test in *tests {
            assert!(exists(test), "{place}: {says}: there is no test {test}");
        }
    }
}

/// Whether a function of this name is a test of that file below `tests/it`.
fn exists(test: &str) -> bool {
    is_test("tests/it", test)
}

/// Whether a function of this name, as `folder::file::test`, is a test of that file below `folder`.
pub fn is_test(folder: &str, test: &str) -> bool {
    let Some((module, name)) = test.rsplit_once("::") else { return false };
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(module.replace("::", "/"));
    let Ok(text) = std::fs::read_to_string(file.with_extension("rs")) else { return false };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_it = |line: &str| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        line.strip_prefix("fn ")
            .and_then(|rest| rest.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with("()"))
    };
    let before = |nth: usize| lines[..nth].iter().rev().take_while(|line| line.starts_with("#["));
    let is_marked = |nth| before(nth).any(|line| *line == "#[test]" || line.starts_with("#[tokio::test"));
    (0..lines.len()).any(|nth| is_it(lines[nth]) && is_marked(nth))
}

#[test]
fn a_test_exists_only_under_its_whole_name() {
    assert!(exists("pages::mod::a_test_exists_only_under_its_whole_name"));
    for wrong in [
        "pages::mod::a_test_exists_only",
        "pages::mod::exists",
        "pages::mod::assert_held",
        "pages::nowhere::a_test_exists_only_under_its_whole_name",
        "a_test_exists_only_under_its_whole_name",
    ] {
        assert!(!exists(wrong), "{wrong}");
    }
}
