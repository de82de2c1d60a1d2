//! The house's own rules, read from its source text: who may import whom, and what may be named where.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

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

struct File {
    /// Its path below `src`.
    path: PathBuf,
    /// The module of the house that it belongs to.
    module: String,
    /// Its text without comments.
    code: String,
    text: String,
}

fn source() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &root, &mut files);
    assert!(files.len() > 20, "the source was not found under {}", root.display());
    files
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<File>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("UTF-8");
            let path = path.strip_prefix(root).expect("below the root").to_owned();
            let first = path.components().next().expect("a name").as_os_str().to_str().expect("UTF-8");
            let module = first.trim_end_matches(".rs").to_owned();
            files.push(File { module, code: without_comments(&text), path, text });
        }
    }
}

/// The text without its line comments. A `//` inside a string goes too, which does no harm here.
fn without_comments(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The first segments after each `root` in a text: of `use root::a::b`, of `use root::{a::b, c}`, of `root::a::f()`.
fn imports<'a>(code: &'a str, root: &str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices(root) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|before| before.is_alphanumeric() || before == '_' || before == '$') {
            continue;
        }
        let rest = &code[at + root.len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(of_group(group)),
            None => found.extend(name(rest)),
        }
    }
    found
}

/// The first segment of each item of a group whose brace is already open.
fn of_group(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut items) = (0, 0, Vec::new());
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                items.extend(name(group[start..at].trim_start()));
                start = at + 1;
                if letter == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    items
}

fn name(text: &str) -> Option<&str> {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len());
    Some(&text[..end]).filter(|name| !name.is_empty())
}

/// The layer of each module, from the list in the documentation of the library.
fn layers() -> BTreeMap<String, usize> {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).expect("text");
    let (_, list) = text.split_once("//! Modules by layer, lowest first").expect("the list of layers");
    let (list, _) = list.split_once("\n//!\n").expect("its end");
    let layers = list.split('·').enumerate();
    layers
        .flat_map(|(at, layer)| layer.split('`').skip(1).step_by(2).map(move |m| (m.to_owned(), at)))
        .collect()
}

#[test]
fn the_reader_of_imports_sees_every_form() {
    let code =
        "use crate::a::b;\nuse crate::{c::{self, D}, e, F as G};\nfn f() { crate::h::i(); xcrate::no(); }";
    assert_eq!(imports(code, "crate::"), BTreeSet::from(["F", "a", "c", "e", "h"]));
}

