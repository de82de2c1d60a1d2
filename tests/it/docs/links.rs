//! Links between the files of the repository, and lists that have to be complete.

use std::path::{Path, PathBuf};

use super::{name, read, root};

/// Every Markdown file of the repository.
fn files() -> Vec<PathBuf> {
    let mut waiting = vec![root().to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let own = path.file_name().expect("a name").to_string_lossy().into_owned();
            if path.is_dir() && own != "target" && !own.starts_with('.') {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The text outside of fenced blocks and code spans.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let lines = text.lines().filter(|line| {
        let fence = line.starts_with("```");
        fenced ^= fence;
        !fence && !fenced
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    text.split('`').step_by(2).collect()
}

/// The text without its generated parts.
fn by_hand(text: &str) -> String {
    let mut generated = false;
    let lines = text.lines().filter(|line| {
        let mark = line.starts_with("<!-- ");
        if mark {
            generated = !line.starts_with("<!-- /");
        }
        !mark && !generated
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn targets(text: &str) -> Vec<String> {
    let text = prose(text);
    let parts = text.split("](").skip(1);
    parts.filter_map(|part| part.split(')').next()).map(str::to_owned).collect()
}

/// The name that a page's readers use for a heading in a link.
fn anchors(text: &str) -> Vec<String> {
    let mut fenced = false;
    let headings = text.lines().filter(|line| {
        fenced ^= line.starts_with("```");
        !fenced && line.starts_with('#')
    });
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    let anchor = |line: &str| {
        let heading: String = line.trim_start_matches('#').trim().chars().filter(kept).collect();
        heading.to_lowercase().replace(' ', "-")
    };
    headings.map(anchor).collect()
}

#[test]
fn links_lead_to_files_and_headings() {
    let mut broken = Vec::new();
    for file in files() {
        let folder = file.parent().expect("a folder");
        for target in targets(&read(&file)) {
            if target.contains("://") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let to = if path.is_empty() { file.clone() } else { folder.join(path) };
            let found =
                to.exists() && (anchor.is_empty() || anchors(&read(&to)).contains(&anchor.to_owned()));
            if !found {
                broken.push(format!("{}: {target}", name(&file)));
            }
        }
    }
    assert!(broken.is_empty(), "broken links:\n{}", broken.join("\n"));
}

#[test]
fn every_test_file_is_in_the_table_of_tests() {
    let table = read(&root().join("tests/README.md"));
    let main = read(&root().join("tests/it/main.rs"));
    let modules = main.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    let folders =
        std::fs::read_dir(root().join("tests")).expect("tests").map(|entry| entry.expect("it").path());
    let names = modules.map(|module| format!("`it/{module}`")).chain(
        folders
            .filter(|path| path != Path::new(&root().join("tests/README.md")) && !path.ends_with("it"))
            .map(|path| format!("`{}`", path.file_name().expect("a name").to_string_lossy())),
    );
    let missing: Vec<_> = names.filter(|name| !table.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "tests/README.md does not say what belongs in {missing:?}");
}

#[test]
fn the_index_of_examples_lists_each_of_them() {
    let folder = root().join("examples");
    let index = targets(&read(&folder.join("README.md")));
    let mut waiting = vec![folder.clone()];
    let mut missing = Vec::new();
    while let Some(path) = waiting.pop() {
        let target = path.strip_prefix(&folder).expect("an example").display().to_string();
        if index.contains(&target) || target == "README.md" {
            continue;
        }
        match path.is_dir() {
            true => waiting.extend(
                std::fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path()),
            ),
            false => missing.push(target),
        }
    }
    assert!(missing.is_empty(), "examples/README.md does not list {missing:?}");
}

/// Without an admin token, a published port opens the server to the network of the machine.
#[test]
fn ports_are_published_on_loopback_only() {
    let mut files = files();
    for more in [".github/workflows/release.yml", "examples/containers/docker-run.sh", "Dockerfile"] {
        files.push(root().join(more));
    }
    let mut found = 0;
    for file in files {
        let text = read(&file);
        for published in text.split("--publish").skip(1) {
            let port = published.trim_start_matches([' ', '=', '"', ',']);
            assert!(port.starts_with("127.0.0.1:"), "{}: --publish {port:.30}", name(&file));
            found += 1;
        }
    }
    assert!(found >= 4, "README.md, running.md, docker-run.sh and the release publish a port");
}

#[test]
fn pages_use_terms_that_a_reader_knows() {
    // What was once said here for the admin API, an emulated API, an injected fault, persistence, and reports.
    const PRIVATE: [&str; 12] = [
        " door",
        " house ",
        " shelf",
        " keeper",
        " struck",
        " strikes ",
        " told",
        " tells ",
        " manieth",
        " in force",
        " operator",
        " is no ",
    ];
    let mut found = Vec::new();
    for file in files().iter().filter(|file| !file.ends_with("docs/behaviours.md")) {
        let text =
            prose(&by_hand(&read(file))).split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        let words = PRIVATE.iter().filter(|word| text.contains(*word));
        found.extend(words.map(|word| format!("{}: {:?}", name(file), word.trim())));
    }
    assert!(found.is_empty(), "use standard terms instead of:\n{}", found.join("\n"));
}
