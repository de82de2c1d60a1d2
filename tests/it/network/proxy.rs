//! The server as a proxy: it answers for vendors' hosts and refuses others.

use std::process::Command;

use scandouble::Emulator;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::program::{file, outcome};
use crate::harness::secure::{handshake, talk};
use crate::harness::{Answer, exchange, get, post, start, start_with};

const HASH: &str = "61dffeaa728844adbf49eb090e4ece0e";

/// A connection through which the proxy has opened a tunnel to `authority`.
async fn tunnel(emulator: &Emulator, authority: &str) -> TcpStream {
    let mut stream = TcpStream::connect(emulator.address()).await.expect("connects");
    let connect = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
    stream.write_all(connect.as_bytes()).await.expect("sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("an answer"));
    }
    assert!(head.starts_with(b"HTTP/1.1 200 "), "{:?}", String::from_utf8_lossy(&head));
    stream
}

async fn through(emulator: &Emulator, host: &str, request: &str) -> Answer {
    let stream = tunnel(emulator, &format!("{host}:443")).await;
    let stream = handshake(stream, emulator.ca_pem(), host, &["http/1.1"]).await.expect("TLS");
    talk(stream, request.as_bytes()).await
}

fn request(path: &str, host: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
}

#[tokio::test]
async fn a_tunnel_to_a_vendor_host_selects_the_api_by_host() {
    let emulator = start("samples: []").await;
    // At the root this path belongs to another API.
    let path = format!("/hash/{HASH}");
    assert_eq!(
        get(&path).send(&emulator).await.header("scandouble-behaviour"),
        Some("metadefender-core/hash.not-found")
    );
    for host in [
        "api.metadefender.com",
        "hashlookup.metascan-online.com",
        "scan.metadefender.com",
        "eu.metadefender.com",
    ] {
        let answer = through(&emulator, host, &request(&path, host)).await;
        assert_eq!(answer.header("scandouble-behaviour"), Some("metadefender-cloud/route.unknown"), "{host}");
    }
    let host = "a1000.reversinglabs.com";
    let answer = through(&emulator, host, &request("/nowhere", host)).await;
    assert_eq!(answer.header("scandouble-behaviour"), Some("spectra-analyze/route.unknown"));
    let host = "data.reversinglabs.com";
    let answer = through(&emulator, host, &request("/api/rescan/v1/query/md5/abc", host)).await;
    assert_eq!(
        (answer.status, answer.header("scandouble-behaviour")),
        (401, Some("spectra-intelligence/auth.missing"))
    );
    // An unknown host inside the tunnel leaves the choice to the tunnel's host.
    let answer = through(&emulator, host, &request("/nowhere", "x.test")).await;
    assert_eq!(
        answer.header("scandouble-behaviour").map(|name| name.starts_with("spectra-intelligence/")),
        Some(true)
    );
    // The admin API refuses foreign host names (DNS rebinding); the certificate is public.
    let ca = through(&emulator, host, &request("/_scandouble/ca.pem", host)).await;
    assert_eq!(ca.text(), emulator.ca_pem());
}

#[tokio::test]
async fn proxy_requests_to_other_hosts_are_refused_and_journalled() {
    let emulator = start("samples: []").await;
    let connect =
        b"CONNECT www.example.org:443 HTTP/1.1\r\nHost: www.example.org:443\r\nConnection: close\r\n\r\n";
    let answer = exchange(emulator.address(), connect).await;
    assert_eq!((answer.status, answer.header("content-type")), (403, Some("text/plain; charset=utf-8")));
    assert!(
        answer
            .text()
            .starts_with("scandouble forwards no requests, and it does not answer for www.example.org. ")
    );
    assert!(answer.text().contains("data.reversinglabs.com") && answer.text().contains("--proxy-host"));
    let absolute =
        b"GET http://www.example.org/hash/x HTTP/1.1\r\nHost: www.example.org\r\nConnection: close\r\n\r\n";
    assert_eq!(exchange(emulator.address(), absolute).await.status, 403);
    let admin =
        b"GET http://www.example.org/_scandouble/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    assert_eq!(exchange(emulator.address(), admin).await.status, 403);
    let odd = b"CONNECT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    assert_eq!(exchange(emulator.address(), odd).await.status, 403);
}