#[test]
fn modules_import_only_from_lower_layers() {
    let layers = layers();
    let layer = |module: &str| layers.get(module).copied();
    let mut faults = Vec::new();
    for file in source().iter().filter(|file| file.module != "lib") {
        let Some(own) = layer(&file.module) else {
            faults.push(format!("{} has no layer in src/lib.rs", file.path.display()));
            continue;
        };
        let outside = if file.module == "main" { "scandouble::" } else { "crate::" };
        for import in imports(&file.code, outside) {
            // What lib.rs itself offers, a type or a macro, comes from the module of that layer.
            let module = match import {
                "Emulator" | "Builder" | "StartError" => "emulator",
                module => module,
            };
            match layer(module) {
                Some(other) if other <= own => {}
                Some(_) => {
                    faults.push(format!("{} imports {module}, of a higher layer", file.path.display()))
                }
                None => faults.push(format!("{} imports {module}, which has no layer", file.path.display())),
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn rooms_never_import_rooms() {
    let files = source();
    let room_of = |file: &File| {
        let mut parts =
            file.path.components().map(|part| part.as_os_str().to_str().expect("UTF-8").to_owned());
        (parts.next()? == "apis").then(|| parts.next().filter(|part| !part.ends_with(".rs"))).flatten()
    };
    let rooms: BTreeSet<String> = files.iter().filter_map(room_of).collect();
    assert!(!rooms.is_empty(), "the vendors were not found");
    let mut faults = Vec::new();
    for file in &files {
        let Some(room) = room_of(file) else { continue };
        for import in imports(&file.code, "crate::apis::").union(&imports(&file.code, "super::")) {
            if *import != room && rooms.contains(*import) {
                faults.push(format!("{} imports {import}", file.path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The paths that begin with `root` in a text, each as its segments; groups are taken apart.
fn paths(code: &str, root: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(root) {
        let before = code[..at].chars().next_back();
        if !before.is_some_and(|before| before.is_alphanumeric() || before == '_' || before == ':') {
            tree(&code[at..], &mut Vec::new(), &mut found);
        }
    }
    found
}

/// Reads one tree of a `use`, `a::{b, c::d}`, below `stem`; how much of the text it takes.
fn tree(text: &str, stem: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> usize {
    let depth = stem.len();
    let mut at = 0;
    loop {
        if text[at..].starts_with('{') {
            at += 1;
            while !text[at..].starts_with('}') && at < text.len() {
                let skip = text[at..].len() - text[at..].trim_start_matches([',', ' ', '\n']).len();
                at += skip;
                if !text[at..].starts_with('}') {
                    // What is no name ends the group: this was no `use`.
                    match tree(&text[at..], stem, found) {
                        0 => break,
                        taken => at += taken,
                    }
                }
            }
            stem.truncate(depth);
            return at + 1;
        }
        let Some(segment) = name(&text[at..]) else { break };
        at += segment.len();
        stem.push(segment.to_owned());
        match text[at..].strip_prefix("::") {
            Some(_) => at += 2,
            None => break,
        }
    }
    if stem.len() > depth {
        found.push(stem.clone());
    }
    stem.truncate(depth);
    if let Some(alias) = text[at..].strip_prefix(" as ") {
        at += " as ".len() + name(alias).map_or(0, str::len);
    }
    at
}

#[test]
fn the_reader_of_paths_takes_groups_apart() {
    let found = paths("use super::{a::{B as F, c}, d};\nfn f() { super::super::e::g(1) }", "super::");
    let found: Vec<_> = found.iter().map(|path| path.join("::")).collect();
    assert_eq!(found, ["super::a::B", "super::a::c", "super::d", "super::super::e::g"]);
}

#[test]
fn no_vendor_has_a_circle_of_files() {
    let files = source();
    let module = |file: &File| -> Option<Vec<String>> {
        let rest = file.path.strip_prefix("apis").ok()?;
        let parts = rest.components().map(|part| part.as_os_str().to_str().expect("UTF-8"));
        let mut parts: Vec<String> = parts.map(|part| part.trim_end_matches(".rs").to_owned()).collect();
        parts.pop_if(|last| last == "mod");
        Some(parts).filter(|parts| !parts.is_empty())
    };
    let modules: BTreeMap<Vec<String>, &File> =
        files.iter().filter_map(|file| Some((module(file)?, file))).collect();
    let mut edges: BTreeMap<&[String], BTreeSet<&[String]>> = BTreeMap::new();
    for (own, file) in &modules {
        let code = file.code.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        let mut targets: Vec<Vec<String>> = Vec::new();
        for path in paths(code, "super::") {
            let up = path.iter().take_while(|part| *part == "super").count();
            // A path of nothing else is a visibility, `pub(in super::super)`.
            if let Some(above) = own.len().checked_sub(up).filter(|_| up < path.len()) {
                targets.push([&own[..above], &path[up..]].concat());
            }
        }
        targets.extend(paths(code, "crate::apis::").into_iter().map(|path| path[2..].to_vec()));
        // What a module does with those below it needs no import.
        targets.extend(
            modules.keys().filter(|other| other.len() == own.len() + 1 && other.starts_with(own)).cloned(),
        );
        for target in targets {
            let deepest = (1..=target.len()).rev().find_map(|len| modules.get_key_value(&target[..len]));
            if let Some((target, _)) = deepest.filter(|(target, _)| *target != own) {
                edges.entry(own).or_default().insert(target);
            }
        }
    }
    for start in modules.keys() {
        let (mut open, mut seen) = (vec![&start[..]], BTreeSet::new());
        while let Some(at) = open.pop() {
            for next in edges.get(at).into_iter().flatten() {
                assert!(
                    *next != &start[..],
                    "{} imports itself by way of {}",
                    start.join("::"),
                    at.join("::")
                );
                if seen.insert(*next) {
                    open.push(next);
                }
            }
        }
    }
}

#[test]
fn nothing_shared_knows_a_vendor() {
    let mut faults = Vec::new();
    // The command line shows people what they can call.
    let knows = |file: &File| matches!(file.module.as_str(), "apis" | "cli");
    for file in source().iter().filter(|file| !knows(file)) {
        let shared = match file.code.find("#[cfg(test)]") {
            Some(tests) => &file.code[..tests],
            None if file.path.ends_with("tests.rs") => "",
            None => &file.code,
        };
        for (number, line) in shared.lines().enumerate() {
            let line = line.to_lowercase();
            for word in VENDOR_WORDS.iter().filter(|word| line.contains(**word)) {
                faults.push(format!("{}:{} names {word}", file.path.display(), number + 1));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn only_the_clock_knows_the_time_and_only_ids_makes_random_values() {
    let mut faults = Vec::new();
    let doors = [
        ("clock", &["Timestamp::now", "Zoned::now", "Instant::now", "SystemTime::now"][..]),
        ("ids", &["rand::rng", "rand::random", "OsRng", "from_os_rng", "getrandom"]),
    ];
    for file in source() {
        for (door, words) in doors {
            for word in words.iter().filter(|word| file.module != door && file.code.contains(**word)) {
                faults.push(format!("{} calls {word}; ask {door}", file.path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn all_sql_is_in_one_place() {
    for file in source() {
        let store = file.path.starts_with("samples/store") || file.path.ends_with("samples/store.rs");
        if !store && file.module != "document" {
            let queries = file.code.contains("sqlx::query") || file.code.contains("rusqlite");
            assert!(!queries, "{} queries", file.path.display());
        }
    }
}

#[test]
fn there_are_no_rooms_for_everything_and_files_stay_short() {
    for file in source() {
        for part in file.path.components() {
            let part = part.as_os_str().to_str().expect("UTF-8").trim_end_matches(".rs");
            assert!(
                !matches!(part, "common" | "utils" | "util" | "helpers" | "misc"),
                "{}",
                file.path.display()
            );
        }
        let lines = file.text.lines().count();
        assert!(lines <= 400, "{} has {lines} lines; split it", file.path.display());
    }
}
