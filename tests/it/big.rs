//! Large sets: files of rows, sets that are made up, built stores.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use scandouble::document::Problem;
use scandouble::fixtures::{self, NotCompiled, Source, builtin_names, lines};
use scandouble::samples::{Built, Hash, Sample};
use scandouble::{Emulator, StartError};
use serde_json::Value;

use crate::harness::program::{file, program};
use crate::harness::{self, NOW, ask, get};

fn load(name: &str, text: &str) -> Result<Vec<Arc<Sample>>, Vec<String>> {
    let source = Source::Text { name: name.to_owned(), text: text.to_owned() };
    let told = |problems: Vec<Problem>| problems.iter().map(ToString::to_string).collect();
    fixtures::load(&[source]).map(|loaded| loaded.samples).map_err(told)
}

fn faults(name: &str, text: &str) -> Vec<String> {
    load(name, text).expect_err("faults")
}

/// A file for one test that does not exist yet.
fn path(name: &str) -> PathBuf {
    let path = file(name, "");
    std::fs::remove_file(&path).expect("removed");
    path
}

fn text(name: &str, text: &str) -> Source {
    Source::Text { name: name.to_owned(), text: text.to_owned() }
}

/// Compiles texts, each a set of its own, into a store of this name.
fn build(name: &str, texts: &[&str]) -> PathBuf {
    let path = path(name);
    let sources: Vec<Source> = texts.iter().map(|it| text("set.yaml", it)).collect();
    fixtures::compile(&sources, &path, |_, _| {}).expect("built");
    path
}

async fn start(store: &Path) -> Emulator {
    let emulator = Emulator::builder().store(store).start().await.expect("started");
    harness::clock(&emulator).freeze(Some(NOW.parse().expect("a timestamp")));
    emulator
}

async fn refusal(store: &Path) -> String {
    match Emulator::builder().store(store).start().await {
        Err(StartError::Store(error)) => error.to_string(),
        other => panic!("started, or refused otherwise: {other:?}"),
    }
}

#[test]
fn rows_mean_what_the_same_samples_mean_in_yaml() {
    let yaml = "samples:\n- {name: a.exe, md5: 0cc175b9c0f1b6a831c399e269772661, size: 5, verdict: infected, threat: T, \
                scanned_at: -2d}\n- {name: 'b,c', content: x, verdict: clean, in_progress: true}\n";
    let json = "{\"name\": \"a.exe\", \"md5\": \"0cc175b9c0f1b6a831c399e269772661\", \"size\": 5, \"verdict\": \
                \"infected\", \"threat\": \"T\", \"scanned_at\": \"-2d\"}\n\n{\"name\": \"b,c\", \"content\": \"x\", \
                \"verdict\": \"clean\", \"in_progress\": true}\n";
    let csv = "name,md5,size,content,verdict,threat,scanned_at,in_progress\n\
               a.exe,0cc175b9c0f1b6a831c399e269772661,5,,infected,T,-2d,\n\"b,c\",,,x,clean,,,true\n";
    let shown = |name: &str, text: &str| {
        let samples = load(name, text).expect("sound");
        samples.iter().map(|sample| fixtures::entry(sample)).collect::<Vec<Value>>()
    };
    let expected = shown("set.yaml", yaml);
    assert_eq!(expected.len(), 2);
    for name in ["set.jsonl", "set.NDJSON", "request"] {
        assert_eq!(shown(name, json), expected, "{name}");
    }
    assert_eq!(shown("set.csv", csv), expected);
}

#[test]
fn a_child_in_rows_may_come_later() {
    let rows = "{\"name\": \"a.zip\", \"content\": \"a\", \"verdict\": \"clean\", \"children\": [\"b.txt\"]}\n\
                {\"name\": \"b.txt\", \"content\": \"b\", \"verdict\": \"clean\"}";
    let samples = load("set.jsonl", rows).expect("sound");
    assert_eq!(samples[0].children[0].sha256, scandouble::ids::hex(&samples[1].key()));
}

