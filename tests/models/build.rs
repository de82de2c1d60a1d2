//! Copies the modelled files of `src`, with shuttle's primitives instead of those of the standard library. The `tokio` of this
//! package is shuttle's already.

use std::path::Path;

/// Each file, and what is replaced in it. A replacement that is not found stops the build.
const FILES: &[(&str, &[(&str, &str)])] = &[
    ("store/change_log.rs", &[("std::sync::", "shuttle::sync::"), ("watch::Sender::default()", WATCH)]),
    ("worlds/limits.rs", &[("std::sync::", "shuttle::sync::")]),
    (
        "worlds/registry/mod.rs",
        &[
            ("std::sync::", "shuttle::sync::"),
            ("watch::Sender::default()", WATCH),
            // Shuttle's receiver lacks it. Both take the present value for seen.
            ("created.mark_unchanged()", "created.borrow_and_update()"),
        ],
    ),
    ("worlds/registry/claims.rs", &[("std::sync::", "shuttle::sync::")]),
    ("worlds/registry/writer.rs", &[("std::sync::", "shuttle::sync::")]),
];

const WATCH: &str = "watch::channel(Default::default()).0";

fn main() {
    let package = std::env::var("CARGO_MANIFEST_DIR").expect("a folder");
    let source = Path::new(&package).join("../../src");
    let copies = Path::new(&std::env::var("OUT_DIR").expect("a folder")).to_owned();
    for (file, replacements) in FILES {
        let from = source.join(file);
        println!("cargo::rerun-if-changed={}", from.display());
        let mut text = std::fs::read_to_string(&from).unwrap_or_else(|error| panic!("{file}: {error}"));
        for (old, new) in *replacements {
            assert!(text.contains(old), "{file} has no {old}");
            text = text.replace(old, new);
        }
        // The tests are another crate.
        text = text.replace("pub(crate) ", "pub ");
        // Included text has no documentation of its own, and submodules are included by `lib.rs`.
        let kept =
            |line: &&str| !line.starts_with("//!") && !(line.starts_with("mod ") && line.ends_with(';'));
        let text: String = text.lines().filter(kept).map(|line| format!("{line}\n")).collect();
        std::fs::write(copies.join(file.replace('/', "_")), text).expect("written");
    }
}
