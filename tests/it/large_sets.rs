//! Large sets: JSON Lines and CSV files, generated sets, built stores.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;
use scandouble::Emulator;
use scandouble::StartError;
use scandouble::internals::document::Diagnostic;
use scandouble::internals::fixtures::{self, CompileError, Source, builtin_names, lines};
use scandouble::internals::samples::{Hash, Sample};
use scandouble::internals::store::Built;
use serde_json::Value;

use crate::harness::program::{file, program};
use crate::harness::{self, NOW, ask, get};

fn load(name: &str, text: &str) -> Result<Vec<Arc<Sample>>, Vec<String>> {
    let source = Source::Text { name: name.to_owned(), text: text.to_owned() };
    let texts = |problems: Vec<Diagnostic>| problems.iter().map(ToString::to_string).collect();
    fixtures::load(&[source]).map(|loaded| loaded.samples).map_err(texts)
}

fn errors(name: &str, text: &str) -> Vec<String> {
    load(name, text).expect_err("is refused")
}

/// Path of a file for one test; the file does not exist yet.
fn path(name: &str) -> PathBuf {
    let path = file(name, "");
    std::fs::remove_file(&path).expect("removed");
    path
}

fn text(name: &str, text: &str) -> Source {
    Source::Text { name: name.to_owned(), text: text.to_owned() }
}

