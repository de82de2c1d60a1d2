//! Access control. The tests send `Host: scandouble.test`, a reserved name that cannot be registered.

use scandouble::Emulator;

use super::{FIXTURE, KNOWN, emulator, look_up, problem};
use crate::harness::{Answer, Ask, ask, exchange, get, post, start_with};

const TOKEN: &str = "s3cret-t0ken";

async fn guarded() -> Emulator {
    start_with(FIXTURE, |builder| builder.admin_token(TOKEN)).await
}

fn bearing(ask: Ask, token: &str) -> Ask {
    ask.header("Authorization", &format!("Bearer {token}"))
}

/// A reset that says it is for `host`; a GET would do no harm.
async fn reset_at(emulator: &Emulator, host: &str, more: &str) -> Answer {
    let request = format!(
        "POST /_scandouble/reset HTTP/1.1\r\nHost: {host}\r\n{more}Connection: close\r\nContent-Length: 0\r\n\r\n"
    );
    exchange(emulator.address(), request.as_bytes()).await
}

#[tokio::test]
async fn with_a_token_every_operation_but_health_requires_it() {
    let emulator = guarded().await;
    for path in ["/_scandouble/clock", "/_world/a/_scandouble/clock", "/_scandouble/nothing", "/_scandouble"]
    {
        let refused = get(path).send(&emulator).await;
        assert!(problem(&refused, 401).contains("Authorization: Bearer TOKEN"), "{path}");
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
        for wrong in ["", "s3cret", "s3cret-t0ken-", "S3CRET-T0KEN"] {
            assert_eq!(bearing(get(path), wrong).send(&emulator).await.status, 401, "{path} {wrong}");
        }
    }
    let right = bearing(get("/_scandouble/clock"), TOKEN).send(&emulator).await;
    assert_eq!(right.status, 200, "{}", right.text());
    let right =
        get("/_scandouble/clock").header("Authorization", &format!("bearer  {TOKEN} ")).send(&emulator).await;
    assert_eq!(right.status, 200, "schemes are in any case");
    let basic = get("/_scandouble/clock").basic("u", TOKEN).send(&emulator).await;
    assert_eq!(basic.status, 401);
    let twice = bearing(bearing(get("/_scandouble/clock"), TOKEN), "other").send(&emulator).await;
    assert_eq!(twice.status, 401, "of two credentials nobody knows which one counts");
    let query = get(&format!("/_scandouble/clock?token={TOKEN}")).send(&emulator).await;
    assert_eq!(query.status, 401);
    for path in ["/_scandouble/health", "/_world/a/_scandouble/health"] {
        assert_eq!(get(path).send(&emulator).await.status, 200, "{path}");
    }
    for path in ["/_scandouble/health/", "/_scandouble/health/x", "/_scandouble/%68ealth"] {
        assert_eq!(get(path).send(&emulator).await.status, 401, "{path}");
    }
    assert_eq!(look_up(&emulator, "", KNOWN).await.status, 200, "clients need no token");
}

#[tokio::test]
async fn a_refused_request_creates_no_world() {
    let emulator = guarded().await;
    for method in ["GET", "POST", "PUT", "DELETE"] {
        for path in ["samples", "reset", "clock", "settings/auth", "journal", "nothing"] {
            let request = ask(method, &format!("/_world/stranger/_scandouble/{path}"));
            assert_eq!(request.clone().send(&emulator).await.status, 401);
            let page = bearing(request, TOKEN).header("Origin", "https://evil.example");
            assert_eq!(page.send(&emulator).await.status, 403);
        }
    }
    let list = bearing(get("/_scandouble/worlds"), TOKEN).send(&emulator).await.json();
    assert_eq!(list["worlds"].as_array().map(Vec::len), Some(1), "{list}");
}

