//! `scandouble build`: what it does with existing, unwritable and unfinished output files.

use std::path::{Path, PathBuf};

use crate::harness::program::{outcome, program};

const SET: &str = "samples: [{name: a, content: a, verdict: clean}]\n";

/// Creates a folder for one test, with one set in it.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("build-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("set.yaml"), SET).expect("written");
    folder
}

fn build(here: &Path, output: &str) -> (i32, String, String) {
    outcome(program(&["build", "set.yaml", "-o", output]).current_dir(here))
}

#[test]
fn only_a_built_store_is_replaced() {
    let here = folder("others");
    std::fs::write(here.join("notes.txt"), "mine").expect("written");
    std::fs::write(here.join("empty"), "").expect("written");
    std::fs::create_dir(here.join("folder")).expect("a folder");
    // A file of another program with a SQLite header.
    let mut other = b"SQLite format 3\0".to_vec();
    other.resize(4096, 0);
    std::fs::write(here.join("state.db"), &other).expect("written");
    for file in ["set.yaml", "notes.txt", "empty", "folder", "state.db"] {
        let refused = format!(
            "scandouble: {file} was not made by scandouble build, and stays as it is; give another file with -o\n"
        );
        assert_eq!(build(&here, file), (1, String::new(), refused));
    }
    let read = |file: &str| std::fs::read(here.join(file)).expect("still there");
    assert_eq!((read("set.yaml"), read("notes.txt"), read("state.db")), (SET.into(), b"mine".into(), other));
    let mut left: Vec<String> = std::fs::read_dir(&here)
        .expect("a folder")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    left.sort();
    assert_eq!(left, ["empty", "folder", "notes.txt", "set.yaml", "state.db"]);
}

#[test]
fn a_store_of_any_version_can_be_rebuilt() {
    let here = folder("again");
    let store = here.join("set.db");
    assert_eq!(build(&here, "set.db").0, 0);
    let first = std::fs::read(&store).expect("the store");
    // The format version is at this offset of the SQLite header (user_version).
    for format in [1_u32, 99] {
        let mut bytes = first.clone();
        bytes[60..64].copy_from_slice(&format.to_be_bytes());
        std::fs::write(&store, bytes).expect("written");
        assert_eq!(build(&here, "set.db").0, 0);
        assert_eq!(std::fs::read(&store).expect("the store")[60..64], first[60..64]);
    }
}

#[test]
fn fixtures_are_checked_against_the_store_below_them() {
    let here = folder("above");
    let two = "samples: [{name: a, content: a, verdict: clean}, {name: b, content: b, verdict: clean}]";
    std::fs::write(here.join("set.yaml"), two).expect("written");
    assert_eq!(build(&here, "set.db").0, 0);
    // The MD5 of one sample and the SHA-1 of the other.
    let both = "samples: [{name: both, md5: 0cc175b9c0f1b6a831c399e269772661, sha1: e9d71f5ee7c92d6dc9e92ffdad17b8bd49418f98, verdict: clean}]";
    std::fs::write(here.join("both.yaml"), both).expect("written");
    let child = "samples: [{name: c, content: c, verdict: clean, children: [a]}]";
    std::fs::write(here.join("child.yaml"), child).expect("written");
    let check = |set: &str| {
        let (code, out, _) = outcome(program(&["check", "--store", "set.db", set]).current_dir(&here));
        (code, out)
    };
    let (code, out) = check("both.yaml");
    let expected = "both.yaml: error: \"both\" shares hashes with two samples of earlier sets, \"a\" of set.db and \"b\" of set.db\n";
    assert!(code == 1 && out.starts_with(expected), "{out}");
    let (code, out) = check("child.yaml");
    assert!(code == 1 && out.contains("give its hash: names are not looked up in a built store\n"), "{out}");
}

/// Sorted file names of a folder.
fn file_names(here: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(here).expect("a folder");
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    names
}

#[cfg(unix)]
#[test]
fn a_build_that_cannot_write_leaves_nothing_behind() {
    let here = folder("full");
    let many: String = (0..3000)
        .map(|nth| format!("{{\"name\":\"s{nth}\",\"content\":\"{nth}\",\"verdict\":\"clean\"}}\n"))
        .collect();
    std::fs::write(here.join("many.jsonl"), many).expect("written");
    assert_eq!(build(&here, "set.db").0, 0);
    let before = std::fs::read(here.join("set.db")).expect("the store");
    // Size limit in blocks of 512 bytes: fails at once, at the tables, or at some sample.
    for blocks in ["0", "16", "64", "256"] {
        let arguments = ["build", "many.jsonl", "-o", "set.db"];
        let program = program(&arguments);
        let mut limited = std::process::Command::new("sh");
        limited
            .args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"", blocks])
            .arg(program.get_program())
            .args(arguments)
            .current_dir(&here);
        let (code, out, err) = outcome(&mut limited);
        assert_eq!(file_names(&here), ["many.jsonl", "set.db", "set.yaml"], "{blocks}");
        assert_eq!((code, out.as_str()), (1, ""), "{blocks}: {err}");
        assert!(err.starts_with("scandouble: set.db cannot be written: "), "{blocks}: {err}");
        assert_eq!(std::fs::read(here.join("set.db")).expect("the store"), before, "{blocks}");
    }
}

#[test]
fn a_build_removes_what_killed_builds_left() {
    let here = folder("stale");
    for stale in ["set.db.1.unfinished", "set.db.4000000.unfinished"] {
        std::fs::write(here.join(stale), "half of it").expect("written");
    }
    for other in ["set.db.x.unfinished", "other.db.1.unfinished", "set.db.1.unfinished.txt"] {
        std::fs::write(here.join(other), "another file").expect("written");
    }
    // A build that is still running holds a lock on its file.
    let running = here.join("set.db.2.unfinished");
    std::fs::write(&running, "").expect("written");
    let locked = std::fs::File::open(&running).expect("opens");
    locked.lock().expect("locks");
    assert_eq!(build(&here, "set.db").0, 0);
    assert_eq!(
        file_names(&here),
        [
            "other.db.1.unfinished",
            "set.db",
            "set.db.1.unfinished.txt",
            "set.db.2.unfinished",
            "set.db.x.unfinished",
            "set.yaml"
        ]
    );
}
