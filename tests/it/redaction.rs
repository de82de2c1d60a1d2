//! Redaction of credentials in the journal, wherever a client puts them.

use serde_json::json;

use crate::admin::{call_admin, get_json};
use crate::harness::{self, Ask, ask, exchange, get, post};

/// A credential; the journal must not contain any part of it.
const SECRET: &str = "hunter2-correct-horse";
/// A configured key, which is redacted also where the name does not suggest a credential.
const KEY: &str = "configured-key-7f3a";

const FIXTURE: &str = "
accounts:
  metadefender_cloud: [{key: configured-key-7f3a}]
  spectra_analyze: [{user: alice, password: configured pass+word, token: configured-token-99}]
";

fn with_header(name: &str, value: &str) -> Ask {
    get("/nowhere").header(name, value)
}

fn multipart(boundary: &str, body: &str) -> Ask {
    let kind = format!("multipart/form-data; boundary={boundary}");
    post("/nowhere").header("Content-Type", &kind).body(body)
}

fn with_type(kind: &str, body: &str) -> Ask {
    post("/nowhere").header("Content-Type", kind).body(body)
}

/// Places of credentials: a description, and a request with a credential there.
fn places() -> Vec<(&'static str, Ask)> {
    let url = format!("https://bob:{SECRET}@host.test/x?a=1&token={SECRET}");
    let part = |head: &str, body: &str| format!("--xx\r\n{head}\r\n\r\n{body}\r\n--xx--\r\n");
    let password = part("Content-Disposition: form-data; name=\"password\"", SECRET);
    let basic = get("/").basic("alice", "configured pass+word");
    let basic = String::from_utf8(basic.bytes()).expect("text");
    let basic =
        basic.split("Basic ").nth(1).and_then(|rest| rest.lines().next()).expect("credentials").to_owned();
    vec![
        ("header archivepwd", with_header("archivepwd", SECRET)),
        ("header callbackurl", with_header("callbackurl", &url)),
        ("header Referer", with_header("Referer", &url)),
        ("header X-Original-URL", with_header("X-Original-URL", &format!("/x?apikey={SECRET}"))),
        ("header Link, a fragment", with_header("Link", &format!("<https://a.test/#access_token={SECRET}>"))),
        ("Bearer in any header", with_header("X-Forwarded-Authorization-Data", &format!("Bearer {SECRET}"))),
        ("Bearer in a plain header", with_header("X-Upstream", &format!("bearer {SECRET}"))),
        ("Basic in a plain header", with_header("X-Upstream", "Basic aHVudGVyMi1jb3JyZWN0LWhvcnNl")),
        ("Token in a plain header", with_header("X-Upstream", &format!("as Token {SECRET}"))),
        ("header Authentication", with_header("Authentication", SECRET)),
        ("header X-Auth", with_header("X-Auth", SECRET)),
        ("header X-Auth-User-Data", with_header("X-Auth-User-Data", SECRET)),
        ("header X-Amz-Signature", with_header("X-Amz-Signature", SECRET)),
        ("header *-token", with_header("X-Ms-Token", SECRET)),
        ("header *-secret", with_header("X-Client-Secret", SECRET)),
        ("header *-key", with_header("X-Subscription-Key", SECRET)),
        ("header Cookie", with_header("Cookie", &format!("a={SECRET}"))),
        ("query X-Amz-Signature", get(&format!("/nowhere?X-Amz-Signature={SECRET}&X-Amz-Date=1"))),
        ("query sig", get(&format!("/nowhere?sv=1&sig={SECRET}"))),
        ("query with a URL", get(&format!("/nowhere?next=https%3A%2F%2Fa.test%2F%3Ftoken%3D{SECRET}"))),
        ("multipart", multipart("xx", &password)),
        ("multipart, another boundary", multipart("yy", &password)),
        ("multipart, no boundary", with_type("multipart/form-data", &password)),
        ("multipart, no type", post("/nowhere").body(password.clone())),
        ("multipart, a boundary that is only inside", multipart("zz", &part("--zz\r\nX: y", &password))),
        (
            "multipart, a part of JSON",
            multipart(
                "xx",
                &part(
                    "Content-Disposition: form-data; name=\"a\"",
                    &format!("{{\"password\":\"{SECRET}\"}}"),
                ),
            ),
        ),
        ("form", with_type("application/x-www-form-urlencoded", &format!("user=a&archivepwd={SECRET}"))),
        (
            "form, a URL",
            with_type(
                "application/x-www-form-urlencoded",
                &format!("cb=https%3A%2F%2Fbob%3A{SECRET}%40a.test%2F"),
            ),
        ),
        ("JSON", with_type("application/json", &format!("{{\"a\":[{{\"client_secret\":\"{SECRET}\"}}]}}"))),
        ("JSON, a URL", with_type("application/json", &format!("{{\"callback\":\"{url}\"}}"))),
        (
            "JSON in a string",
            with_type(
                "application/json",
                &json!({"a": json!({"b": json!({"password": SECRET}).to_string()}).to_string()}).to_string(),
            ),
        ),
        ("JSON, Bearer", with_type("application/json", &format!("{{\"headers\":[\"x: Bearer {SECRET}\"]}}"))),
        (
            "JSON, deep",
            with_type(
                "application/json",
                &format!("{}{{\"password\":\"{SECRET}\"}}{}", "[".repeat(100), "]".repeat(100)),
            ),
        ),
        ("JSON, broken", with_type("application/json", &format!("{{\"user\":\"a\", password: '{SECRET}'}}"))),
        ("JSON, cut", with_type("application/json", &format!("{{\"a\":\"b\\\",\"password\":\"{SECRET}"))),
        (
            "XML element",
            with_type("application/xml", &format!("<a><ns:password x='1'>{SECRET}</ns:password></a>")),
        ),
        (
            "XML attribute",
            with_type("application/xml", &format!("<login user=\"a\" password=\"{SECRET}\"/>")),
        ),
        (
            "XML attribute, single quotes",
            with_type("text/xml", &format!("<login  password = '{SECRET}'>x</login>")),
        ),
        (
            "XML attribute, a URL",
            with_type("text/xml", &format!("<a href=\"https://a.test/?b=1&amp;token={SECRET}\"/>")),
        ),
        ("XML, broken", with_type("application/xml", &format!("<login password={SECRET}><b></login>"))),
        ("text, a line", with_type("text/plain", &format!("user: a\npassword: {SECRET}\nmore: b"))),
        ("text, a URL", with_type("text/plain", &format!("see {url} for more"))),
        ("a configured key in a header", with_header("X-Anything", KEY)),
        ("a configured key in the path", get(&format!("/nowhere/{KEY}/x"))),
        ("a configured key in the query", get(&format!("/nowhere?x={KEY}"))),
        ("a configured key in text", with_type("text/plain", &format!("it is {KEY}."))),
        ("a configured key in JSON", with_type("application/json", &format!("{{\"n\":[\"{KEY}\"]}}"))),
        ("a configured key as a name", with_type("application/json", &format!("{{\"{KEY}\":1}}"))),
        (
            "a configured password, encoded",
            with_type("application/x-www-form-urlencoded", "a=configured+pass%2Bword"),
        ),
        ("a configured login in base64", with_header("X-Anything", &basic)),
    ]
}

