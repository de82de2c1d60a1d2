//! `scandouble init`, and the list of built-in samples.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::harness::program::{Running, outcome, program};

fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&path);
    path
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn init(folder: &Path, more: &[&str]) -> (i32, String, String) {
    outcome(program(&["init"]).arg(folder).args(more))
}

#[test]
fn the_fixture_is_sound_and_names_its_schema() {
    let folder = folder("init-fixture");
    let (code, out, err) = init(&folder, &[]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let fixture = text(&folder.join("fixtures/invoice.yaml"));
    assert!(fixture.starts_with("# yaml-language-server: $schema=scandouble.schema.json\n"), "{fixture}");
    let schema: Value =
        serde_json::from_str(&text(&folder.join("fixtures/scandouble.schema.json"))).expect("JSON");
    let (_, printed, _) = outcome(&mut program(&["schema"]));
    assert_eq!(schema, serde_json::from_str::<Value>(&printed).expect("JSON"));
    let checked = outcome(program(&["check", "--deny-warnings"]).arg(folder.join("fixtures")));
    assert_eq!(checked, (0, "1 sample: no errors or warnings\n".to_owned(), String::new()));
}

#[test]
fn files_that_exist_are_never_overwritten() {
    let folder = folder("init-existing");
    assert_eq!(init(&folder, &["--with", "compose"]).0, 0);
    let compose = folder.join("compose.yaml");
    let (code, out, _) = init(&folder, &["--with", "compose"]);
    assert!(code == 0 && out.contains(&format!("kept  {}\n", compose.display())), "{out}");
    std::fs::write(&compose, "services: {}\n").expect("written");
    let (code, out, err) = init(&folder, &["--with", "compose", "--with", "gitlab"]);
    assert_eq!((code, out.as_str()), (1, ""));
    let expected =
        format!("scandouble: {} exists; move it away, or name another folder\n", compose.display());
    assert_eq!(err, expected);
    assert_eq!(text(&compose), "services: {}\n");
    assert!(!folder.join(".gitlab-ci.yml").exists(), "nothing is written then");
}

/// `tests/examples` runs the examples, or holds them to their schemas.
#[test]
fn pipelines_are_the_examples_with_the_image() {
    let folder = folder("init-pipelines");
    let image = ["--image", "registry.test/team/scandouble:7"];
    let (code, _, err) =
        init(&folder, &[&["--with", "compose", "--with", "github", "--with", "gitlab"], &image[..]].concat());
    assert_eq!(code, 0, "{err}");
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for (written, example) in [
        ("compose.yaml", "containers/compose.yaml"),
        (".github/workflows/scandouble.yaml", "ci/github-actions.yaml"),
        (".gitlab-ci.yml", "ci/gitlab-ci.yaml"),
    ] {
        let example = text(&examples.join(example));
        let placeholder = concat!("registry.example.com/scandouble:", env!("CARGO_PKG_VERSION"));
        assert!(example.contains(placeholder), "{written}");
        assert_eq!(text(&folder.join(written)), example.replace(placeholder, image[1]), "{written}");
    }
}

/// The test in Python, with a world of a running server in place of pytest's fixture.
#[test]
fn the_python_test_passes() {
    const DRIVER: &str = "
import runpy, sys
sys.dont_write_bytecode = True
package, test, url = sys.argv[1:]
sys.path.insert(0, package)
from scandouble import World
class Server: pass
server = Server()
server.url = url
tests = {name: test for name, test in runpy.run_path(test).items() if name.startswith('test_')}
assert tests
for name, test in tests.items():
    test(World(server, name))
print(*tests)
";
    let folder = folder("init-pytest");
    assert_eq!(init(&folder, &["--with", "pytest"]).0, 0);
    let running = Running::start(&mut program(&["--log", "json", "--listen", "127.0.0.1:0"]));
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/src");
    let url = format!("http://{}", running.address());
    let mut python = Command::new("python3");
    python.args(["-c", DRIVER]).arg(package).arg(folder.join("tests/test_scandouble.py")).arg(url);
    assert_eq!(outcome(&mut python), (0, "test_the_invoice_is_infected\n".to_owned(), String::new()));
}

#[test]
fn built_in_samples_are_listed_without_a_server() {
    let (code, out, err) =
        outcome(program(&["samples", "builtin", "--name", "EICAR.COM"]).env("SCANDOUBLE_URL", "unix:/no"));
    assert_eq!((code, err.as_str()), (0, ""));
    let expected = "eicar.com  infected  EICAR-Test-File
  md5     44d88612fea8a8f36de82e1278abb02f
  sha1    3395856ce81f2b7382dee72602f798b642f14140
  sha256  275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f
";
    assert!(out.starts_with(expected), "{out}");
    let (_, out, _) = outcome(&mut program(&["samples", "builtin", "--json"]));
    let all: Value = serde_json::from_str(&out).expect("JSON");
    let samples = all["samples"].as_array().expect("samples");
    assert!(
        samples.len() > 20
            && samples.iter().all(|sample| sample["sha512"].as_str().map(str::len) == Some(128))
    );
}