/// Compiles texts, each a set, into a store with this name.
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
fn rows_load_like_the_same_samples_in_yaml() {
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
fn children_in_rows_can_come_later() {
    let rows = "{\"name\": \"a.zip\", \"content\": \"a\", \"verdict\": \"clean\", \"children\": [\"b.txt\"]}\n\
                {\"name\": \"b.txt\", \"content\": \"b\", \"verdict\": \"clean\"}";
    let samples = load("set.jsonl", rows).expect("sound");
    assert_eq!(samples[0].children[0].sha256, scandouble::internals::ids::hex(&samples[1].key()));
}

#[test]
fn json_lines_errors_have_a_line_number() {
    let rows = "{\"name\": \"a\", \"content\": \"a\", \"verdict\": \"clean\"}\n\
                {\"name\": \"b\", \"content\": \"b\", \"verdict\": \"klean\"}\n\
                {\"name\": \"c\", \"content\": \"c\"\n\
                17\n\
                {\"name\": \"a\", \"content\": \"a\", \"verdict\": \"clean\"}\n\
                {\"name\": \"d\", \"verdict\": \"clean\", \"children\": [\"nobody\"]}";
    let errors = errors("set.jsonl", rows);
    assert_eq!(errors.len(), 5, "{errors:#?}");
    assert!(
        errors[0].starts_with("set.jsonl:2:42: unknown verdict \"klean\"; did you mean \"clean\"? "),
        "{}",
        errors[0]
    );
    assert_eq!(
        errors[1],
        "set.jsonl:3:29: expected a comma or }, found the end of the line; check the commas, quotes and brackets here, \
         and that one value stands in one line"
    );
    let kind = "set.jsonl:4:1: the row must be a mapping, found 17; fields here: name, md5, ";
    assert!(errors[2].starts_with(kind), "{}", errors[2]);
    assert_eq!(
        errors[3..],
        [
            "set.jsonl:5:1: \"a\" claims the md5 0cc175b9c0f1b6a831c399e269772661, which \"a\" at set.jsonl:1 has; \
             remove one of the two, or correct the hash",
            "set.jsonl:6:1: the sample has no hash; give md5, sha1, sha256 or sha512, or content or file",
        ]
    );
}

#[test]
fn csv_errors_have_line_and_column() {
    let errors = errors("set.csv", "name,verdikt,md5,engines\na,clean,12,\nb\n");
    assert_eq!(
        errors,
        [
            "set.csv:1:6: unknown column \"verdikt\"; did you mean \"verdict\"?",
            "set.csv:1:18: unknown column \"engines\"; it holds lists or mappings; write JSON Lines instead",
            "set.csv:2:9: md5 has 2 hex digits, expected 32; give the whole hash",
            "set.csv:3:1: the row has 1 cell, the header 4; put a cell that holds commas in double quotes, and leave \
             empty what is not given",
        ]
    );
}

#[tokio::test]
async fn a_built_store_answers_like_its_sets() {
    let store = path("builtin.db");
    let sources: Vec<Source> = builtin_names().map(|name| Source::Builtin(name.to_owned())).collect();
    let summary = fixtures::compile(&sources, &store, |_, _| {}).expect("built");
    let (plain, built) = (harness::start_builtin().await, start(&store).await);
    assert_eq!(built.summary().samples, summary.samples);
    assert_eq!(built.summary().sets, [store.display().to_string()]);
    let list = get("/_scandouble/samples?limit=1000").send(&plain).await.json();
    assert_eq!(get("/_scandouble/samples?limit=1000").send(&built).await.json(), list);
    for filter in ["verdict=infected", "name=ZIP", "limit=3&offset=4", "name=zip&verdict=clean&offset=1"] {
        let path = format!("/_scandouble/samples?{filter}");
        assert_eq!(get(&path).send(&built).await.text(), get(&path).send(&plain).await.text(), "{filter}");
    }
    let samples = list["samples"].as_array().expect("a list");
    assert_eq!(samples.len(), summary.samples);
    for sample in samples {
        let key = sample["sha256"].as_str().expect("a key");
        let path = format!("/_scandouble/samples/{key}");
        let shown = get(&path).send(&plain).await.json();
        assert_eq!(get(&path).send(&built).await.json(), shown);
        for hash in ["md5", "sha1", "sha512"] {
            let path = format!("/hash/{}", shown["sample"][hash].as_str().expect("a hash"));
            let [one, other] = [&plain, &built].map(|emulator| get(&path).send(emulator));
            let (one, other) = (one.await, other.await);
            assert_eq!((one.status, one.text()), (other.status, other.text()), "{path}");
            if let Some(id) = one.json()["data_id"].as_str() {
                let path = format!("/file/{id}");
                let found = get(&path).send(&built).await;
                assert_eq!(
                    (found.status, found.text()),
                    (200, get(&path).send(&plain).await.text()),
                    "{path}"
                );
            }
        }
    }
    let accounts = |emulator: &Emulator| {
        format!("{:?}", emulator.world("default").state().accounts.load().of("spectra-intelligence"))
    };
    assert_eq!(accounts(&built), accounts(&plain));
    assert_eq!(*built.world("default").state().rules.load(), *plain.world("default").state().rules.load());
}

#[test]
fn an_open_built_store_cannot_be_written() {
    let store = build("locked", &["samples: [{name: a, content: a, verdict: clean}]"]);
    let built = Built::open(&store).expect("opens");
    let other = Connection::open(&store).expect("opens");
    other.busy_timeout(std::time::Duration::ZERO).expect("set");
    let write = || other.execute("delete from about", []);
    assert!(write().is_err());
    drop(built);
    assert!(write().is_ok());
}

#[tokio::test]
async fn a_built_store_contains_accounts_rules_and_settings() {
    let store = build(
        "rest.db",
        &["settings: {auth: any}\nrules: [{name: Strict, max_file_size: 5}]\n\
           accounts: {metadefender_core: [{key: k1}]}\nsamples: [{name: a, content: a, verdict: clean}]\n"],
    );
    let built = start(&store).await;
    let state = built.world("default").state();
    assert_eq!(state.rules.load()[0].name, "Strict");
    assert_eq!(state.accounts.load().of("metadefender-core")[0].key.as_deref(), Some("k1"));
    assert_eq!(
        state.settings.load().get(&scandouble::internals::settings::AUTH),
        scandouble::internals::settings::AuthMode::Any
    );
    let note = "the fixtures define no accounts for spectra-intelligence, spectra-analyze, metadefender-cloud: the \
                built-in ones are used";
    assert_eq!(built.summary().notes, [note]);
}

#[tokio::test]
async fn fixtures_override_a_built_store() {
    let set = "samples:\n- {name: old.exe, content: a, verdict: clean}\n- {name: other.txt, content: b, verdict: clean}\n";
    let store = build("below.db", &[set]);
    let above = "samples:\n- {name: new.exe, content: a, verdict: infected, threat: T}\n\
                 - {name: c.zip, content: c, verdict: clean, children: [92eb5ffee6ae2fec3ad71c777531578f]}\n";
    let emulator =
        Emulator::builder().store(&store).fixtures_text("above.yaml", above).start().await.expect("started");
    assert_eq!(emulator.summary().samples, 3);
    let file = store.display();
    let note = format!("\"old.exe\" of {file} is replaced by \"new.exe\" of above.yaml");
    assert_eq!(emulator.summary().notes[0], note);
    let list = get("/_scandouble/samples").send(&emulator).await.json();
    let names: Vec<&str> =
        list["samples"].as_array().expect("a list").iter().filter_map(|line| line["name"].as_str()).collect();
    assert_eq!(names, ["new.exe", "c.zip", "other.txt"]);
    for hash in ["0cc175b9c0f1b6a831c399e269772661", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"] {
        let shown = get(&format!("/_scandouble/samples/{hash}")).send(&emulator).await.json();
        assert_eq!(shown["sample"]["name"], "new.exe");
    }
    // A world replaces and removes samples of the store as it does those of fixtures.
    let other = "/_scandouble/samples/92eb5ffee6ae2fec3ad71c777531578f";
    assert_eq!(get(other).send(&emulator).await.status, 200);
    assert_eq!(ask("DELETE", other).send(&emulator).await.status, 204);
    assert_eq!(get(other).send(&emulator).await.status, 404);
    let elsewhere =
        Emulator::builder().store(&store).start().await.expect("a second server on the same file");
    assert_eq!(get(other).send(&elsewhere).await.json()["sample"]["name"], "other.txt");
}

#[tokio::test]
async fn later_sets_override_earlier_ones_in_a_build() {
    let set = |name: &str| format!("samples: [{{name: {name}, content: a, verdict: clean}}]");
    let store = build("twice.db", &[&set("one"), &set("two")]);
    let built = start(&store).await;
    assert_eq!(built.summary().samples, 1);
    let shown = get("/_scandouble/samples/0cc175b9c0f1b6a831c399e269772661").send(&built).await.json();
    assert_eq!(shown["sample"]["name"], "two");
}

#[test]
fn samples_with_a_common_hash_prefix_are_found() {
    let set: String = (0..1000)
        .map(|at| {
            format!(
                "{{\"name\": \"n{at}\", \"md5\": \"ffffffffffffffff{at:016x}\", \"verdict\": \"clean\"}}\n"
            )
        })
        .collect();
    let path = path("alike.db");
    fixtures::compile(&[text("set.jsonl", &set)], &path, |_, _| {}).expect("built");
    let built = Built::open(&path).expect("opened");
    for at in [0, 1, 499, 999] {
        let hash = Hash::parse(&format!("ffffffffffffffff{at:016x}")).expect("a hash");
        assert_eq!(built.find(&hash).expect("read").expect("found").1.name, format!("n{at}"));
    }
    let none = Hash::parse(&format!("ffffffffffffffff{:016x}", 1000)).expect("a hash");
    assert!(built.find(&none).expect("read").is_none());
}

#[tokio::test]
async fn other_files_and_store_versions_are_refused() {
    // The advice in the message must not lead to loss of a file that was named by mistake.
    let other = |path: &Path| path.with_extension("store.db").display().to_string();
    let missing = path("missing.db");
    let what = refusal(&missing).await;
    assert!(what.starts_with(&format!("{} cannot be read: No such file", missing.display())), "{what}");
    let no_sqlite = file("no-sqlite.db", "samples:\n- {name: a}\n");
    let shown = no_sqlite.display();
    let expected = format!(
        "{shown} is not a SQLite file; make a store with scandouble build PATH… -o {}",
        other(&no_sqlite)
    );
    assert_eq!(refusal(&no_sqlite).await, expected);

    let state = path("state.db");
    Emulator::builder().db(&state).start().await.expect("started").stop().await.expect("stopped");
    let shown = state.display();
    let expected = format!(
        "{shown} was not made by scandouble build; make a store with scandouble build PATH… -o {}",
        other(&state)
    );
    assert_eq!(refusal(&state).await, expected);

    for (format, expected) in [
        (
            4,
            "was built by a newer version of scandouble (its format is 4, this version reads 3); use that version, or \
             build the file again with this one"
                .to_owned(),
        ),
        (2, "was built by an older version of scandouble; build it again with scandouble build PATH… -o ".to_owned()),
    ] {
        let store = build("version.db", &["samples: [{name: a, content: a, verdict: clean}]"]);
        // The format version is at this offset of the SQLite header (user_version).
        let mut bytes = std::fs::read(&store).expect("the file");
        bytes[60..64].copy_from_slice(&u32::to_be_bytes(format));
        std::fs::write(&store, bytes).expect("written");
        let error = refusal(&store).await;
        assert!(error.starts_with(&format!("{} {expected}", store.display())), "{error}");
    }
}

#[test]
fn a_build_of_invalid_sets_keeps_the_existing_file() {
    let store = build("existing.db", &["samples: [{name: a, content: a, verdict: clean}]"]);
    let before = std::fs::read(&store).expect("the file");
    let invalid =
        fixtures::compile(&[text("set.yaml", "samples: [{name: b, content: b}]")], &store, |_, _| {});
    assert!(matches!(invalid, Err(CompileError::Invalid(problems)) if problems.len() == 1));
    assert_eq!(std::fs::read(&store).expect("the file"), before);
    let folder = store.parent().expect("a folder");
    let unfinished = std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok);
    assert!(
        unfinished.into_iter().all(|entry| !entry.file_name().to_string_lossy().contains("existing.db."))
    );
    let nowhere = fixtures::compile(&[], &folder.join("nowhere").join("x.db"), |_, _| {});
    assert!(
        matches!(nowhere, Err(CompileError::Store(error)) if error.to_string().contains("x.db cannot be written: "))
    );
}

