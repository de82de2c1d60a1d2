use std::io::ErrorKind;
use std::net::SocketAddr;

use scandouble::Builder;
use scandouble::Emulator;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::program::file;
use crate::harness::secure::{handshake, secure_address, send};
use crate::harness::{get, post, start_with};

const MISS: &str = r#"{"61dffeaa728844adbf49eb090e4ece0e":"Not Found"}"#;
const ASK: &str = "/hash/61dffeaa728844adbf49eb090e4ece0e";

fn anywhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

async fn secured(more: impl FnOnce(Builder) -> Builder) -> Emulator {
    start_with("samples: []", |builder| more(builder.tls(anywhere()))).await
}

#[tokio::test]
async fn https_is_served_beside_http_and_the_authority_can_be_downloaded() {
    let emulator = secured(|builder| builder).await;
    for name in ["localhost", "127.0.0.1", "::1"] {
        assert_eq!(send(&emulator, name, get(ASK)).await.text(), MISS, "{name}");
    }
    assert_eq!(get(ASK).send(&emulator).await.text(), MISS);
    let ca = get("/_scandouble/ca.pem").send(&emulator).await;
    assert_eq!(ca.header("content-type"), Some("application/x-pem-file"));
    assert_eq!(ca.text(), emulator.ca_pem());
    assert!(ca.text().starts_with("-----BEGIN CERTIFICATE-----"));
    emulator.stop().await.expect("stops");
}

#[tokio::test]
async fn the_certificate_is_valid_for_configured_names_only() {
    let emulator = secured(|builder| builder.tls_name("scan.example.org").tls_name("192.0.2.7")).await;
    for name in ["scan.example.org", "192.0.2.7", "localhost"] {
        assert_eq!(send(&emulator, name, get(ASK)).await.status, 200, "{name}");
    }
    let stream = TcpStream::connect(secure_address(&emulator)).await.expect("connects");
    let refused = handshake(stream, emulator.ca_pem(), "other.example.org", &[]).await;
    assert!(refused.is_err(), "it claims another name");
}