#[tokio::test]
async fn plain_http_is_proxied_with_an_absolute_url_or_a_tunnel() {
    let emulator = start("samples: []").await;
    let whole = |url: &str| request(url, "ignored.test");
    let url = format!("http://api.metadefender.com/hash/{HASH}");
    let answer = exchange(emulator.address(), whole(&url).as_bytes()).await;
    assert_eq!(answer.header("scandouble-behaviour"), Some("metadefender-cloud/route.unknown"));
    for own in ["localhost:1", "127.0.0.1:1", "[::1]:1", &format!("box:{}", emulator.address().port())] {
        let answer =
            exchange(emulator.address(), whole(&format!("http://{own}/hash/{HASH}")).as_bytes()).await;
        assert_eq!(answer.header("scandouble-behaviour"), Some("metadefender-core/hash.not-found"), "{own}");
    }
    let stream = tunnel(&emulator, "api.metadefender.com:80").await;
    let answer = talk(stream, request(&format!("/hash/{HASH}"), "api.metadefender.com").as_bytes()).await;
    assert_eq!(answer.header("scandouble-behaviour"), Some("metadefender-cloud/route.unknown"));
}

#[tokio::test]
async fn the_host_header_selects_the_api() {
    let emulator = start("samples: []").await;
    for (host, behaviour) in [
        ("API.MetaDefender.com:8080", "metadefender-cloud/route.unknown"),
        ("scandouble.test", "metadefender-core/hash.not-found"),
    ] {
        let answer = exchange(emulator.address(), request(&format!("/hash/{HASH}"), host).as_bytes()).await;
        assert_eq!(answer.header("scandouble-behaviour"), Some(behaviour), "{host}");
    }
}

#[tokio::test]
async fn proxy_hosts_can_be_configured() {
    let emulator = start_with("samples: []", |builder| {
        builder.proxy_host("box.example.org=spectra-analyze").proxy_host("*.lab.test").proxy_host("192.0.2.1")
    })
    .await;
    let answer = through(&emulator, "box.example.org", &request("/hash/x", "box.example.org")).await;
    assert_eq!(answer.header("scandouble-behaviour"), Some("spectra-analyze/route.unknown"));
    for host in ["core.lab.test", "192.0.2.1"] {
        let answer = through(&emulator, host, &request(&format!("/hash/{HASH}"), host)).await;
        assert_eq!(answer.header("scandouble-behaviour"), Some("metadefender-core/hash.not-found"), "{host}");
    }
}

#[tokio::test]
async fn a_tunnel_can_be_reset_and_ends_with_the_server() {
    let emulator = start("samples: []").await;
    let idle = tunnel(&emulator, "api.metadefender.com:443").await;
    let fault = r#"{"id":"x","then":{"delivery":"reset"}}"#;
    assert_eq!(post("/_scandouble/faults").json(fault).send(&emulator).await.status, 201);
    let host = "hashlookup.metadefender.com";
    let stream = tunnel(&emulator, &format!("{host}:443")).await;
    let mut stream = handshake(stream, emulator.ca_pem(), host, &[]).await.expect("TLS");
    let ask = "POST /v2/hash HTTP/1.1\r\nHost: hashlookup.metadefender.com\r\napikey: exampleapikey\r\nContent-Length: 2\r\n\r\n{}";
    stream.write_all(ask.as_bytes()).await.expect("sent");
    let end = stream.read_to_end(&mut Vec::new()).await.map_err(|error| error.kind());
    assert_eq!(end, Err(std::io::ErrorKind::ConnectionReset));
    let since = scandouble::internals::clock::stopwatch();
    emulator.stop().await.expect("stops");
    assert!(since.elapsed().as_millis() < 1000, "{:?}", since.elapsed());
    drop(idle);
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_can_use_the_server_as_its_proxy() {
    let emulator = start("samples: []").await;
    let ca = file("proxy-ca.pem", emulator.ca_pem());
    let ca = ca.to_str().expect("UTF-8");
    let proxy = emulator.url();
    let curl = |arguments: &[&str]| {
        let mut command = Command::new("curl");
        command.args(["-s", "-S", "--proxy", &proxy, "--cacert", ca]).args(arguments);
        tokio::task::block_in_place(|| outcome(&mut command))
    };
    let body = format!(r#"{{"hash":["{HASH}"]}}"#);
    let expected = format!(r#"[{{"hash":"{HASH}","scan_result":5,"data_id":null}}]"#);
    let ask = ["-H", "apikey: exampleapikey", "-H", "Content-Type: application/json", "-d", &body];
    for url in ["https://api.metadefender.com/v2/hash", "http://api.metadefender.com/v2/hash"] {
        let (code, out, err) = curl(&[&ask[..], &[url]].concat());
        assert_eq!((code, out.as_str()), (0, expected.as_str()), "{url}: {err}");
    }
    let (code, _, err) = curl(&["https://www.example.org/"]);
    assert!(code != 0 && err.contains("403"), "{code}: {err}");
}
