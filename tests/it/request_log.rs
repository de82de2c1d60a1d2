//! The request log: a line for each request, as text and as JSON. `journal --follow` prints the same lines.

use std::net::SocketAddr;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::program::{Running, file, outcome, program};
use crate::harness::{Ask, ask, exchange, get, post};

const KNOWN: &str = "c90ae688b2a3b1fd0751fd743eb385cd";

fn start(name: &str, flags: &[&str]) -> Running {
    let fixtures = file(&format!("request-log-{name}.yaml"), crate::admin::FIXTURE);
    let mut command = program(&["--listen", "127.0.0.1:0", "--fixtures"]);
    command.arg(fixtures).args(flags).stderr(Stdio::piped());
    Running::start(&mut command)
}

/// The address in the first line of the start text.
fn address(lines: &[String]) -> SocketAddr {
    let url = lines[0].split_once(" on http://").expect("a start text").1;
    url.split(',').next().expect("an address").parse().expect("an address")
}

/// Sends the requests of the scenario, numbered from 1.
async fn send_scenario(address: SocketAddr) {
    let near = format!("{}e", &KNOWN[..31]);
    let send = async |ask: Ask| exchange(address, &ask.bytes()).await;
    let fault = r#"{"match":{"endpoint":"GET /version"},"then":{"status":503}}"#;
    send(ask("PUT", "/_scandouble/faults/down").json(fault)).await;
    send(get("/_scandouble/faults")).await;
    send(post("/_world/t1/v2/hash").header("apikey", "k7").json(&format!("{{\"hash\":[\"{KNOWN}\"]}}")))
        .await;
    send(get(&format!("/hash/{near}?apikey=secretkey"))).await;
    send(get("/version")).await;
    send(get("/nowhere")).await;
    send(get("/favicon.ico")).await;
    exchange(address, b"GET /version HTTP/1.1\r\nConnection: close\r\n\r\n").await;
}

/// The lines that the scenario has in the journals, with placeholders for times.
const EXCHANGES: [&str; 4] = [
    "TIME     3  t1#1  200  POST /_world/t1/v2/hash  metadefender-cloud/bulk.ok  TOOK ms",
    "TIME     4  default#1  200  GET /hash/c90ae688b2a3b1fd0751fd743eb385ce?apikey=secr***  \
     metadefender-core/hash.not-found  TOOK ms  near-miss: c90ae688b2a3b1fd0751fd743eb385ce is nearly the md5 of \
     \"known.txt\", c90ae688b2a3b1fd0751fd743eb385cd: digit 32 differs; correct it; advice: the query parameter apikey was \
     sent, but GET /hash/c90ae688b2a3b1fd0751fd743eb385ce does not read it; remove it, or use one of first, size",
    "TIME     5  default#2  503  GET /version  metadefender-core/error.503  TOOK ms  fault: down",
    "TIME     6  default#3  404  GET /nowhere  TOOK ms",
];
const REFUSED: &str = "TIME     8  400  GET /version  TOOK ms";

/// A line with placeholders for its time and its duration.
fn without_times(line: &str) -> String {
    let rest = line.split_once("Z ").expect("a time").1;
    let (before, after) = rest.split_once(" ms").expect("a duration");
    let before = before.rsplit_once("  ").expect("a duration").0;
    format!("TIME {before}  TOOK ms{after}")
}

#[tokio::test]
async fn each_request_is_a_line_of_text_and_follow_prints_the_same() {
    let running = start("text", &["--log-level", "info"]);
    let address = address(&running.lines_until(|line| line.starts_with("Health: ")));
    let mut command = program(&["journal", "--follow", "--world", "all"]);
    let following = Running::start(command.env("SCANDOUBLE_URL", format!("http://{address}")));
    // The command has asked for the list and for the stream when it prints the first entry.
    while exchange(address, &get("/_world/first/nowhere").bytes()).await.status != 404 {}
    following.lines_until(|line| line.contains("  first#1  "));
    let before = exchange(address, &get("/_scandouble/health").bytes()).await;
    let before: u64 =
        before.header("scandouble-request").and_then(|text| text.parse().ok()).expect("a number");
    send_scenario(address).await;
    let followed = following.lines_until(|line| line.contains("/nowhere"));
    let (_, log) = running.end_with_errors("TERM");
    // The requests of this test and of the command come first, so the numbers are greater.
    let shift = |line: &str| {
        let number: u64 =
            line["TIME ".len()..].split_whitespace().next().expect("a number").parse().expect("a number");
        line.replacen(&format!("{number:>4} "), &format!("{:>4} ", number - before), 1)
    };
    let followed: Vec<_> = followed.iter().map(|line| shift(&without_times(line))).collect();
    assert_eq!(followed, EXCHANGES);
    assert!(!log.contains('\u{1b}'), "no colours in a pipe: {log}");
    let requests = log.lines().filter(|line| line.contains(" ms") && !line.contains("/_world/first/"));
    let lines: Vec<_> = requests.map(|line| shift(&without_times(line))).collect();
    let change = "TIME     1  200  PUT /_scandouble/faults/down  admin  TOOK ms";
    let expected: Vec<_> = [change].into_iter().chain(EXCHANGES).chain([REFUSED]).collect();
    assert_eq!(lines, expected, "{log}");
}

