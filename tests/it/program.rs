//! The binary as a process: flags and environment variables, startup output, errors, exit codes and signals.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::harness::program::{Running, file, outcome, program};
use crate::harness::{Answer, Ask, exchange, get, post};

async fn ask(address: SocketAddr, ask: Ask) -> Answer {
    exchange(address, &ask.bytes()).await
}

#[tokio::test]
async fn without_arguments_it_serves_the_built_in_fixtures_and_prints_their_urls() {
    let running = Running::start(program(&[]).env("SCANDOUBLE_LISTEN", "127.0.0.1:0"));
    let text = running.lines_until(|line| line.starts_with("Health: "));
    let first = &text[0];
    let url = first.split(' ').nth(3).expect("an address").trim_end_matches(',');
    let address: SocketAddr = url.strip_prefix("http://").expect("a URL").parse().expect("an address");
    let text = text.join("\n");
    let version = env!("CARGO_PKG_VERSION");
    assert!(first.starts_with(&format!("scandouble {version} on http://127.0.0.1:")), "{first}");
    assert!(first.contains(", started in ") && first.ends_with(" ms"), "{first}");
    for part in [
        format!("  GET {url}/api/rescan/v1/query/{{hash_type}}/{{hash_value}}\n"),
        "  user u/scandouble, password scandouble\n".to_owned(),
        "  user u/unentitled, password scandouble, not entitled\n".to_owned(),
        format!("  POST {url}/api/samples/{{hash_value}}/analyze/\n"),
        "  user scandouble, password scandouble, token exampletoken\n".to_owned(),
        format!("  POST {url}/hash\n"),
        "  key exampleapikey\n".to_owned(),
        "  key limitedapikey, lookup_limit 2\n".to_owned(),
        format!("  GET {url}/hash/{{hash}}\n"),
        " samples from builtin:starter, builtin:vendor-examples\n".to_owned(),
        format!("Health: {url}/_scandouble/health; stop with Ctrl-C"),
    ] {
        assert!(text.contains(&part), "{part:?} is missing in:\n{text}");
    }
    let health = ask(address, get("/_scandouble/health")).await;
    assert_eq!((health.status, &health.json()["status"]), (200, &Value::from("ok")));
    let miss = ask(address, get("/hash/61dffeaa728844adbf49eb090e4ece0e")).await;
    assert_eq!(miss.text(), r#"{"61dffeaa728844adbf49eb090e4ece0e":"Not Found"}"#);
}

#[tokio::test]
async fn the_json_log_contains_the_startup_information() {
    let running = Running::start(&mut program(&["serve", "--log", "json", "--listen", "localhost:0"]));
    let events = running.events();
    let of = |kind: &str| events.iter().filter(|event| event["event"] == kind).collect::<Vec<_>>();
    let apis: Vec<_> = of("api").iter().map(|event| event["api"].as_str().expect("a name")).collect();
    assert_eq!(apis, ["spectra-intelligence", "spectra-analyze", "metadefender-cloud", "metadefender-core"]);
    let accounts = of("account");
    let account = accounts.iter().find(|event| event["api"] == "spectra-analyze").expect("an account");
    assert_eq!(account["account"]["key"], "exampletoken");
    let loaded = of("loaded")[0];
    assert_eq!(loaded["sets"], serde_json::json!(["builtin:starter", "builtin:vendor-examples"]));
    assert!(loaded["samples"].as_u64().expect("a count") > 20, "{loaded}");
    let listening = of("listening")[0];
    assert!(listening["started_in_ms"].as_f64().expect("a duration") > 0.0);
    for event in &events {
        assert!(event["timestamp"].is_string() && event["level"] == "INFO", "{event}");
    }
    let address = listening["address"].as_str().expect("an address").parse().expect("an address");
    let health = ask(address, get("/_scandouble/health")).await;
    assert_eq!(health.json()["samples"], loaded["samples"]);
}

#[test]
fn signals_stop_the_server_within_a_second_with_success() {
    for signal in ["TERM", "INT"] {
        let running = Running::start(&mut program(&["--log", "json", "--listen", "127.0.0.1:0"]));
        running.address();
        let (status, took) = running.end(signal);
        assert_eq!(status.code(), Some(0), "SIG{signal}");
        assert!(took < Duration::from_secs(1), "SIG{signal} took {took:?}");
    }
}

#[test]
fn open_connections_do_not_delay_shutdown() {
    let running = Running::start(&mut program(&["--log", "json", "--listen", "127.0.0.1:0"]));
    let address = running.address();
    let idle = std::net::TcpStream::connect(address).expect("connects");
    let mut halfway = std::net::TcpStream::connect(address).expect("connects");
    std::io::Write::write_all(&mut halfway, b"POST /hash HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{")
        .expect("writes");
    let (status, took) = running.end("TERM");
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(1), "took {took:?}");
    drop((idle, halfway));
}

