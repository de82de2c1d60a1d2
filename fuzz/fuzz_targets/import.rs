//! HTTP archives and single replies, imported as fixtures.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use scandouble::internals::fixtures::{Source, load};
use scandouble::internals::replay::import::{Owners, exchanges, fixture};
use scandouble::internals::vendors;
use scandouble_fuzz::bounds::Bounds;

const BOUNDS: Bounds = Bounds { peak: (8 << 20, 20_000), total: (64 << 20, 200_000) };

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some((first, text)) = input.split_first() else { return Corpus::Reject };
    let Ok(text) = std::str::from_utf8(text) else { return Corpus::Reject };
    // One of the APIs, or the one that the exchange belongs to.
    let api = match first {
        b'0'..=b'3' => Some(vendors::ALL[usize::from(first - b'0')]),
        b'-' => None,
        _ => return Corpus::Reject,
    };
    let owners = Owners::new(api, &[]).expect("owners");
    BOUNDS.check(input, || {
        let Ok((exchanges, _)) = exchanges("fuzz", text) else { return };
        let imported = fixture(&exchanges, &owners, false);
        let name = "imported.json".to_owned();
        let loaded = load(&[Source::Text { name, text: imported.fixture.to_string() }]);
        assert_eq!(imported.loads, loaded.is_ok(), "{:?}", loaded.err());
        assert!(
            imported.loads || imported.notes.iter().any(|note| note.lost),
            "nothing says why it does not load"
        );
    });
    Corpus::Keep
});