#[tokio::test]
async fn credentials_are_redacted_wherever_they_are_sent() {
    let emulator = harness::start(FIXTURE).await;
    let basic = "aHVudGVyMi1jb3JyZWN0LWhvcnNl";
    let own = get("/").basic("alice", "configured pass+word").bytes();
    let own = String::from_utf8(own).expect("text");
    let own =
        own.split("Basic ").nth(1).and_then(|rest| rest.lines().next()).expect("credentials").to_owned();
    let secrets =
        ["hunter2", KEY, "configured pass", "configured+pass", "configured%20pass", basic, own.as_str()];
    let mut leaks = Vec::new();
    for (at, (place, ask)) in places().into_iter().enumerate() {
        let world = format!("/_world/w{at}");
        let bytes = String::from_utf8(ask.bytes()).expect("text");
        exchange(emulator.address(), bytes.replacen(" /", &format!(" {world}/"), 1).as_bytes()).await;
        for format in ["json", "har"] {
            let path = format!("{world}/_scandouble/journal?format={format}");
            let text = get(&path).send(&emulator).await.text().to_owned();
            assert!(text.contains("/nowhere"), "{place}: {text}");
            if secrets.iter().any(|secret| text.contains(secret)) {
                leaks.push(format!("{place} ({format})"));
            }
        }
    }
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n"));
}

#[tokio::test]
async fn user_info_in_the_host_is_redacted() {
    let emulator = harness::start(FIXTURE).await;
    let request =
        format!("GET /nowhere HTTP/1.1\r\nHost: bob:{SECRET}@scandouble.test\r\nConnection: close\r\n\r\n");
    exchange(emulator.address(), request.as_bytes()).await;
    for format in ["json", "har"] {
        let answer = get(&format!("/_scandouble/journal?format={format}")).send(&emulator).await;
        let text = answer.text();
        assert!(!text.contains("hunter2"), "{text}");
        if text.contains("/nowhere") {
            assert!(text.contains("***@scandouble.test"), "{text}");
        }
    }
}

