//! `scandouble check`: output and exit codes.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::program::{outcome, program};

/// Creates a folder for one test, with these files.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("check-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    for (file, text) in files {
        std::fs::write(folder.join(file), text).expect("written");
    }
    folder
}

fn check(folder: &PathBuf, arguments: &[&str]) -> (i32, String, String) {
    let mut command: Command = program(&[&["check"], arguments].concat());
    outcome(command.current_dir(folder))
}

#[test]
fn samples_of_valid_sets_are_counted() {
    let here = folder("sound", &[("a.yaml", "samples: [{name: a, content: a, verdict: clean}]")]);
    let expected = "1 sample: no errors or warnings\n";
    assert_eq!(check(&here, &["a.yaml"]), (0, expected.to_owned(), String::new()));
    assert_eq!(check(&here, &["."]), (0, expected.to_owned(), String::new()));
    let (code, out, _) = check(&here, &["builtin:starter", "builtin:vendor-examples"]);
    assert_eq!((code, out.as_str()), (0, "47 samples: no errors or warnings\n"));
}

#[test]
fn errors_and_warnings_are_printed_with_excerpts_and_counted() {
    let long = format!(
        "{{\"name\": \"a\", \"content\": \"{}\", \"verdict\": \"klean\", \"description\": \"{}\"}}\n",
        "x".repeat(200),
        "y".repeat(200)
    );
    let set = "samples:\n\t- name: a\n";
    let odd = "samples:\n- {name: \"名\", content: x, verdict: clean, threat: Bad}\n";
    let here = folder("shown", &[("long.jsonl", &long), ("set.yaml", set), ("odd.yaml", odd)]);
    let (code, out, err) = check(&here, &["long.jsonl", "set.yaml", "odd.yaml"]);
    assert_eq!((code, err.as_str()), (1, ""));
    let expected = format!(
        "long.jsonl:1:241: error: unknown verdict \"klean\"\n 1 | …{x}\", \"verdict\": \"klean\", \"description\": \
         \"{y}…\n   | {caret}^^^^^^^ did you mean \"clean\"?\n   = one of: {words}\n\n\
         set.yaml:2:2: error: tabs disallowed within this context (block indentation)\n 2 |     - name: a\n   \
         |     ^\n   = indent with spaces, since YAML allows no tabs\n\n\
         odd.yaml:2:51: warning: a threat is named, though the verdict is clean [harmless-threat]\n 2 | - {{name: \
         \"名\", content: x, verdict: clean, threat: Bad}}\n   |                                                    ^^^\n   = remove it, or correct the verdict\n\n\
         2 errors, 1 warning\n",
        x = "x".repeat(26),
        y = "y".repeat(35),
        caret = " ".repeat(41),
        words = scandouble::internals::samples::Verdict::words().join(", "),
    );
    assert_eq!(out, expected);
}

#[test]
fn warnings_are_allowed_or_denied_by_name() {
    let here = folder("odd", &[("odd.yaml", "samples: [{name: a, content: x, verdict: clean, threat: T}]")]);
    let code = |arguments: &[&str]| check(&here, arguments).0;
    assert_eq!(code(&["odd.yaml"]), 0);
    assert_eq!(code(&["odd.yaml", "--deny-warnings"]), 1);
    let allowed = check(&here, &["odd.yaml", "--deny-warnings", "--allow", "harmless-threat"]);
    assert_eq!(allowed, (0, "1 sample: no errors or warnings\n".to_owned(), String::new()));
    let (code, _, err) = check(&here, &["odd.yaml", "--allow", "harmless-thread"]);
    assert_eq!(code, 2);
    assert!(err.contains("a similar value exists: 'harmless-threat'"), "{err}");
    let (code, _, err) = check(&here, &[]);
    assert_eq!(code, 2);
    assert!(err.contains("<PATH>"), "{err}");
}