#[tokio::test]
async fn tokens_are_never_printed() {
    let emulator = guarded().await;
    assert!(!format!("{emulator:?}").contains(TOKEN));
    let clients = post("/v2/hash").header("apikey", "k7").json(r#"{"hash":[]}"#);
    bearing(clients, TOKEN).send(&emulator).await;
    let journal = bearing(get("/_scandouble/journal"), TOKEN).send(&emulator).await;
    assert_eq!((journal.status, &journal.json()["matching"]), (200, &1.into()), "{}", journal.text());
    assert!(!journal.text().contains(TOKEN), "{}", journal.text());
    assert!(!format!("{:?}", Emulator::builder().admin_token(TOKEN)).contains(TOKEN));
}

#[tokio::test]
async fn tokens_that_are_not_valid_header_values_stop_the_start() {
    for token in ["", "a b", "é"] {
        let started = Emulator::builder().admin_token(token).start().await;
        let error = started.expect_err("refused").to_string();
        assert_eq!(
            error,
            "admin-token: the admin token must be one or more visible ASCII characters; leave the option out to use no token"
        );
    }
}

#[tokio::test]
async fn pages_of_another_origin_are_refused() {
    let emulator = emulator().await;
    let here = emulator.address().to_string();
    for (more, status) in [
        (String::new(), 200),
        (format!("Origin: http://{here}\r\n"), 200),
        (format!("Origin: http://{here}\r\nSec-Fetch-Site: same-origin\r\n"), 200),
        ("Sec-Fetch-Site: none\r\n".to_owned(), 200),
        ("Sec-Fetch-Site: cross-site\r\n".to_owned(), 403),
        ("Sec-Fetch-Site: same-site\r\n".to_owned(), 403),
        (format!("Origin: http://{here}\r\nSec-Fetch-Site: cross-site\r\n"), 403),
        ("Origin: null\r\n".to_owned(), 403),
        ("Origin: https://evil.example\r\n".to_owned(), 403),
        ("Origin: http://localhost:3000\r\n".to_owned(), 403),
        (format!("Origin: http://{here}\r\nOrigin: http://evil.example\r\n"), 403),
        (format!("Origin: http://{here}.evil.example\r\n"), 403),
    ] {
        let answer = reset_at(&emulator, &here, &more).await;
        assert_eq!(answer.status, status, "{more:?}: {}", answer.text());
        assert_eq!(answer.header("access-control-allow-origin"), None);
        if status == 403 {
            assert!(problem(&answer, 403).contains("a web page of another origin"), "{more:?}");
        }
    }
    let preflight = ask("OPTIONS", "/_scandouble/reset")
        .header("Origin", "https://evil.example")
        .header("Access-Control-Request-Method", "POST");
    problem(&preflight.send(&emulator).await, 403);
    let health = get("/_scandouble/health").header("Sec-Fetch-Site", "cross-site").send(&emulator).await;
    problem(&health, 403);
}

#[tokio::test]
async fn pages_of_another_origin_are_refused_even_with_the_token() {
    let emulator = guarded().await;
    let answer = bearing(get("/_scandouble/clock"), TOKEN).header("Origin", "https://evil.example");
    problem(&answer.send(&emulator).await, 403);
}

/// A page at a name that its owner lets resolve to 127.0.0.1 is of the same origin as this server, as browsers see it.
#[tokio::test]
async fn rebound_host_names_are_refused_unless_there_is_a_token() {
    let emulator = emulator().await;
    for host in ["evil.com:8080", "evil.com", "127.0.0.1.nip.io:8080"] {
        let answer =
            reset_at(&emulator, host, &format!("Origin: http://{host}\r\nSec-Fetch-Site: same-origin\r\n"))
                .await;
        assert!(problem(&answer, 403).contains("the Host header names another machine"), "{host}");
        assert_eq!(reset_at(&emulator, host, "").await.status, 403, "a browser may send neither header");
    }
    for host in ["127.0.0.1:8080", "[::1]:8080", "localhost", "scandouble:8080", "a.localhost", "double.test"]
    {
        assert_eq!(reset_at(&emulator, host, "").await.status, 200, "{host}");
    }
    let twice = reset_at(&emulator, "localhost\r\nHost: evil.com", "").await;
    assert_ne!(twice.status, 200);
    // The authority of a request line counts, as HTTP says; HTTP/2 has nothing else.
    for (line, host, status) in [("http://evil.com", "localhost", 403), ("http://localhost", "evil.com", 200)]
    {
        let request =
            format!("GET {line}/_scandouble/clock HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let answer = exchange(emulator.address(), request.as_bytes()).await;
        assert_eq!(answer.status, status, "{line} {host}: {}", answer.text());
    }
    let emulator = guarded().await;
    let answer =
        reset_at(&emulator, "double.example.com", &format!("Authorization: Bearer {TOKEN}\r\n")).await;
    assert_eq!(answer.status, 200, "a page does not know the token");
}

/// A client whose vendor's name resolves to this machine waits for the server under that name.
#[tokio::test]
async fn health_answers_under_any_host_name() {
    for emulator in [emulator().await, guarded().await] {
        for host in ["api.metadefender.com", "evil.com:8080"] {
            let ask = |path: &str| {
                format!("GET /_scandouble/{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
            };
            let answer = exchange(emulator.address(), ask("health").as_bytes()).await;
            assert_eq!((answer.status, &answer.json()["status"]), (200, &"ok".into()), "{host}");
            let answer = exchange(emulator.address(), ask("clock").as_bytes()).await;
            assert_ne!(answer.status, 200, "{host}");
        }
    }
}
