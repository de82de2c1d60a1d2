//! Fixtures in YAML, JSON, JSON Lines and CSV.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use scandouble::internals::fixtures::{Recipe, Source, check, entry, load};
use scandouble_fuzz::bounds::Bounds;

const BOUNDS: Bounds = Bounds { peak: (8 << 20, 20_000), total: (64 << 20, 200_000) };
/// The first byte of an input chooses the notation; without an extension the text decides.
const NAMES: &[(u8, &str)] =
    &[(b'y', "fuzz.yaml"), (b'j', "fuzz.json"), (b'l', "fuzz.jsonl"), (b'c', "fuzz.csv"), (b'-', "fuzz")];

/// The most samples that are exported.
const MOST: usize = 8;

fn text(name: &str, text: &str) -> [Source; 1] {
    [Source::Text { name: name.to_owned(), text: text.to_owned() }]
}

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some((first, rest)) = input.split_first() else { return Corpus::Reject };
    let Some((_, name)) = NAMES.iter().find(|(letter, _)| letter == first) else { return Corpus::Reject };
    let Ok(content) = std::str::from_utf8(rest) else { return Corpus::Reject };
    let now = "2026-03-01T12:00:00Z".parse().expect("a timestamp");
    BOUNDS.check(input, || {
        let sources = text(name, content);
        let report = check(&Recipe::from(&sources), None, now);
        for diagnostic in &report.diagnostics {
            assert!(
                diagnostic.to_string().len() < 10_000,
                "a message of {} bytes",
                diagnostic.to_string().len()
            );
        }
        match load(&sources) {
            Err(errors) => {
                assert!(!errors.is_empty(), "refused without a reason");
                assert!(report.summary.is_none(), "the check accepts what a start refuses: {errors:?}");
            }
            Ok(loaded) => {
                assert!(
                    report.summary.is_some() || has_profiles(content),
                    "the check refuses what a start accepts"
                );
                // What is exported loads again as the same samples. Rules are exported elsewhere.
                let entries: Vec<_> = loaded.samples.iter().take(MOST).map(|sample| entry(sample)).collect();
                if loaded.samples.len() <= MOST && !content.contains("rule") {
                    let exported = serde_json::json!({ "samples": entries }).to_string();
                    let again = load(&text("exported.json", &exported));
                    let again = again.unwrap_or_else(|errors| panic!("{exported} does not load: {errors:?}"));
                    let again: Vec<_> = again.samples.iter().map(|sample| entry(sample)).collect();
                    assert_eq!(entries, again);
                }
            }
        }
    });
    Corpus::Keep
});

/// A check reads each profile as well, a start only those that are picked.
fn has_profiles(text: &str) -> bool {
    text.contains("profile")
}
