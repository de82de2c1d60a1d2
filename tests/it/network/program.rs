//! The flags of the program.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::harness::program::{Running, file, outcome, program};
use crate::harness::{exchange, get};

const HASH: &str = "/hash/61dffeaa728844adbf49eb090e4ece0e";

#[tokio::test]
async fn the_start_text_lists_every_address_and_mount() {
    let ca = file("program-ca.pem", "");
    let ca = ca.to_str().expect("UTF-8");
    let arguments = [
        "--listen",
        "127.0.0.1:0",
        "--listen",
        "metadefender-core=127.0.0.1:0",
        "--tls",
        "self-signed",
        "--tls-listen",
        "127.0.0.1:0",
        "--tls-names",
        "a.test,b.test",
        "--ca-file",
        ca,
        "--mount",
        "metadefender-core=/core",
        "--proxy-host",
        "box.test=spectra-analyze",
    ];
    let running = Running::start(program(&arguments).args(["--log", "json"]));
    let events = running.events();
    let others: Vec<&Value> = events.iter().filter(|event| event["event"] == "address").collect();
    let url = events.last().and_then(|event| event["url"].as_str()).expect("a URL");
    assert_eq!(others.len(), 3, "{others:?}");
    assert_eq!(
        (&others[0]["api"], &others[0]["tls"]),
        (&Value::from("metadefender-core"), &Value::from(false))
    );
    assert!(
        others[1]["url"].as_str().expect("a URL").starts_with("https://127.0.0.1:")
            && others[1]["api"].is_null()
    );
    assert_eq!(others[2]["url"], format!("{url}/core"));
    assert!(std::fs::read_to_string(ca).expect("written").starts_with("-----BEGIN CERTIFICATE-----"));
    let own = others[0]["url"].as_str().and_then(|url| url.strip_prefix("http://")).expect("a URL");
    let answer = exchange(own.parse().expect("an address"), &get("/nowhere").bytes()).await;
    assert_eq!(answer.header("scandouble-behaviour"), Some("metadefender-core/route.unknown"));

    let running = Running::start(&mut program(&arguments));
    let text = running.lines_until(|line| line.starts_with("Health: ")).join("\n");
    let url =
        text.split(' ').nth(3).expect("a URL").trim_end_matches(',').lines().next().expect("it").to_owned();
    for part in [
        "\nalso on http://127.0.0.1:".to_owned(),
        ", only metadefender-core\n".to_owned(),
        "\nalso on https://127.0.0.1:".to_owned(),
        format!("\nalso on {url}/core, only metadefender-core\n"),
        format!("\nhttps clients must trust the certificate authority at {url}/_scandouble/ca.pem\n"),
    ] {
        assert!(text.contains(&part), "{part:?} is missing in:\n{text}");
    }
}

#[tokio::test]
async fn listeners_of_single_apis_suffice_and_the_environment_takes_lists() {
    let mut command = program(&["--log", "json"]);
    command.env("SCANDOUBLE_LISTEN", "metadefender-core=127.0.0.1:0, metadefender-cloud=127.0.0.1:0");
    let running = Running::start(&mut command);
    let events = running.events();
    let apis: Vec<_> =
        events.iter().filter(|event| event["event"] == "api").map(|event| &event["api"]).collect();
    assert_eq!(apis, ["metadefender-cloud", "metadefender-core"]);
    let address = events.last().and_then(|event| event["address"].as_str()).expect("an address");
    let answer = exchange(address.parse().expect("an address"), &get(HASH).bytes()).await;
    assert_eq!(answer.header("scandouble-behaviour"), Some("metadefender-core/hash.not-found"));
}

