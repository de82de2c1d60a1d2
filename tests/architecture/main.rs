//! The rules of docs/architecture.md, checked against the source text: layers, circles, and what may be named where.

#![allow(unreachable_pub)]

mod graph;

use graph::{Graph, SourceFile, SourceTree, circles};

/// What belongs to one vendor, in the spellings of its products and its fields.
const VENDOR_WORDS: &[&str] = &[
    "reversinglabs",
    "opswat",
    "metadefender",
    "metascan",
    "spectra",
    "titanium",
    "tca-0205",
    "tca_0205",
    "data_id",
    "scan_all_result",
];

/// The modules in the list of `src/lib.rs`, lowest layer first.
fn layers(tree: &SourceTree) -> Vec<String> {
    let lib = tree.files.iter().find(|file| file.path == "lib.rs").expect("src/lib.rs");
    let list = lib.text.lines().skip_while(|line| !line.contains("Modules, lowest layer first"));
    let rows = list.skip(1).take_while(|line| line.starts_with("//!")).filter_map(|line| {
        let row = line.strip_prefix("//! | `")?;
        Some(row.split('`').next()?.to_owned())
    });
    rows.collect()
}

/// Whether a file belongs to a layer: the crate's root and the program's entry point do not.
fn is_layered(file: &SourceFile) -> bool {
    !matches!(file.path.as_str(), "lib.rs" | "main.rs")
}

/// What breaks the rule that a module uses only modules of lower layers.
fn layer_errors(tree: &SourceTree, graph: &Graph, layers: &[String]) -> Vec<String> {
    let layer = |file: &SourceFile| layers.iter().position(|layer| layer == file.top());
    let mut errors = Vec::new();
    for (from, targets) in graph {
        let from = &tree.files[*from];
        if !is_layered(from) {
            continue;
        }
        let Some(own) = layer(from) else {
            errors.push(format!("{}: the list in src/lib.rs does not name its module", from.path));
            continue;
        };
        for target in targets.iter().map(|target| &tree.files[*target]) {
            if is_layered(target) && layer(target).is_none_or(|other| other > own) {
                errors.push(format!("{} uses {}, of a higher layer", from.path, target.path));
            }
        }
    }
    errors
}

