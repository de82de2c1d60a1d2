//! An API that a test adds is served like the built-in ones.
//!
//! The list is fixed for a process, so this is a program of its own.

mod tiny;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Once;

use scandouble::Emulator;
use scandouble::internals::vendors;
use serde_json::{Value, json};

const MD5: &str = "0123456789abcdef0123456789abcdef";
const FIXTURE: &str = "
accounts: { tiny_scanner: [ { key: k } ] }
settings: { tiny-scanner.loud: true }
samples:
  - { name: a, md5: 0123456789abcdef0123456789abcdef, verdict: infected, tiny_scanner: { family: Mouse } }
";

/// An answer.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    fn header(&self, name: &str) -> Option<&str> {
        let value = |line: &&str| line.to_lowercase().starts_with(&format!("{name}: "));
        self.head.lines().find(value).map(|line| &line[name.len() + 2..])
    }
}

async fn start() -> Emulator {
    static ADDED: Once = Once::new();
    ADDED.call_once(|| vendors::add(&tiny::API).expect("added in time"));
    Emulator::builder().fixtures_text("tiny.yaml", FIXTURE).start().await.expect("a start")
}

/// Sends `METHOD path`, with further header lines and a body.
async fn ask(emulator: &Emulator, line: &str, headers: &str, body: &str) -> Answer {
    let request = format!(
        "{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    let address = emulator.address();
    let exchange = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).expect("a connection");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    });
    let answer = exchange.await.expect("no panic");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

async fn get(emulator: &Emulator, path: &str) -> Answer {
    ask(emulator, &format!("GET {path}"), "x-api-key: k\r\n", "").await
}

#[tokio::test]
async fn an_added_api_is_served_by_its_table() {
    let emulator = start().await;
    let known = get(&emulator, &format!("/tiny/v1/files/{MD5}")).await;
    assert_eq!((known.status, known.header("scandouble-behaviour")), (200, Some("tiny-scanner/file.known")));
    assert_eq!((&known.json()["verdict"], &known.json()["family"]), (&json!("infected"), &json!("Mouse")));
    let unknown = get(&emulator, "/tiny/v1/files/ffffffffffffffffffffffffffffffff").await;
    assert_eq!((unknown.status, &*unknown.body), (404, r#"{"error":"unknown"}"#));
    let nobody = ask(&emulator, &format!("GET /tiny/v1/files/{MD5}"), "", "").await;
    assert_eq!((nobody.status, &*nobody.body), (401, r#"{"error":"no key"}"#));
    assert_eq!(ask(&emulator, "POST /tiny/v1/ping", "", "").await.body, "PONG", "two methods, no account");
    let method = ask(&emulator, "PUT /tiny/v1/ping", "", "").await;
    assert_eq!((method.status, method.header("allow")), (405, Some("GET, HEAD, POST")));
    let nowhere = get(&emulator, "/tiny/v1/fils/x").await;
    assert_eq!((nowhere.status, &*nowhere.body), (404, r#"{"error":"no such path"}"#));
    let near = nowhere.header("scandouble-near-miss").expect("a near miss");
    assert!(near.contains("tiny-scanner serves /tiny/v1/files/x"), "{near}");
    // By its host, a proxy's client finds it too.
    let by_host = ask(&emulator, "GET http://api.tiny.example/tiny/v1/ping", "", "").await;
    assert_eq!(by_host.body, "PONG");
}

#[tokio::test]
async fn the_admin_api_lists_an_added_api() {
    let emulator = start().await;
    let elsewhere = get(&emulator, "/nowhere").await.json();
    let emulated = elsewhere["emulated"].as_array().expect("a list");
    let endpoints = json!(["GET /tiny/v1/files/{hash}", "GET /tiny/v1/ping", "POST /tiny/v1/ping"]);
    let tiny = emulated.iter().find(|api| api["api"] == "tiny-scanner").expect("listed");
    assert_eq!((&tiny["product"], &tiny["endpoints"]), (&json!("Tiny Scanner v1"), &endpoints));
    let behaviours = get(&emulator, "/_scandouble/behaviours?api=tiny-scanner").await.json();
    assert_eq!(behaviours["behaviours"].as_array().map(Vec::len), Some(tiny::ALL.len()));
    let off = ask(
        &emulator,
        "PATCH /_scandouble/settings",
        "Content-Type: application/json\r\n",
        r#"{"tiny-scanner.loud":"false"}"#,
    )
    .await;
    assert_eq!(off.status, 200, "{}", off.body);
    assert_eq!(get(&emulator, "/tiny/v1/ping").await.body, "pong");
    let coverage = get(&emulator, "/_scandouble/coverage?api=tiny-scanner").await.json();
    let rows = coverage["apis"][0]["behaviours"].as_array().expect("rows");
    let ping = rows.iter().find(|row| row["id"] == "ping").expect("its row");
    assert_eq!((rows.len(), &ping["count"]), (tiny::ALL.len(), &json!(1)));
    let openapi = get(&emulator, "/_scandouble/openapi.json").await.json();
    let names = openapi["components"]["schemas"]["Api"]["enum"].as_array().expect("names").clone();
    assert_eq!(names.last(), Some(&json!("tiny-scanner")));
    assert_eq!(names.len(), vendors::ALL.len());
    let document = get(&emulator, "/_scandouble/openapi/tiny-scanner.json").await.json();
    let files = &document["paths"]["/tiny/v1/files/{hash}"]["get"]["responses"];
    let known = &files["200"]["content"]["application/json"]["examples"]["file.known"]["value"];
    assert_eq!((&known["verdict"], &known["sha256"].is_string()), (&json!("infected"), &true), "{files}");
    let statuses: Vec<_> = files.as_object().expect("responses").keys().collect();
    assert_eq!(statuses, ["200", "400", "401", "404", "500"]);
    let ping = document["paths"]["/tiny/v1/ping"].as_object().expect("two methods");
    assert_eq!(ping.keys().collect::<Vec<_>>(), ["get", "post"]);
    assert!(vendors::add(&tiny::API).expect_err("too late").contains("too late"));
}

#[tokio::test]
async fn faults_and_the_journal_work_for_an_added_api() {
    let emulator = start().await;
    let fault =
        r#"{"match":{"api":"tiny-scanner","endpoint":"GET /tiny/v1/files/{hash}"},"then":{"status":404}}"#;
    let added = ask(&emulator, "POST /_scandouble/faults", "Content-Type: application/json\r\n", fault).await;
    assert!(added.status < 300, "{}", added.body);
    let path = format!("/tiny/v1/files/{MD5}");
    let injected =
        ask(&emulator, &format!("GET {path}?deep=1"), "x-api-key: k\r\nx-api-kex: k\r\n", "").await;
    assert_eq!(
        (injected.status, &*injected.body),
        (404, r#"{"error":"unknown"}"#),
        "the endpoint's own reply"
    );
    let journal = get(&emulator, "/_scandouble/journal?api=tiny-scanner").await.json();
    assert_eq!(journal["entries"][0]["request"]["headers"]["x-api-key"], json!(["***"]), "its key is masked");
    let advice = journal["entries"][0]["findings"].to_string();
    for noted in ["x-api-kex", "deep"] {
        assert!(advice.contains(noted), "{noted} is never read: {journal}");
    }
}