#[tokio::test]
async fn sni_with_a_vendor_host_gets_a_certificate_for_that_host() {
    let emulator = secured(|builder| builder).await;
    let ask = get(&format!("/v2{ASK}")).header("apikey", "exampleapikey");
    let answer = send(&emulator, "api.metadefender.com", ask).await;
    assert_eq!((answer.status, answer.text()), (200, r#"{"61DFFEAA728844ADBF49EB090E4ECE0E":"Not Found"}"#));
}

#[tokio::test]
async fn each_emulator_has_its_own_authority() {
    let (one, other) = (secured(|builder| builder).await, secured(|builder| builder).await);
    let stream = TcpStream::connect(secure_address(&one)).await.expect("connects");
    assert!(handshake(stream, other.ca_pem(), "localhost", &[]).await.is_err());
}

#[tokio::test]
async fn http_2_is_negotiated_with_clients_that_offer_it() {
    let emulator = secured(|builder| builder).await;
    let address = secure_address(&emulator);
    for (offered, picked) in [
        (&["h2", "http/1.1"][..], Some(&b"h2"[..])),
        (&["http/1.1"], Some(b"http/1.1")),
        (&["http/1.1", "h2"], Some(b"h2")),
        (&[], None),
    ] {
        let stream = TcpStream::connect(address).await.expect("connects");
        let stream = handshake(stream, emulator.ca_pem(), "localhost", offered).await.expect("TLS");
        assert_eq!(stream.get_ref().1.alpn_protocol(), picked, "{offered:?}");
    }
    let stream = TcpStream::connect(address).await.expect("connects");
    let mut stream = handshake(stream, emulator.ca_pem(), "localhost", &["h2"]).await.expect("TLS");
    stream.write_all(&request_in_http_2(ASK)).await.expect("sent");
    let mut seen = Vec::new();
    while !seen.windows(MISS.len()).any(|window| window == MISS.as_bytes()) {
        let mut buffer = [0; 1024];
        let read = stream.read(&mut buffer).await.expect("reads");
        assert_ne!(read, 0, "the connection ended before the answer: {seen:?}");
        seen.extend_from_slice(&buffer[..read]);
    }
}

/// The preface, empty settings, and a GET in the shortest form of HPACK.
fn request_in_http_2(path: &str) -> Vec<u8> {
    let mut block = vec![0x82, 0x87];
    block.extend([0x04, u8::try_from(path.len()).expect("short")]);
    block.extend(path.bytes());
    block.extend([0x01, 9]);
    block.extend(b"localhost");
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend([0, 0, 0, 4, 0, 0, 0, 0, 0]);
    // HEADERS that end both the head and the stream.
    bytes.extend([0, 0, u8::try_from(block.len()).expect("short"), 1, 5, 0, 0, 0, 1]);
    bytes.extend(block);
    bytes
}

#[tokio::test]
async fn an_injected_reset_breaks_a_tls_connection() {
    let emulator = secured(|builder| builder).await;
    let fault = r#"{"id":"x","then":{"delivery":"reset"}}"#;
    assert_eq!(post("/_scandouble/faults").json(fault).send(&emulator).await.status, 201);
    let stream = TcpStream::connect(secure_address(&emulator)).await.expect("connects");
    let mut stream = handshake(stream, emulator.ca_pem(), "localhost", &[]).await.expect("TLS");
    stream.write_all(&get(ASK).bytes()).await.expect("sent");
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).await.map_err(|error| error.kind());
    assert_eq!((end, bytes), (Err(ErrorKind::ConnectionReset), Vec::new()));
}

#[tokio::test]
async fn plain_http_on_the_https_port_is_rejected() {
    let emulator = secured(|builder| builder).await;
    let mut stream = TcpStream::connect(secure_address(&emulator)).await.expect("connects");
    stream.write_all(&get(ASK).bytes()).await.expect("sent");
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    assert!(!bytes.starts_with(b"HTTP/"), "{bytes:?}");
    assert_eq!(send(&emulator, "localhost", get(ASK)).await.status, 200);
}

#[tokio::test]
async fn the_authority_is_persisted_with_the_state() {
    let db = file("authority.db", "");
    std::fs::remove_file(&db).expect("removed");
    let mut authorities = Vec::new();
    for _ in 0..2 {
        let emulator = secured(|builder| builder.db(&db)).await;
        assert_eq!(send(&emulator, "localhost", get(ASK)).await.status, 200);
        authorities.push(emulator.ca_pem().to_owned());
        emulator.stop().await.expect("stops");
    }
    assert_eq!(authorities[0], authorities[1]);
}

#[tokio::test]
async fn an_authority_and_a_certificate_can_be_configured() {
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut params = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::OrganizationName, "Example");
    let authority = params.self_signed(&key).expect("a certificate");
    let ca = (file("given-ca.pem", &authority.pem()), file("given-ca.key", &key.serialize_pem()));
    let issuer = rcgen::Issuer::new(params, key);
    let leaf_key = rcgen::KeyPair::generate().expect("a key");
    let leaf = rcgen::CertificateParams::new(vec!["given.test".to_owned()]).expect("parameters");
    let leaf = leaf.signed_by(&leaf_key, &issuer).expect("a certificate");
    let own = (file("given.pem", &leaf.pem()), file("given.key", &leaf_key.serialize_pem()));

    let written = file("given-written.pem", "");
    let emulator = secured(|builder| builder.ca(&ca.0, &ca.1).ca_file(&written)).await;
    assert_eq!(emulator.ca_pem(), authority.pem());
    assert_eq!(std::fs::read_to_string(&written).expect("written"), authority.pem());
    assert_eq!(send(&emulator, "localhost", get(ASK)).await.status, 200);

    let emulator = secured(|builder| builder.ca(&ca.0, &ca.1).tls_certificate(&own.0, &own.1)).await;
    assert_eq!(send(&emulator, "given.test", get(ASK)).await.status, 200);

    let begun =
        |builder: Builder| async { builder.start().await.map(drop).expect_err("refused").to_string() };
    let wrong = begun(Emulator::builder().ca(&own.0, &ca.1)).await;
    assert!(wrong.contains("given.pem: "), "{wrong}");
    let wrong = begun(Emulator::builder().tls(anywhere()).tls_certificate(&own.1, &own.1)).await;
    assert!(wrong.ends_with("given.key: the file contains no certificate in PEM format"), "{wrong}");
    let wrong = begun(Emulator::builder().ca("/nowhere/ca.pem", &ca.1)).await;
    assert!(wrong.starts_with("/nowhere/ca.pem: "), "{wrong}");
}