#[test]
fn json_output_contains_everything() {
    let here =
        folder("json", &[("a.yaml", "samples:\n- {name: é, content: x, verdikt: clean, verdict: clean}\n")]);
    let (code, out, _) = check(&here, &["a.yaml", "--json"]);
    let report: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(code, 1);
    let problem = &report["problems"][0];
    let offset = problem["offset"].as_u64().expect("an offset") as usize;
    let text = std::fs::read_to_string(here.join("a.yaml")).expect("the file");
    assert_eq!(&text[offset..offset + problem["length"].as_u64().expect("a length") as usize], "verdikt");
    let help = problem["help"].as_str().expect("help");
    assert!(help.starts_with("did you mean \"verdict\"? fields here: name, md5, "), "{help}");
    assert_eq!(
        report,
        json!({
            "errors": 1, "warnings": 0, "samples": null, "sets": [], "profiles": [],
            "problems": [{
                "file": "a.yaml", "line": 2, "column": 25, "offset": 34, "length": 7, "severity": "error",
                "code": "unknown-field", "message": "unknown field \"verdikt\"", "help": help,
                "suggestion": "verdict", "excerpt": "- {name: é, content: x, verdikt: clean, verdict: clean}",
                "caret": "                        ^^^^^^^",
            }],
        })
    );
    let (code, out, _) = check(&here, &["builtin:starter", "--json"]);
    let report: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &report["samples"], &report["sets"]), (0, &json!(27), &json!(["builtin:starter"])));
}

#[test]
fn standard_input_and_built_stores_are_checked_too() {
    let here = folder("input", &[("a.yaml", "samples: [{name: a, content: a, verdict: clean}]")]);
    let mut command = program(&["check", "-"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    let mut input = child.stdin.take().expect("its input");
    input
        .write_all(b"{\"samples\": [{\"name\": \"a\", \"file\": \"b\", \"verdict\": \"clean\"}]}")
        .expect("sent");
    drop(input);
    let output = child.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(1));
    let out = String::from_utf8(output.stdout).expect("text");
    assert!(
        out.starts_with(
            "stdin:1:36: error: file \"b\" cannot be looked for: this fixture is not a file\n 1 | {\"samples\""
        ),
        "{out}"
    );

    let mut build = program(&["build", "a.yaml", "-o", "a.db"]);
    assert_eq!(outcome(build.current_dir(&here)).0, 0);
    assert_eq!(
        check(&here, &["--store", "a.db"]),
        (0, "1 sample: no errors or warnings\n".to_owned(), String::new())
    );
    let rules = "rules: [{name: Strict}]\nsamples: [{name: a, content: a, verdict: clean}]";
    std::fs::write(here.join("rules.yaml"), rules).expect("written");
    let used = "samples:\n- {name: b, content: b, verdict: clean, rule: Strict}\n- {name: c, content: c, verdict: clean, rule: Strikt}\n";
    std::fs::write(here.join("used.yaml"), used).expect("written");
    let mut build = program(&["build", "rules.yaml", "-o", "rules.db"]);
    assert_eq!(outcome(build.current_dir(&here)).0, 0);
    // Rules of the store are known and suggested.
    let (code, out, _) = check(&here, &["--store", "rules.db", "used.yaml"]);
    assert!(code == 0 && out.ends_with("\n3 samples: 1 warning\n"), "{out}");
    assert!(out.starts_with("used.yaml:3:47: warning: unknown rule \"Strikt\""), "{out}");
    assert!(out.contains("did you mean \"Strict\"?"), "{out}");
    let (code, _, err) = check(&here, &["--store", "b.db"]);
    assert_eq!(code, 1);
    assert!(err.starts_with("scandouble: b.db cannot be read: No such file"), "{err}");
}

#[test]
fn serve_prints_errors_like_check() {
    let here = folder("start", &[("a.yaml", "samples:\n- {name: a, content: x, verdict: klean}\n")]);
    let (code, _, err) = outcome(program(&["--fixtures", "a.yaml"]).current_dir(&here));
    assert_eq!(code, 2);
    assert!(
        err.starts_with(
            "a.yaml:2:34: error: unknown verdict \"klean\"\n 2 | - {name: a, content: x, verdict: klean}\n   \
             |                                  ^^^^^ did you mean \"clean\"?\n   = one of: clean, "
        ),
        "{err}"
    );
}
