//! `problems.txt` contains, for each error and warning code, a fixture and its exact messages.
//! `UPDATE_PROBLEMS=1 cargo test --test it check::problems` writes the current messages; review them before committing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use scandouble::internals::document::{Diagnostic, code as of_documents};
use scandouble::internals::fixtures::{self, Recipe, Source, code as of_fixtures};
use scandouble::internals::store::Built;

/// The current time: later than all dates in the cases, except those that are in the future on purpose.
const NOW: &str = "2026-06-01T00:00:00Z";

fn check(recipe: &Recipe, built: Option<&Built>) -> Vec<Diagnostic> {
    fixtures::check(recipe, built, NOW.parse().expect("a time")).diagnostics
}

/// A case of the file: a heading with the code and the first file name, the files, and the expected messages.
struct Case {
    heading: String,
    code: String,
    input: String,
    expected: String,
    sources: Vec<Source>,
    profiles: Vec<String>,
}

fn cases(text: &str) -> Vec<Case> {
    text.split("=== ").skip(1).map(case).collect()
}

fn case(text: &str) -> Case {
    let (heading, rest) = text.split_once('\n').expect("a heading");
    let (code, mut name) = heading.split_once(' ').expect("a code and a file");
    // A second document begins with three dashes too; the messages follow the last ones.
    let end = rest.rfind("\n---\n").expect("three dashes") + 1;
    let (input, expected) = (&rest[..end], &rest[end + 4..]);
    let (mut sources, mut profiles) = (Vec::new(), Vec::new());
    let mut add = |name: &str, text: &str| {
        let mut lines: Vec<&str> = text.lines().collect();
        if let Some(profile) = lines.first().and_then(|line| line.strip_prefix("profile: ")) {
            profiles.push(profile.to_owned());
            lines.remove(0);
        }
        sources.push(Source::Text { name: name.to_owned(), text: lines.join("\n") });
    };
    let mut rest = input;
    while let Some((before, after)) = rest.split_once("+++ ") {
        add(name, before);
        (name, rest) = after.split_once('\n').expect("a name");
    }
    add(name, rest);
    Case {
        heading: heading.to_owned(),
        code: code.to_owned(),
        input: input.to_owned(),
        expected: expected.to_owned(),
        sources,
        profiles,
    }
}

#[test]
fn each_code_has_a_case_with_its_exact_message() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/check/problems.txt");
    let text = std::fs::read_to_string(&path).expect("the cases");
    let mut seen = BTreeSet::new();
    let mut updated = String::new();
    for case in cases(&text) {
        let Case { heading, code, input, expected, sources, profiles } = case;
        let problems = check(&Recipe { sources, profiles, ..Recipe::default() }, None);
        assert!(problems.iter().any(|problem| problem.code.name == code), "{heading}: {problems:#?}");
        seen.extend(problems.iter().map(|problem| problem.code.name));
        let actual: String = problems.iter().map(|problem| problem.render(false) + "\n").collect();
        if std::env::var_os("UPDATE_PROBLEMS").is_none() {
            assert_eq!(expected, actual, "{heading}");
        }
        updated += &format!("=== {heading}\n{input}---\n{actual}");
    }
    if std::env::var_os("UPDATE_PROBLEMS").is_some() {
        std::fs::write(&path, updated).expect("written");
    }
    for (problem, expected) in of_files() {
        assert_eq!(problem.to_string(), expected);
        seen.insert(problem.code.name);
    }
    for (problem, expected) in of_limits() {
        assert_eq!(problem.to_string(), expected);
        seen.insert(problem.code.name);
    }
    let lists = [of_documents::ERRORS, of_documents::WARNINGS, of_fixtures::ERRORS, of_fixtures::WARNINGS];
    let all: BTreeSet<_> = lists.into_iter().flatten().map(|code| code.name).collect();
    assert_eq!(all.len(), lists.iter().map(|list| list.len()).sum::<usize>(), "a name is used twice");
    assert_eq!(all.difference(&seen).collect::<Vec<_>>(), Vec::<&&str>::new(), "a code has no case");
}

