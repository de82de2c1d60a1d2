use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;

use scandouble::internals::server::{Address, ListenAddress};
use tokio::net::UnixStream;

use crate::harness::secure::talk;
use crate::harness::{exchange, get, post, start_with};

const HASH: &str = "/hash/61dffeaa728844adbf49eb090e4ece0e";

fn anywhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// Where a test's socket is. Cargo's folder may be too deep for the path of one.
fn socket(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("scandouble-{}-{name}.sock", std::process::id()))
}

#[tokio::test]
async fn a_listener_can_serve_a_single_api() {
    let emulator = start_with("samples: []", |builder| {
        builder
            .listen(anywhere())
            .listen_for("metadefender-cloud", anywhere())
            .mount("metadefender-core", "/core")
    })
    .await;
    let own = emulator.listen_addresses()[1].address.tcp().expect("a port");
    assert_ne!(own, emulator.address());
    for path in [HASH, "/nowhere", "/core/hash/x", "/api/samples/x/analyze/", "/"] {
        let answer = exchange(own, &get(path).bytes()).await;
        assert_eq!(answer.header("scandouble-behaviour"), Some("metadefender-cloud/route.unknown"), "{path}");
    }
    assert_eq!(exchange(own, &get("/_scandouble/health").bytes()).await.status, 200);
    assert_eq!(
        get(HASH).send(&emulator).await.header("scandouble-behaviour"),
        Some("metadefender-core/hash.not-found")
    );
}

#[tokio::test]
async fn an_https_listener_can_serve_a_single_api() {
    let text = "spectra-analyze=127.0.0.1:0";
    let entrance = ListenAddress::parse(text, true).expect("an entrance");
    let emulator = start_with("samples: []", |builder| builder.listen_on(entrance)).await;
    let answer = crate::harness::secure::send(&emulator, "localhost", get(HASH)).await;
    assert_eq!(answer.header("scandouble-behaviour"), Some("spectra-analyze/route.unknown"));
}

#[tokio::test]
async fn localhost_is_both_of_its_addresses() {
    let localhost = ListenAddress::parse("localhost:0", false).expect("a listen address");
    let emulator = start_with("samples: []", |builder| builder.listen_on(localhost)).await;
    let v4 = emulator.address();
    assert!(v4.is_ipv4() && v4.ip().is_loopback(), "{v4}");
    assert_eq!(emulator.url(), format!("http://{v4}"));
    assert_eq!(exchange(v4, &get(HASH).bytes()).await.status, 200);
    let v6 = SocketAddr::new(std::net::Ipv6Addr::LOCALHOST.into(), v4.port());
    match TcpListener::bind("[::1]:0") {
        Ok(_) => assert_eq!(exchange(v6, &get(HASH).bytes()).await.status, 200),
        Err(_) => assert!(std::net::TcpStream::connect(v6).is_err(), "this machine has no IPv6"),
    }
}

#[tokio::test]
async fn ipv6_addresses_can_be_listened_on() {
    let address: SocketAddr = "[::1]:0".parse().expect("an address");
    if TcpListener::bind(address).is_err() {
        // This machine has no IPv6.
        let refused = scandouble::Emulator::builder().listen(address).start().await;
        let error = refused.map(drop).expect_err("no such address").to_string();
        assert!(error.starts_with("cannot listen on [::1]:0: "), "{error}");
        return;
    }
    let emulator = start_with("samples: []", |builder| builder.listen(address)).await;
    assert!(emulator.url().starts_with("http://[::1]:"), "{}", emulator.url());
    assert_eq!(get(HASH).send(&emulator).await.status, 200);
}

#[tokio::test]
async fn a_unix_socket_is_removed_at_the_end_and_a_stale_one_is_replaced() {
    let path = socket("stale");
    drop(std::os::unix::net::UnixListener::bind(&path).expect("a socket that nobody listens on"));
    let address = || Address::Unix(path.clone());
    let emulator = start_with("samples: []", |builder| builder.listen(address())).await;
    let stream = UnixStream::connect(&path).await.expect("connects");
    assert_eq!(talk(stream, &get(HASH).bytes()).await.status, 200);

    let taken = scandouble::Emulator::builder().listen(address()).start().await;
    let taken = taken.map(drop).expect_err("somebody listens").to_string();
    assert!(taken.starts_with(&format!("cannot listen on unix:{}: ", path.display())), "{taken}");

    let fault = r#"{"id":"x","then":{"delivery":"reset"}}"#;
    let stream = UnixStream::connect(&path).await.expect("connects");
    assert_eq!(talk(stream, &post("/_scandouble/faults").json(fault).bytes()).await.status, 201);
    let mut stream = UnixStream::connect(&path).await.expect("connects");
    tokio::io::AsyncWriteExt::write_all(&mut stream, &get(HASH).bytes()).await.expect("sent");
    let mut bytes = Vec::new();
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut bytes).await;
    assert!(bytes.is_empty());

    emulator.stop().await.expect("stops");
    assert!(!path.exists());
}

#[tokio::test]
async fn a_file_that_is_not_a_socket_is_not_replaced() {
    let path = socket("file");
    std::fs::write(&path, "mine").expect("written");
    let started = scandouble::Emulator::builder().listen(Address::Unix(path.clone())).start().await;
    assert!(started.map(drop).expect_err("a file").to_string().contains("a file that is not a socket"));
    assert_eq!(std::fs::read_to_string(&path).expect("still there"), "mine");
    std::fs::remove_file(&path).expect("removed");
}

#[tokio::test]
async fn every_listener_stops_within_a_second() {
    let path = socket("stops");
    let emulator = start_with("samples: []", |builder| {
        builder.listen(anywhere()).listen(Address::Unix(path.clone())).tls(anywhere())
    })
    .await;
    let addresses: Vec<_> = emulator.listen_addresses().iter().filter_map(|one| one.address.tcp()).collect();
    assert_eq!(addresses.len(), 2);
    let idle: Vec<_> =
        addresses.iter().map(|at| std::net::TcpStream::connect(at).expect("connects")).collect();
    let _idle = UnixStream::connect(&path).await.expect("connects");
    let since = scandouble::internals::clock::stopwatch();
    emulator.stop().await.expect("stops");
    assert!(since.elapsed().as_millis() < 1000, "{:?}", since.elapsed());
    for address in addresses {
        assert!(TcpListener::bind(address).is_ok(), "{address} is still taken");
    }
    drop(idle);
}
