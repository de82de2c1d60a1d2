//! Paths and methods of the admin API, and the health check.

use super::{emulator, problem};
use crate::harness::{ask, exchange, get};

#[tokio::test]
async fn health_reports_the_version_samples_fixtures_and_connections() {
    let emulator = emulator().await;
    let health = get("/_scandouble/health").send(&emulator).await;
    let counts = r#"{"open":1,"accepted":1,"refused":0,"body_bytes":0,"refused_bodies":0,"timeouts":{"header":0,"handshake":0,"body":0,"idle":0,"write":0},"http_errors":{"400":0,"414":0,"431":0}}"#;
    assert_eq!(
        health.text(),
        format!(
            "{{\"status\":\"ok\",\"version\":\"{}\",\"samples\":1,\"fixtures\":\"in-force\",\"connections\":{counts}}}",
            env!("CARGO_PKG_VERSION")
        )
    );
}

#[tokio::test]
async fn unknown_paths_and_methods_are_refused_with_advice() {
    let emulator = emulator().await;
    for path in ["/_scandouble//", "/_scandouble/nothing", "/_world/a/_scandouble/nothing"] {
        let answer = get(path).send(&emulator).await;
        assert!(problem(&answer, 404).contains("the admin API has no path"), "{path}");
    }
    let answer = ask("BREW", "/_scandouble/clock").send(&emulator).await;
    assert!(problem(&answer, 405).starts_with("/_scandouble/clock does not support BREW"));
    let answer = get("/_scandouble/worlds/%ff").send(&emulator).await;
    problem(&answer, 400);
}

#[tokio::test]
async fn odd_encodings_of_a_path_never_reach_the_admin_api() {
    let emulator = emulator().await;
    let paths = [
        "/%5fscandouble/reset",
        "/_scandoubl%65/reset",
        "//_scandouble/reset",
        "/./_scandouble/reset",
        "/hash/../_scandouble/reset",
        "/hash/..%2f_scandouble/reset",
        "/_SCANDOUBLE/reset",
        "/_world/a/../../_scandouble/reset",
        "/_world/a//_scandouble/reset",
        "/_scandouble;x/reset",
    ];
    for path in paths {
        let answer = ask("POST", path).send(&emulator).await;
        assert!(!answer.text().contains("\"reset\":["), "{path}: {}", answer.text());
    }
    let raw = exchange(emulator.address(), b"POST http://x/_scandouble\\reset HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").await;
    assert_ne!(raw.status, 200);
}
