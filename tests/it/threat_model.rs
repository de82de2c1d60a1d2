//! The threat model in SECURITY.md: every claim names tests, and they exist.

use std::path::Path;

use crate::pages::is_test;

/// The cells of a row of a table.
fn cells(row: &str) -> Vec<&str> {
    row.trim_matches('|').split('|').map(str::trim).collect()
}

/// Whether a test of this name exists: `folder::file::test` of one in Rust, or else a file below `tests`.
fn exists(test: &str) -> bool {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(test);
    is_test("tests", test) || (test.contains('.') && file.is_file())
}

#[test]
fn every_claim_names_tests_that_exist() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("SECURITY.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let rows = page.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let rows: Vec<_> = rows.take_while(|line| line.starts_with('|')).map(cells).collect();
    assert!(rows.len() >= 9, "{rows:?}");
    for row in rows {
        let [what, from, how, tests] = row[..] else { panic!("not four cells: {row:?}") };
        assert!([what, from, how].iter().all(|cell| !cell.is_empty()), "{row:?}");
        let names: Vec<_> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "no test for: {what}");
        for name in names {
            assert!(exists(name), "{what}: there is no test {name}");
        }
    }
}

#[test]
fn a_test_that_does_not_exist_is_noticed() {
    assert!(exists("it::threat_model::a_test_that_does_not_exist_is_noticed"));
    for wrong in ["it::threat_model::exists", "it::threat_model::nothing", "nothing.rs", "it", ""] {
        assert!(!exists(wrong), "{wrong}");
    }
}