#[test]
fn modules_use_only_lower_layers() {
    let tree = SourceTree::read();
    let layers = layers(&tree);
    assert!(layers.len() > 10, "the list of layers in src/lib.rs was not found: {layers:?}");
    let graph = tree.graph();
    assert!(graph.values().map(|targets| targets.len()).sum::<usize>() > 500, "imports were not read");
    let errors = layer_errors(&tree, &graph, &layers);
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    for layer in &layers {
        assert!(tree.files.iter().any(|file| file.top() == layer), "src/lib.rs lists {layer}, which is gone");
    }
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let tree = SourceTree::read();
    let mut errors = Vec::new();
    for circle in circles(&tree.graph_below_parents()) {
        let names: Vec<_> = circle.iter().map(|at| tree.files[*at].path.as_str()).collect();
        errors.push(names.join(", "));
    }
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn uses_are_found_in_every_form() {
    let tree = SourceTree::of(
        [
            ("lib.rs", "mod a; mod b;"),
            ("a/mod.rs", "mod x; pub use x::One; pub use self::x::Two as Three; pub use x::*;"),
            ("a/x.rs", "pub struct One; pub struct Two; pub fn four() {}"),
            ("b/mod.rs", "mod c; mod d; mod e; mod f;"),
            ("b/c.rs", "use crate::a::{One, self};"),
            ("b/d.rs", "fn f() { crate::a::Three; super::c::g(); }"),
            ("b/e.rs", "use super::super::a::four;"),
            ("b/f.rs", "#[cfg(test)] mod tests { use crate::a::One; } // crate::a::One"),
        ]
        .map(|(path, text)| (path.to_owned(), text.to_owned())),
    );
    let graph = tree.graph();
    let uses = |path: &str| {
        let at = tree.files.iter().position(|file| file.path == path).expect("a file");
        graph[&at].iter().map(|target| tree.files[*target].path.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(uses("b/c.rs"), ["a/mod.rs", "a/x.rs"]);
    assert_eq!(uses("b/d.rs"), ["a/x.rs", "b/c.rs"]);
    assert_eq!(uses("b/e.rs"), ["a/x.rs"]);
    assert_eq!(uses("b/f.rs"), [""; 0]);
    let layers = ["b", "a"].map(str::to_owned);
    assert_eq!(layer_errors(&tree, &graph, &layers).len(), 4, "b is below a here");
}

#[test]
fn circles_are_found() {
    let tree = SourceTree::of(
        [
            ("lib.rs", "mod a; mod b; mod c; mod d;"),
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", "use crate::c::C; pub struct B;"),
            ("c.rs", "use crate::a::A; use crate::d::D; pub struct C;"),
            ("d.rs", "pub struct D;"),
        ]
        .map(|(path, text)| (path.to_owned(), text.to_owned())),
    );
    let circles = circles(&tree.graph());
    assert_eq!(circles.len(), 1);
    assert_eq!(circles[0].len(), 3);
}

#[test]
fn vendors_never_use_each_other() {
    let tree = SourceTree::read();
    let vendor = |file: &SourceFile| {
        let mut parts = file.path.split('/');
        let folder = (parts.next()? == "vendors").then(|| parts.next())??;
        // Files beside the folders are shared, and so are the folders of the contract and of what two vendors share.
        (parts.next().is_some() && !matches!(folder, "contract" | "import" | "opswat"))
            .then(|| folder.to_owned())
    };
    let mut vendors: Vec<_> = tree.files.iter().filter_map(vendor).collect();
    vendors.dedup();
    assert!(vendors.len() > 1, "{vendors:?}");
    let mut errors = Vec::new();
    for (from, targets) in tree.graph() {
        let from = &tree.files[from];
        let Some(own) = vendor(from) else { continue };
        for target in targets.iter().map(|target| &tree.files[*target]) {
            if vendor(target).is_some_and(|other| other != own) {
                errors.push(format!("{} uses {}", from.path, target.path));
            }
        }
    }
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn only_vendors_name_vendors() {
    let mut errors = Vec::new();
    for file in SourceTree::read().files.iter().filter(|file| file.top() != "vendors") {
        for (number, line) in file.code.lines().enumerate() {
            let line = line.to_lowercase();
            for word in VENDOR_WORDS.iter().filter(|word| line.contains(**word)) {
                errors.push(format!("{}:{} names {word}", file.path, number + 1));
            }
        }
    }
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn only_clock_reads_the_time_and_only_ids_makes_random_values() {
    let sources = [
        ("clock", &["Timestamp::now", "Zoned::now", "Instant::now", "SystemTime::now"][..]),
        ("ids", &["rand::rng", "rand::random", "OsRng", "from_os_rng", "getrandom"]),
    ];
    let mut errors = Vec::new();
    for file in SourceTree::read().files {
        for (owner, words) in sources {
            for word in words.iter().filter(|word| file.top() != owner && file.code.contains(**word)) {
                errors.push(format!("{} calls {word}; ask {owner}", file.path));
            }
        }
    }
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn all_sql_is_in_the_store() {
    for file in SourceTree::read().files.iter().filter(|file| file.top() != "store") {
        let queries = file.code.contains("sqlx::") || file.code.contains("rusqlite");
        assert!(!queries, "{} queries", file.path);
    }
}

#[test]
fn files_are_short_named_for_their_content_and_in_one_style() {
    let tree = SourceTree::read();
    for file in &tree.files {
        for part in file.path.split('/') {
            let part = part.trim_end_matches(".rs");
            assert!(!matches!(part, "common" | "utils" | "util" | "helpers" | "misc"), "{}", file.path);
        }
        let lines = file.text.lines().count();
        assert!(lines <= 400, "{} has {lines} lines; split it", file.path);
        let folder = file.path.trim_end_matches(".rs").to_owned() + "/";
        let beside = tree.files.iter().any(|other| other.path.starts_with(&folder));
        assert!(!beside, "{} has a folder beside it; call it {folder}mod.rs", file.path);
    }
}

#[test]
fn only_the_program_uses_the_command_line() {
    for file in SourceTree::read().files.iter().filter(|file| file.top() != "cli" && is_layered(file)) {
        assert!(!file.code.contains("clap"), "{} parses a command line", file.path);
    }
}