#[tokio::test]
async fn the_log_for_programs_has_a_json_object_for_each_request() {
    let running = start("json", &["--log", "json", "--log-level", "debug"]);
    let address = running.address();
    send_scenario(address).await;
    let lines = running.lines_until(|line| line.contains(r#""request":8"#));
    let events: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let requests: Vec<&Value> = events.iter().filter(|event| event["event"] == "request").collect();
    let part = |name: &str| requests.iter().map(|event| event[name].clone()).collect::<Vec<_>>();
    assert_eq!(part("request"), [1, 2, 3, 4, 5, 6, 7, 8].map(Value::from));
    assert_eq!(
        part("level"),
        ["INFO", "DEBUG", "INFO", "INFO", "INFO", "INFO", "DEBUG", "INFO"].map(Value::from)
    );
    assert_eq!(part("status"), [200, 200, 200, 200, 503, 404, 404, 400].map(Value::from));
    let found = requests[3];
    assert!(found["timestamp"].as_str().is_some_and(|at| at.ends_with('Z')));
    assert!(found["took_ms"].as_f64().is_some_and(|took| took > 0.0));
    let kept = ["world", "number", "method", "path", "api", "behaviour", "faults"];
    let kept: Vec<_> = kept.iter().map(|name| &found[name]).collect();
    let path = "/hash/c90ae688b2a3b1fd0751fd743eb385ce?apikey=secr***";
    assert_eq!(
        json!(kept),
        json!(["default", 1, "GET", path, "metadefender-core", "metadefender-core/hash.not-found", null])
    );
    assert!(found["findings"].as_str().is_some_and(|text| text.starts_with("near-miss: ")), "{found}");
    assert_eq!((&requests[4]["faults"], &requests[0]["api"]), (&json!("down"), &json!("admin")));
    assert!(requests[0].get("world").is_none() && requests[6].get("number").is_none());
}

#[tokio::test]
async fn without_the_level_info_no_request_is_logged() {
    let running = start("warn", &[]);
    let address = address(&running.lines_until(|line| line.starts_with("Health: ")));
    send_scenario(address).await;
    let (_, log) = running.end_with_errors("TERM");
    assert!(!log.contains("nowhere") && log.contains("refused a request that has 0 Host headers"), "{log}");
}

#[tokio::test]
async fn at_the_level_error_the_start_is_silent() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = free.local_addr().expect("an address");
    drop(free);
    let mut command = program(&["--log-level", "error", "--listen", &address.to_string()]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    while tokio::net::TcpStream::connect(address).await.is_err() {
        tokio::task::yield_now().await;
    }
    let sent = Command::new("kill").arg(child.id().to_string()).status();
    assert!(sent.expect("kill runs").success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), output.stdout, output.stderr), (Some(0), vec![], vec![]));
    // Programs still learn the address.
    let running = start("error-json", &["--log-level", "error", "--log", "json"]);
    let events = running.events();
    assert_eq!(events.len(), 1, "{events:?}");
}

#[tokio::test]
async fn show_prints_one_exchange() {
    let running = start("show", &["--log", "json"]);
    let address = running.address();
    send_scenario(address).await;
    let prints = |arguments: &[&str]| {
        outcome(
            program(&[&["journal", "show"], arguments].concat())
                .env("SCANDOUBLE_URL", format!("http://{address}")),
        )
    };
    let (code, text, _) = prints(&["1", "--world", "t1"]);
    let lines: Vec<_> = text.lines().skip(1).collect();
    let expected = [
        "",
        "POST /_world/t1/v2/hash",
        "host: scandouble.test",
        "connection: close",
        "apikey: k***",
        "content-type: application/json",
        "content-length: 45",
        "",
        "{\"hash\":[\"c90ae688b2a3b1fd0751fd743eb385cd\"]}",
        "",
        "200",
        "content-type: application/json; charset=utf-8",
    ];
    assert_eq!((code, without_times(text.lines().next().expect("a line")).as_str()), (0, EXCHANGES[0]));
    assert_eq!(lines[..expected.len()], expected);
    assert!(lines.contains(&"x-ratelimit-limit: 7"), "{text}");
    assert!(lines.last().is_some_and(|body| body.starts_with("[{\"hash\":\"c90ae688")), "{text}");
    assert_eq!(prints(&["3", "--world", "all"]), (0, text, String::new()));
    let (_, text, _) = prints(&["1"]);
    assert!(text.ends_with(" does not read it; remove it, or use one of first, size\n"), "{text}");
    let (code, _, error) = prints(&["7", "--world", "all"]);
    assert!(code == 1 && error.contains("no journal has a request 7; "), "{error}");
    let list =
        outcome(program(&["journal", "--world", "all"]).env("SCANDOUBLE_URL", format!("http://{address}")));
    let lines: Vec<_> = list.1.lines().map(without_times).collect();
    assert_eq!((list.0, lines), (0, EXCHANGES.map(str::to_owned).into()));
}