#[test]
fn rows_read_in_parallel_keep_order_and_line_numbers() {
    let mix: scandouble::internals::fixtures::Mix = "infected=5%".parse().expect("a mix");
    let mut rows: Vec<String> = lines(5_000, 7, mix).collect();
    let samples = load("many.jsonl", &rows.join("\n")).expect("loads");
    assert!(rows.join("\n").len() > 1 << 20, "large enough");
    let names = samples.iter().map(|sample| format!("\"name\":{}", Value::from(sample.name.as_str())));
    assert_eq!(samples.len(), rows.len());
    for (name, row) in names.zip(&rows) {
        assert!(row.contains(&name), "{name} comes from {row}");
    }
    for line in [1, 2_499, 2_500, 2_501, 5_000] {
        rows[line - 1] = format!("{{\"bad{line}\":1}}");
    }
    let errors = errors("many.jsonl", &rows.join("\n"));
    let places: Vec<&str> = errors.iter().filter_map(|error| error.split(": ").next()).collect();
    for line in [1, 2_499, 2_500, 2_501, 5_000] {
        assert!(places.contains(&&*format!("many.jsonl:{line}:2")), "{line}: {places:?}");
    }
}

#[test]
fn a_set_that_fills_the_last_insert_is_built_completely() {
    for count in [63_u32, 64, 65, 128] {
        let mix = "infected=5%".parse().expect("a mix");
        let rows: String = lines(count.into(), 7, mix).map(|line| line + "\n").collect();
        let store = path(&format!("full-{count}.db"));
        fixtures::compile(&[text("full.jsonl", &rows)], &store, |_, _| {}).expect("built");
        assert_eq!(Built::open(&store).expect("opens").sample_count(), count);
    }
}

#[test]
fn generate_and_build_report_what_they_did() {
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
    let err = String::from_utf8(refused.stderr).expect("text");
    assert!(err.contains("bad.csv:2:3: error: size must be a whole number, found text \"b\"\n"), "{err}");
    let wrong = program(&["generate", "--count", "1", "--mix", "infected=5"]).output().expect("runs");
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("write a number from 0 to 100 and %"));
}