#[test]
fn faults_in_json_lines_are_told_with_their_line() {
    let rows = "{\"name\": \"a\", \"content\": \"a\", \"verdict\": \"clean\"}\n\
                {\"name\": \"b\", \"content\": \"b\", \"verdict\": \"klean\"}\n\
                {\"name\": \"c\", \"content\": \"c\"\n\
                17\n\
                {\"name\": \"a\", \"content\": \"a\", \"verdict\": \"clean\"}\n\
                {\"name\": \"d\", \"verdict\": \"clean\", \"children\": [\"nobody\"]}";
    let told = faults("set.jsonl", rows);
    assert_eq!(told.len(), 5, "{told:#?}");
    assert!(
        told[0].starts_with("set.jsonl:2:42: unknown verdict \"klean\"; did you mean \"clean\"? "),
        "{}",
        told[0]
    );
    assert_eq!(
        told[1],
        "set.jsonl:3:29: expected a comma or }, found the end of the line; check the commas, quotes and brackets here, \
         and that one value stands in one line"
    );
    assert!(
        told[2].starts_with("set.jsonl:4:1: the row must be a mapping, found 17; fields here: name, md5, "),
        "{}",
        told[2]
    );
    assert_eq!(
        told[3],
        "set.jsonl:5:1: \"a\" claims the md5 0cc175b9c0f1b6a831c399e269772661, which \"a\" at set.jsonl:1 has; remove one \
         of the two, or correct the hash"
    );
    let missing = path("missing.db");
    let what = refusal(&missing).await;
    assert!(what.starts_with(&format!("{} cannot be read: No such file", missing.display())), "{what}");
    let no_sqlite = file("no-sqlite.db", "samples:\n- {name: a}\n");
    let shown = no_sqlite.display();
    let expected = format!("{shown} is no SQLite file; make one with scandouble build PATH… -o {shown}");
    assert_eq!(refusal(&no_sqlite).await, expected);

    let state = path("state.db");
    Emulator::builder().db(&state).start().await.expect("started").stop().await.expect("stopped");
    let shown = state.display();
    let expected =
        format!("{shown} was not made by scandouble build; make one with scandouble build PATH… -o {shown}");
    assert_eq!(refusal(&state).await, expected);

    for (format, expected) in [
        (
            2,
            "was built by a newer version of scandouble (its format is 2, this version reads 1); use that version, or \
             build the file again with this one"
                .to_owned(),
        ),
        (0, "was built by an older version of scandouble; build it again with scandouble build PATH… -o ".to_owned()),
    ] {
        let store = build("version.db", &["samples: [{name: a, content: a, verdict: clean}]"]);
        // The format stands at this place of a SQLite file's header, user_version.
        let mut bytes = std::fs::read(&store).expect("the file");
        bytes[60..64].copy_from_slice(&u32::to_be_bytes(format));
        std::fs::write(&store, bytes).expect("written");
        let told = refusal(&store).await;
        assert!(told.starts_with(&format!("{} {expected}", store.display())), "{told}");
    }
}

#[test]
fn a_build_of_faulty_sets_leaves_the_file_as_it_is() {
    let store = build("kept.db", &["samples: [{name: a, content: a, verdict: clean}]"]);
    let before = std::fs::read(&store).expect("the file");
    let faulty =
        fixtures::compile(&[text("set.yaml", "samples: [{name: b, content: b}]")], &store, |_, _| {});
    assert!(matches!(faulty, Err(NotCompiled::Faults(problems)) if problems.len() == 1));
    assert_eq!(std::fs::read(&store).expect("the file"), before);
    let folder = store.parent().expect("a folder");
    let unfinished = std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok);
    assert!(unfinished.into_iter().all(|entry| !entry.file_name().to_string_lossy().contains("kept.db.")));
    let nowhere = fixtures::compile(&[], &folder.join("nowhere").join("x.db"), |_, _| {});
    assert!(
        matches!(nowhere, Err(NotCompiled::Store(error)) if error.to_string().contains("x.db cannot be written: "))
    );
}

#[test]
fn the_program_generates_builds_and_says_so() {
    let made = program(&["generate", "--count", "50", "--seed", "7", "--mix", "infected=50%"])
        .output()
        .expect("runs");
    assert!(made.status.success() && made.stderr.is_empty());
    let rows = String::from_utf8(made.stdout).expect("text");
    let mix = "infected=50%".parse().expect("a mix");
    assert_eq!(rows, lines(50, 7, mix).map(|line| line + "\n").collect::<String>());
    let (set, store) = (file("fifty.jsonl", &rows), path("fifty.db"));
    let [set, store] = [&set, &store].map(|path| path.to_str().expect("a path"));
    let built = program(&["build", set, "-o", store]).output().expect("runs");
    let said = String::from_utf8(built.stdout).expect("text");
    assert!(said.starts_with(&format!("50 samples in {store}, 1 MB, built in 0.")), "{said}");

    let bad = file("bad.csv", "name,size\na,b\n");
    let refused = program(&["build", bad.to_str().expect("a path"), "-o", store]).output().expect("runs");
    assert_eq!(refused.status.code(), Some(2));
    let told = String::from_utf8(refused.stderr).expect("text");
    assert!(told.contains("bad.csv:2:3: size must be a whole number, found text \"b\"; "), "{told}");
    let wrong = program(&["generate", "--count", "1", "--mix", "infected=5"]).output().expect("runs");
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("write a number from 0 to 100 and %"));
}