/// Problems that need files, with their expected messages.
fn of_files() -> Vec<(Diagnostic, String)> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("problems");
    std::fs::create_dir_all(folder.join("empty")).expect("a folder");
    let here = folder.display();
    let only = |source: Source, built: Option<&Built>| {
        let problems = check(&Recipe::from(&[source]), built);
        assert_eq!(problems.len(), 1, "{problems:#?}");
        problems.into_iter().next().expect("one")
    };
    let of_path = |name: &str| only(Source::Path(folder.join(name)), None);
    std::fs::write(folder.join("latin.yaml"), b"samples: [{name: \xe9}]").expect("written");
    let text = "samples:\n- {name: a, file: gone.bin, verdict: clean}\n";
    std::fs::write(folder.join("gone.yaml"), text).expect("written");
    // In two parts, so that scanners do not detect this file.
    let eicar = ["X5O!P%@AP[4\\\\PZX54(P^)7CC)7}$EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*"].concat();
    let eicar = format!("samples: [{{name: e, content: \"{eicar}\", verdict: infected}}]");
    vec![
        (
            only(Source::Builtin("startr".to_owned()), None),
            "builtin:startr: there is no built-in set \"startr\"; did you mean \"starter\"? there are builtin:starter \
             and builtin:vendor-examples"
                .to_owned(),
        ),
        (
            of_path("nothing.yaml"),
            format!(
                "{here}/nothing.yaml: cannot be read: No such file or directory (os error 2); check the path; it is \
                 taken from the current folder"
            ),
        ),
        (
            of_path("latin.yaml"),
            format!("{here}/latin.yaml: cannot be read: stream did not contain valid UTF-8; save it as UTF-8"),
        ),
        (
            of_path("empty"),
            format!(
                "{here}/empty: the folder holds no fixture; put .yaml, .yml, .json, .jsonl, .ndjson or .csv files there"
            ),
        ),
        (
            of_path("gone.yaml"),
            format!(
                "{here}/gone.yaml:2:19: file \"gone.bin\" cannot be read: No such file or directory (os error 2); the \
                 path is taken from the fixture's folder"
            ),
        ),
        (
            only(Source::Text { name: "set.yaml".to_owned(), text: eicar }, None),
            "set.yaml:1:30: scanners will find this file itself: it holds the EICAR test file; give its hashes and size \
             instead, as builtin:starter does"
                .to_owned(),
        ),
        broken_store(),
    ]
}

/// Problems that need large fixtures, with their expected messages.
fn of_limits() -> Vec<(Diagnostic, String)> {
    let last = |name: &str, text: String| {
        let problems = check(&Recipe::from(&[Source::Text { name: name.to_owned(), text }]), None);
        problems.into_iter().next_back().expect("one")
    };
    let harmless = r#"{"name": "a", "content": "NUMBER", "verdict": "clean", "threat": "x"}"#;
    let row = |number: usize| harmless.replace("NUMBER", &number.to_string());
    let profile = |number: usize| {
        format!(r#"{{"name": "a", "content": "{number}", "verdict": "clean", "profile": "{number}"}}"#)
    };
    let lines = |count, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<Vec<_>>().join("\n");
    vec![
        (
            last("set.jsonl", "{}\n".repeat(1002)),
            "2 more errors not listed; correct these errors first".to_owned(),
        ),
        (
            last("set.jsonl", lines(1001, &row)),
            "1 more warning not listed; correct these warnings first".to_owned(),
        ),
        (
            last("set.jsonl", lines(101, &profile)),
            "profile: only the first 100 of 101 profiles are checked; check the others with --profile"
                .to_owned(),
        ),
    ]
}

/// A built store with a setting that this version does not have.
fn broken_store() -> (Diagnostic, String) {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("problems-store.db");
    let source = Source::Text { name: "set.yaml".to_owned(), text: "settings: {auth: any}".to_owned() };
    fixtures::compile(&[source], &path, |_, _| {}).expect("built");
    let bytes = std::fs::read(&path).expect("the store");
    let at = bytes.windows(6).position(|window| window == b"\"auth\"").expect("the setting");
    let bytes = [&bytes[..at], b"\"gone\"", &bytes[at + 6..]].concat();
    std::fs::write(&path, bytes).expect("written");
    let built = Built::open(&path).expect("opens");
    let mut problems = check(&Recipe::default(), Some(&built));
    assert_eq!(problems.len(), 1, "{problems:#?}");
    let problem = problems.remove(0);
    let (what, _) = problem.what.split_once("; known: ").expect("a list of the settings that there are");
    let problem = Diagnostic { what: what.to_owned(), ..problem.clone() };
    let expected = format!(
        "{}: the built store cannot be used: unknown setting \"gone\"; build it again from its sets, with scandouble build",
        path.display()
    );
    (problem, expected)
}
