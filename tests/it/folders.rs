//! The default fixtures and data folders of the container image. `tests/image` tests state on a mounted data folder.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::program::{Running, program};

fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).expect("a folder");
    path
}

fn sets(command: &mut Command) -> Value {
    let running = Running::start(command.args(["--log", "json", "--listen", "127.0.0.1:0"]));
    running.events().iter().find(|event| event["event"] == "loaded").expect("the sets")["sets"].clone()
}

#[test]
fn the_fixtures_folder_is_used_if_it_exists_and_no_fixtures_are_given() {
    let folder = folder("folders-fixtures");
    let text = "samples: [{name: a.txt, content: a, verdict: clean}]";
    std::fs::write(folder.join("a.yaml"), text).expect("a fixture");
    let there = folder.to_str().expect("UTF-8");
    let builtin = json!(["builtin:starter", "builtin:vendor-examples"]);
    assert_eq!(sets(program(&[]).env("SCANDOUBLE_FIXTURES_DIR", &folder)), json!([there]));
    assert_eq!(sets(&mut program(&["--fixtures-dir", there])), json!([there]));
    assert_eq!(sets(&mut program(&["--fixtures-dir", "/nowhere"])), builtin);
    assert_eq!(sets(program(&[]).env("SCANDOUBLE_FIXTURES_DIR", "")), builtin);
    let named = ["--fixtures-dir", there, "--fixtures", "builtin:starter"];
    assert_eq!(sets(&mut program(&named)), json!(["builtin:starter"]));
}

#[test]
fn a_data_folder_that_is_not_mounted_is_not_used() {
    let folder = folder("folders-data");
    sets(program(&[]).env("SCANDOUBLE_DATA_DIR", &folder));
    assert_eq!(std::fs::read_dir(folder).expect("a folder").count(), 0);
}