#[tokio::test]
async fn the_key_that_a_fault_rule_matches_is_redacted_in_listings() {
    let emulator = harness::start(FIXTURE).await;
    for (id, account) in [("key", KEY), ("unknown", SECRET), ("user", "alice")] {
        let rule = json!({"id": id, "match": {"account": account}, "then": {"status": 503}}).to_string();
        let answer = call_admin(&emulator, "POST", "/_scandouble/faults", &rule).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert!(!answer.text().contains(KEY) && !answer.text().contains(SECRET), "{}", answer.text());
    }
    let list = get_json(&emulator, "/_scandouble/faults").await;
    let shown: Vec<_> =
        list["faults"].as_array().expect("a list").iter().map(|one| &one["match"]["account"]).collect();
    assert_eq!(shown, ["conf***", "hunt***", "alice"]);
    // The rule still matches the unredacted key.
    let look_up = post("/v2/hash").header("apikey", KEY).json("{\"hash\":[\"a\"]}");
    assert_eq!(look_up.send(&emulator).await.status, 503);
}

#[tokio::test]
async fn a_password_is_redacted_where_the_endpoint_read_it() {
    let emulator = harness::start(FIXTURE).await;
    // The login reads a form whatever the content type is. As plain text, the password would end at the space.
    let login = "user=a&password=correct horse";
    let answer = post("/login").header("Content-Type", "text/plain").body(login).send(&emulator).await;
    assert_eq!(answer.header("scandouble-behaviour"), Some("metadefender-core/login.failed"));
    // One spelling of a name for the endpoint and for redaction, also where the parameter is in capitals.
    let form = "--X\r\nContent-Disposition: form-data; NAME=\"username\"\r\n\r\nalice\r\n\
                --X\r\nContent-Disposition: form-data; NAME=\"password\"\r\n\r\nconfigured pass+word\r\n--X--\r\n";
    let token = post("/api-token-auth/").header("Content-Type", "multipart/form-data; boundary=X").body(form);
    assert_eq!(token.send(&emulator).await.status, 200);
    for format in ["json", "har"] {
        let text = get(&format!("/_scandouble/journal?format={format}")).send(&emulator).await;
        let text = text.text();
        assert!(text.contains("user=a&password=***") && !text.contains("horse"), "{text}");
        assert!(text.contains("alice") && !text.contains("configured pass"), "{text}");
    }
}

#[tokio::test]
async fn other_values_are_not_redacted() {
    let emulator = harness::start(FIXTURE).await;
    let bodies = [
        ("application/json", "{\"hash\":[\"cut"),
        ("application/json", "{\"a\":\"a password that was forgotten\"}"),
        ("application/json", "{\"callback\":\"https://a.test/?b=1#top\",\"n\":1}"),
        ("application/xml", "<a><b></a>"),
        ("application/xml", "<a href=\"https://a.test/?b=1&amp;c=2\">text</a>"),
        (
            "multipart/form-data; boundary=yy",
            "--xx\r\nContent-Disposition: form-data; name=\"hash\"\r\n\r\nabc\r\n--xx--",
        ),
        ("text/plain", "a line: and another one = more"),
        ("", "hash=abc&more=%20x"),
    ];
    for (kind, body) in bodies {
        with_type(kind, body)
            .header("User-Agent", "basic client/1.0 (token bucket)")
            .header("X-Monkey", "1")
            .send(&emulator)
            .await;
    }
    let list = get_json(&emulator, "/_scandouble/journal").await;
    for (at, (kind, body)) in bodies.iter().enumerate() {
        let request = &list["entries"][at]["request"];
        assert_eq!(request["body"]["text"], *body, "{kind}");
        assert_eq!(request["headers"]["x-monkey"], json!(["1"]));
    }
    let broken = "{\"user\":\"a\", password: 'x'}";
    with_type("application/json", broken).send(&emulator).await;
    let list = get_json(&emulator, "/_scandouble/journal?limit=1").await;
    assert_eq!(
        list["entries"][0]["request"]["body"],
        json!({"size": 27, "text": "[redacted: 27 bytes that do not parse as application/json]"})
    );
    ask("DELETE", "/_scandouble/journal").send(&emulator).await;
}
