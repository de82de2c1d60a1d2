//! Requests that are not valid HTTP are answered, logged and counted.

use super::connect::talk;
use super::start;
use crate::harness::program::{Running, program};
use crate::harness::{Answer, exchange, get};

#[tokio::test]
async fn a_request_needs_exactly_one_host_header() {
    let emulator = start().await;
    for head in ["", "Host: a\r\nHost: a\r\n", "Host: a\r\nhost: b\r\n"] {
        for path in ["/version", "/_scandouble/health", "/v2/hash", "/nobody"] {
            let request = format!("GET {path} HTTP/1.1\r\nConnection: close\r\n{head}\r\n");
            let answer = exchange(emulator.address(), request.as_bytes()).await;
            assert_eq!(answer.status, 400, "{request}");
            assert!(answer.text().contains("one Host header"), "{}", answer.text());
            assert_eq!(answer.header("scandouble-behaviour"), None);
        }
    }
    let old = exchange(emulator.address(), b"GET /version HTTP/1.0\r\n\r\n").await;
    assert_eq!(old.status, 200);
    let health = get("/_scandouble/health").send(&emulator).await.json();
    assert_eq!(health["connections"]["http_errors"]["400"], 12, "{health}");
}

#[test]
fn invalid_http_is_logged_and_counted() {
    let mut command = program(&["--listen", "127.0.0.1:0", "--log", "json"]);
    let running = Running::start(&mut command);
    let address = running.address();
    let target = "a".repeat(70_000);
    let header = "a".repeat(500_000);
    for (status, request) in [
        (400, "no HTTP\r\n\r\n".to_owned()),
        (400, "GET /version HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n".to_owned()),
        (400, "POST /file HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n".to_owned()),
        (414, format!("GET /{target} HTTP/1.1\r\nHost: a\r\n\r\n")),
        (431, format!("GET / HTTP/1.1\r\nHost: a\r\nA: {header}\r\n\r\n")),
    ] {
        let received = talk(address, request.as_bytes());
        let answer =
            Answer::read(&received).unwrap_or_else(|| panic!("no answer to {request:.60}: {received:?}"));
        assert_eq!(answer.status, status, "{request:.60}");
        let said = format!(r#""status":{status}"#);
        let logged = running.lines_until(|line| line.contains(&said));
        assert!(logged.last().is_some_and(|line| line.contains(r#""level":"WARN""#)), "{logged:?}");
    }
    let health = "GET /_scandouble/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    let health = Answer::read(&talk(address, health.as_bytes())).expect("an answer").json();
    let expected = serde_json::json!({ "400": 3, "414": 1, "431": 1 });
    assert_eq!(health["connections"]["http_errors"], expected, "{health}");
    assert_eq!(health["status"], "ok");
}

#[tokio::test]
async fn pages_have_a_content_security_policy() {
    let emulator = start().await;
    for path in ["/_scandouble/", "/_scandouble/coverage?format=html", "/_world/w/_scandouble/"] {
        let page = get(path).header("Accept", "text/html").send(&emulator).await;
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        let policy = page.header("content-security-policy").unwrap_or_default();
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{path}");
        // The policy allows what the page contains: the style of a report, and the files of the console.
        let (text, is_report) = (page.text(), path.contains("coverage"));
        assert_eq!(text.contains("<style"), is_report, "{path}");
        assert_eq!(
            text.matches("<script").count(),
            text.matches("<script type=\"module\" src=\"console/").count()
        );
        assert_eq!(text.contains("<script"), !is_report, "{path}");
    }
    let json = get("/_scandouble/health").send(&emulator).await;
    assert_eq!(json.header("content-security-policy"), None);
}