const ONE: &str = "samples:\n  - {name: one.exe, sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08, verdict: infected}\n";
const OTHER: &str = "samples:\n  - {name: two.txt, content: two, verdict: clean}\n";

#[tokio::test]
async fn flags_can_be_set_by_environment_variables_with_lists() {
    let (one, other) = (file("flags,one.yaml", ONE), file("flags-other.yaml", OTHER));
    let (one, other) = (one.to_str().expect("UTF-8"), other.to_str().expect("UTF-8"));
    let db = file("flags.db", "");
    std::fs::remove_file(&db).expect("removed");
    let db = db.to_str().expect("UTF-8");
    let flags = [
        ["--listen", "127.0.0.1:0"],
        ["--log", "json"],
        ["--log-level", "info"],
        ["--auth", "off"],
        ["--db", db],
        ["--fixtures", one],
        ["--fixtures", other],
        ["--set", "max-body=10"],
        ["--set", "behaviour-headers=false"],
    ];
    let by_flags = Running::start(&mut program(&flags.concat()));
    // Commas separate the list in the environment, so a file name with a comma can be given by a flag only.
    let plain = file("flags-one.yaml", ONE);
    let environment = [
        ("SCANDOUBLE_LISTEN", "127.0.0.1:0".to_owned()),
        ("SCANDOUBLE_LOG", "json".to_owned()),
        ("SCANDOUBLE_LOG_LEVEL", "info".to_owned()),
        ("SCANDOUBLE_AUTH", "off".to_owned()),
        ("SCANDOUBLE_DB", format!("{db}.2")),
        ("SCANDOUBLE_FIXTURES", format!("{}, {other}", plain.display())),
        ("SCANDOUBLE_SET", "max-body=10; behaviour-headers=false;".to_owned()),
    ];
    let by_environment = Running::start(program(&[]).envs(environment));
    for running in [by_flags, by_environment] {
        let events = running.events();
        let loaded = events.iter().find(|event| event["event"] == "loaded").expect("an event");
        assert_eq!((&loaded["samples"], loaded["sets"].as_array().map(Vec::len)), (&Value::from(2), Some(2)));
        let listening = events.last().expect("an event");
        assert_eq!(listening["auth"], "off");
        let address = listening["address"].as_str().expect("an address").parse().expect("an address");
        let answer = ask(address, post("/hash").body(r#"{"hash":[]}"#)).await;
        assert_eq!(answer.text(), r#"{"err":"Could not parse body content."}"#, "11 bytes are one too many");
        assert_eq!(answer.header("scandouble-behaviour"), None);
    }
    assert!(PathBuf::from(db).exists());
}

#[test]
fn a_flag_overrides_its_environment_variable() {
    let mut command = program(&["--log", "json", "--listen", "127.0.0.1:0", "--auth", "any"]);
    let running = Running::start(command.env("SCANDOUBLE_AUTH", "off").env("SCANDOUBLE_LISTEN", "nonsense"));
    assert_eq!(running.events().last().expect("an event")["auth"], "any");
}

#[test]
fn invalid_fixtures_and_settings_prevent_the_start_and_are_all_listed() {
    let one = file(
        "errors-one.yaml",
        "samples:\n  - name: a\n    sha256: abc\n    verdict: infected\n  - name: b\n    content: b\n    verdict: bad\n",
    );
    let other = file("errors-other.yaml", "sample: []\n");
    let (one, other) = (one.to_str().expect("UTF-8"), other.to_str().expect("UTF-8"));
    let (code, out, err) = outcome(&mut program(&[
        "--listen",
        "127.0.0.1:0",
        "--fixtures",
        one,
        "--fixtures",
        other,
        "--set",
        "max-body=many",
        "--set",
        "nonsense=1",
    ]));
    assert_eq!((code, out.as_str()), (2, ""));
    let errors: Vec<&str> = err.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(errors.len(), 5, "{err}");
    for (error, start) in errors.iter().zip([
        format!("{one}:3:13: error: "),
        format!("{one}:7:14: error: "),
        format!("{other}:1:1: error: "),
        "settings: error: max-body is a whole number from 0 to 67108864, not \"many\"".to_owned(),
        "settings: error: unknown setting \"nonsense\"".to_owned(),
    ]) {
        assert!(error.starts_with(&start), "{error} does not start with {start}");
    }
}

#[test]
fn fixture_errors_are_logged_as_json() {
    let one = file("errors-json.yaml", "samples:\n  - {name: a, sha256: abc, verdict: infected}\n");
    let one = one.to_str().expect("UTF-8");
    let (code, _, err) =
        outcome(&mut program(&["--listen", "127.0.0.1:0", "--log", "json", "--fixtures", one]));
    let event: Value = serde_json::from_str(err.trim()).expect("one JSON line");
    assert_eq!((code, &event["event"], &event["line"]), (2, &Value::from("error"), &Value::from(2)));
    assert_eq!(event["file"], one);
    let text = format!(
        "{one}:2:23: error: sha256 has 3 hex digits, expected 64\n 2 |   - {{name: a, sha256: abc, verdict: infected}}\n   \
         |                       ^^^\n   = give the whole hash"
    );
    assert_eq!(event["text"], text);
}

#[test]
fn misspelt_environment_variables_are_reported() {
    let mut command = program(&["--listen", "127.0.0.1:0", "--fixtures", "/nowhere"]);
    command.env("SCANDOUBLE_ADMIN_TOKN", "t").env("SCANDOUBLE_PORT", "tcp://10.0.0.1:8080");
    let (code, _, err) = outcome(&mut command);
    assert_eq!(code, 2, "{err}");
    let warning =
        "the environment variable SCANDOUBLE_ADMIN_TOKN is not used; did you mean SCANDOUBLE_ADMIN_TOKEN?";
    assert!(err.contains(warning) && !err.contains("SCANDOUBLE_PORT"), "{err}");
}

#[test]
fn an_address_in_use_is_reported_with_advice() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let (code, out, err) = outcome(&mut program(&["--listen", &address]));
    assert_eq!((code, out.as_str()), (1, ""));
    let start = format!("scandouble: cannot listen on {address}: Address already in use");
    assert!(err.starts_with(&start), "{err}");
    assert!(err.contains("--listen"), "{err}");
}

#[test]
fn usage_errors_and_failures_have_different_exit_codes() {
    for arguments in
        [&["--listen", "here"][..], &["--auth", "maybe"], &["--log", "xml"], &["--nonsense"], &["nonsense"]]
    {
        let (code, out, err) = outcome(&mut program(arguments));
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {err}");
        assert!(err.starts_with("error: "), "{arguments:?}: {err}");
    }
}

#[test]
fn help_lists_every_flag_with_its_environment_variable_and_default() {
    for arguments in [&["--help"][..], &["serve", "--help"]] {
        let (code, help, _) = outcome(&mut program(arguments));
        assert_eq!(code, 0);
        for (flag, variable, default) in [
            ("--listen", "SCANDOUBLE_LISTEN", "[default: 127.0.0.1:8080]"),
            ("--fixtures", "SCANDOUBLE_FIXTURES", "[default: builtin:starter and builtin:vendor-examples]"),
            ("--db", "SCANDOUBLE_DB", "[default: in memory]"),
            ("--auth", "SCANDOUBLE_AUTH", "[default: enforce, unless the fixtures say otherwise]"),
            ("--set", "SCANDOUBLE_SET", "[default: none]"),
            ("--admin-token", "SCANDOUBLE_ADMIN_TOKEN", "[default: none]"),
            ("--scenario", "SCANDOUBLE_SCENARIO", "[default: none]"),
            ("--log", "SCANDOUBLE_LOG", "[default: text]"),
            ("--log-level", "SCANDOUBLE_LOG_LEVEL", "[default: warn]"),
        ] {
            let at = help.find(&format!("{flag} <")).unwrap_or_else(|| panic!("{flag} is missing: {help}"));
            let end = help[at + 1..].find("\n      -").map_or(help.len(), |length| at + 1 + length);
            let entry = &help[at..end];
            assert!(entry.contains(&format!("[env: {variable}]")) && entry.contains(default), "{entry}");
        }
    }
    let (code, version, _) = outcome(&mut program(&["--version"]));
    assert_eq!((code, version), (0, format!("scandouble {}\n", env!("CARGO_PKG_VERSION"))));
}

#[tokio::test]
async fn queued_analyses_survive_a_restart_with_a_state_file() {
    let db = file("restart.db", "");
    std::fs::remove_file(&db).expect("removed");
    let one = file("restart.yaml", ONE);
    let (db, one) = (db.to_str().expect("UTF-8"), one.to_str().expect("UTF-8"));
    let arguments =
        ["--log", "json", "--listen", "127.0.0.1:0", "--auth", "off", "--db", db, "--fixtures", one];
    let analyze = || {
        let path = "/api/samples/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08/analyze/";
        post(path).form("analysis=cloud")
    };
    let first = Running::start(&mut program(&arguments));
    let queued = ask(first.address(), analyze()).await;
    assert_eq!(queued.status, 201, "{}", queued.text());
    assert_eq!(first.end("TERM").0.code(), Some(0));
    let second = Running::start(&mut program(&arguments));
    let again = ask(second.address(), analyze()).await;
    assert_eq!(again.status, 200, "still queued: {}", again.text());
    assert_eq!(second.end("TERM").0.code(), Some(0));
}

#[test]
fn a_file_that_is_not_a_state_file_is_refused() {
    let db =
        file("not-a-state-file.db", "a text that is not a database, but long enough to be read as one\n");
    let (code, _, err) =
        outcome(&mut program(&["--listen", "127.0.0.1:0", "--db", db.to_str().expect("UTF-8")]));
    assert_eq!(code, 1);
    assert!(err.starts_with("scandouble: "), "{err}");
}
