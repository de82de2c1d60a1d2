//! Texts in YAML and JSON as trees.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use scandouble::internals::document::{Diagnostic, Diagnostics, Format, parse};
use scandouble_fuzz::bounds::Bounds;

const BOUNDS: Bounds = Bounds { peak: (1 << 20, 2000), total: (4 << 20, 20_000) };

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some((first, text)) = input.split_first() else { return Corpus::Reject };
    let format = match first {
        b'y' => Format::Yaml,
        b'j' => Format::Json,
        _ => return Corpus::Reject,
    };
    let Ok(text) = std::str::from_utf8(text) else { return Corpus::Reject };
    BOUNDS.check(input, || {
        let mut diagnostics = Diagnostics::default();
        let tree = parse(text, format, &mut diagnostics);
        let mut diagnostics = diagnostics.into_vec();
        assert!(tree.is_some() || !diagnostics.is_empty(), "nothing was read, and nothing says why");
        if format == Format::Json {
            // The parser must agree with another one about what JSON is. It allows less: depth and doubled keys.
            let is_json =
                serde_json::from_str::<serde::de::IgnoredAny>(text.trim_start_matches('\u{feff}')).is_ok();
            // An empty text is `null`, as in YAML.
            let is_empty = text.trim_start_matches('\u{feff}').trim().is_empty();
            assert!(is_json || is_empty || !diagnostics.is_empty(), "not JSON");
        }
        Diagnostic::add_excerpts(text, &mut diagnostics);
        for diagnostic in &diagnostics {
            assert!(
                diagnostic.to_string().len() < 10_000,
                "a message of {} bytes",
                diagnostic.to_string().len()
            );
        }
    });
    Corpus::Keep
});
