//! `scandouble hash`: fixtures made from real files.

use std::path::{Path, PathBuf};

use crate::harness::get;
use crate::harness::program::{outcome, program};

/// Creates an empty folder for one test.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hash").join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).expect("a folder");
    path
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn a_file_becomes_a_complete_sample() {
    let folder = folder("one");
    let file = folder.join("hello.txt");
    std::fs::write(&file, "hello\n").expect("written");
    let (code, out, err) = outcome(&mut program(&["hash", text(&file)]));
    assert_eq!(
        out,
        "samples:\n  - name: hello.txt\n    md5: b1946ac92492d2347c6235b4d2611184\n    \
         sha1: f572d396fae9206628714fb2ce00f72e94f2258f\n    \
         sha256: 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03\n    \
         sha512: e7c22b994c59d9cf2b48e549b1e24666636045930d3da7c1acb299d1c3b7f931f94aae41edda2c2b207a36e10f8bcb8d45223e54878f5b316e7ce3b6bc019629\n    \
         size: 6\n    verdict: clean\n"
    );
    assert_eq!((code, err.as_str()), (0, ""));
}

#[tokio::test]
async fn every_output_format_can_be_loaded_as_a_fixture() {
    let folder = folder("notations");
    let file = folder.join("in\"vo, ice: é.pdf");
    std::fs::write(&file, b"%PDF-1.4\n\xe2\xe3").expect("written");
    for format in ["yaml", "jsonl"] {
        let asked =
            ["hash", text(&folder), "--format", format, "--verdict", "infected", "--threat", "Doc: x, \"y\""];
        let (code, out, err) = outcome(&mut program(&asked));
        assert_eq!((code, err.as_str()), (0, ""), "{format}");
        let emulator =
            scandouble::Emulator::builder().fixtures_text(format!("hashed.{format}"), &out).start();
        let emulator = emulator.await.unwrap_or_else(|error| panic!("{error} in\n{out}"));
        // The MD5 of these eleven bytes.
        let answer = get("/hash/8298da1ab47026e7e2b6c3d675467fe1").send(&emulator).await;
        let body = answer.json();
        assert_eq!(body["file_info"]["display_name"], "in\"vo, ice: é.pdf", "{format}: {}", answer.text());
        assert_eq!(body["file_info"]["file_size"], 11);
        assert_eq!(body["file_info"]["file_type"], "application/pdf");
        assert_eq!(body["file_info"]["file_type_description"], "PDF document, version 1.7");
        assert_eq!(body["scan_results"]["scan_all_result_i"], 1);
        let engines = body["scan_results"]["scan_details"].as_object().expect("engines");
        assert!(engines.values().any(|engine| engine["threat_found"] == "Doc: x, \"y\""));
    }
}

/// File names may be YAML keywords such as `null` or `true`.
#[tokio::test]
async fn file_names_that_are_yaml_keywords_stay_text() {
    let folder = folder("names");
    let names = ["NULL", "Null", "null", "true", "~", "1e3"];
    for name in names {
        std::fs::write(folder.join(name), name).expect("written");
    }
    for format in ["yaml", "jsonl"] {
        let (_, out, _) = outcome(&mut program(&["hash", text(&folder), "--format", format]));
        let emulator =
            scandouble::Emulator::builder().fixtures_text(format!("hashed.{format}"), &out).start();
        let emulator = emulator.await.unwrap_or_else(|error| panic!("{error} in\n{out}"));
        for name in names {
            let md5 = scandouble::internals::samples::Hashes::of(name.as_bytes());
            let md5 = md5.get(scandouble::internals::samples::HashKind::Md5);
            let shown = get(&format!("/_scandouble/samples/{md5}")).send(&emulator).await.json();
            assert_eq!(shown["sample"]["name"], name, "{format}");
        }
    }
}

#[test]
fn folders_are_walked_in_order_and_skipped_files_are_reported() {
    let folder = folder("walked");
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("written");
    };
    write("b/two.js", b"var x;\n");
    write("b/.hidden", b"");
    write("a.sh", b"#!/bin/sh\n");
    write("c/copy.js", b"var x;\n");
    std::os::unix::fs::symlink(folder.join("a.sh"), folder.join("link")).expect("a link");
    let missing = folder.join("missing");
    let asked = ["hash", text(&folder), text(&missing), "--format", "jsonl", "--paths-as-names"];
    let (code, out, err) = outcome(&mut program(&asked));
    let rows: Vec<serde_json::Value> =
        out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let seen: Vec<_> =
        rows.iter().map(|row| [&row["name"], &row["size"]].map(ToString::to_string).join(" ")).collect();
    assert_eq!(seen, [r#""a.sh" 10"#, r#""b/.hidden" 0"#, r#""b/two.js" 7"#,]);
    let at = text(&folder);
    let messages: Vec<&str> = err.lines().collect();
    assert_eq!(
        messages,
        [
            format!("note: {at}/link: symbolic link skipped; give its path to hash the target"),
            format!(
                "scandouble: {at}/missing: cannot be read: No such file or directory (os error 2); check the path"
            ),
            format!("note: {at}/c/copy.js: same content as {at}/b/two.js, skipped"),
        ]
    );
    assert_eq!(code, 1);
    let (code, out, err) = outcome(&mut program(&["hash", text(&folder.join("link"))]));
    assert!(code == 0 && err.is_empty() && out.contains("name: link"), "{out}{err}");
}

#[test]
fn no_files_give_an_empty_fixture() {
    let empty = folder("empty");
    for (format, expected) in [("yaml", "samples: []\n"), ("jsonl", "")] {
        let (code, out, err) = outcome(&mut program(&["hash", text(&empty), "--format", format]));
        assert_eq!((code, out.as_str(), err.as_str()), (0, expected, ""));
    }
}

#[test]
fn the_output_file_is_not_hashed() {
    let folder = folder("itself");
    std::fs::write(folder.join("a.txt"), "a").expect("written");
    let out = std::fs::File::create(folder.join("b.yaml")).expect("a file");
    let result = program(&["hash", text(&folder)]).stdout(out).output().expect("it runs");
    let messages = String::from_utf8(result.stderr).expect("text");
    let expected = format!("note: {}/b.yaml: skipped, because the fixture is written to it\n", text(&folder));
    assert_eq!(messages, expected);
    let written = std::fs::read_to_string(folder.join("b.yaml")).expect("text");
    assert_eq!(written.matches("name:").count(), 1, "{written}");
}

#[test]
fn the_eicar_test_file_is_infected_by_default() {
    let folder = folder("eicar");
    // In two parts, so that scanners do not detect this file.
    let test = format!(r"{}-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*", r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR");
    std::fs::write(folder.join("eicar.com"), test).expect("written");
    let (_, out, _) = outcome(&mut program(&["hash", text(&folder)]));
    let end = "    size: 68\n    type: text/plain\n    description: EICAR virus test files\n    verdict: infected\n    \
               threat: EICAR-Test-File\n";
    assert!(out.ends_with(end), "{out}");
    let (_, out, _) = outcome(&mut program(&["hash", text(&folder), "--verdict", "clean"]));
    assert!(out.ends_with("    verdict: clean\n"), "{out}");
    let (code, _, err) = outcome(&mut program(&["hash", text(&folder), "--verdict", "bad"]));
    assert!(code == 2 && err.contains("expected one of clean, infected, suspicious,"), "{err}");
}