#[test]
fn invalid_flags_are_refused_with_advice() {
    for (arguments, said) in [
        (
            &["--listen", "nobody=127.0.0.1:0"][..],
            "there is no API \"nobody\"; there are spectra-intelligence, ",
        ),
        (&["--listen", "8080"], "give an address and a port, such as 127.0.0.1:8080"),
        (&["--mount", "metadefender-core=core"], "is not a valid prefix; it begins with a slash"),
        (&["--mount", "/core"], "write an API and a prefix"),
        (&["--proxy-host", "https://a.test"], "is not a valid host; write it without scheme"),
        (&["--tls", "yes"], "invalid value 'yes'"),
        (&["--tls-cert", "a.pem"], "--tls-key"),
        (&["--idle-timeout", "soon"], "2d, or a whole number of seconds, or off"),
        (&["--write-timeout", "0s"], "a timeout is longer than 0s; use off for none"),
        (&["--max-connections", "0"], "expected a whole number from 1, or off"),
        (&["--max-body-memory", "1MB"], "512KiB, 256MiB or 2GiB, or off"),
        (&["--listen", "127.0.0.1:0", "--ca-cert", "/nowhere/a", "--ca-key", "/nowhere/b"], "/nowhere/a: "),
        (&["--listen", "127.0.0.1:0", "--ca-file", "/nowhere/a"], "/nowhere/a: "),
    ] {
        let (code, _, complaint) = outcome(&mut program(arguments));
        assert_eq!(code, 2, "{arguments:?}: {complaint}");
        assert!(complaint.contains(said), "{arguments:?}: {complaint}");
    }
}

#[cfg(unix)]
#[test]
fn the_health_check_works_through_a_unix_socket() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("health.sock");
    let _ = std::fs::remove_file(&path);
    let address = format!("unix:{}", path.display());
    let check = || outcome(program(&["health"]).env("SCANDOUBLE_LISTEN", &address));
    let (code, _, err) = check();
    assert!(code == 1 && err.contains(&address), "{err}");
    let listen = ["--log", "json", "--listen", &address];
    let running = Running::start(&mut program(&listen));
    running.events();
    let (code, out, err) = check();
    assert!(code == 0 && out.ends_with(&format!(" on {address}\n")), "{out}{err}");
    let (code, out, err) = outcome(&mut program(&["worlds", "create", "t42", "--url", &address]));
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let (code, out, _) =
        outcome(&mut program(&["clock", "freeze", "2026-03-01", "--url", &address, "--world", "t42"]));
    assert!(code == 0 && out.contains("2026-03-01T00:00:00.000Z"), "{out}");
}

/// Even root may not create files in sysfs.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_is_named_with_the_user() {
    let (code, _, err) = outcome(&mut program(&["--listen", "127.0.0.1:0", "--db", "/sys/scandouble.db"]));
    assert_eq!(code, 1, "{err}");
    let user = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").expect("this process"));
    let denied = format!(
        "/sys/scandouble.db cannot be written: user {user} may not write to /sys; let that user own the folder (chown), or \
         mount a volume that it can write to"
    );
    // In some containers it is mounted read-only.
    let read_only =
        "/sys/scandouble.db cannot be written: /sys is on a read-only file system; mount it without :ro";
    assert!(err.contains(&denied) || err.contains(read_only), "{err}");
}

#[test]
fn failed_handshakes_are_logged_with_advice() {
    let mut command = program(&[
        "--log",
        "json",
        "--listen",
        "127.0.0.1:0",
        "--tls-listen",
        "127.0.0.1:0",
        "--tls",
        "self-signed",
    ]);
    let running = Running::start(&mut command);
    let events = running.events();
    let secure = events.iter().find(|event| event["tls"] == true).expect("an address for https");
    let url = secure["url"].as_str().expect("a URL").to_owned();
    let plain = url.replace("https://", "http://");
    assert_ne!(outcome(Command::new("curl").args(["-sS", &url])).0, 0, "curl does not trust it");
    assert_ne!(outcome(Command::new("curl").args(["-sS", &plain])).0, 0, "that port speaks TLS");
    let log = running.lines_until(|line| line.contains("does not speak TLS here")).join("\n");
    assert!(
        log.contains("the client does not trust the certificate: give it the file from /_scandouble/ca.pem"),
        "{log}"
    );
    assert!(
        log.contains("REQUESTS_CA_BUNDLE for Python requests (it takes precedence over verify=)"),
        "{log}"
    );
}
