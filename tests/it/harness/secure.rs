//! A TLS client that trusts a single certificate authority.

use std::net::SocketAddr;
use std::sync::Arc;

use scandouble::Emulator;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

use crate::harness::{Answer, Ask};

/// Shakes hands as a client that trusts `ca_pem` and expects `name`.
pub async fn handshake<S>(
    stream: S,
    ca_pem: &str,
    name: &str,
    protocols: &[&str],
) -> std::io::Result<TlsStream<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_slice(ca_pem.as_bytes()).expect("a certificate");
    roots.add(certificate).expect("a root");
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().expect("versions");
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

/// The https address of an emulator.
pub fn secure_address(emulator: &Emulator) -> SocketAddr {
    let url = emulator.https_url().expect("TLS");
    url.strip_prefix("https://").expect("https").parse().expect("an address")
}

/// Sends `ask` by https, as a client of `name`.
pub async fn send(emulator: &Emulator, name: &str, ask: Ask) -> Answer {
    let stream = TcpStream::connect(secure_address(emulator)).await.expect("connects");
    let stream = handshake(stream, emulator.ca_pem(), name, &["http/1.1"]).await.expect("TLS");
    talk(stream, &ask.bytes()).await
}

/// Sends raw bytes and reads until the server closes.
pub async fn talk(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &[u8]) -> Answer {
    stream.write_all(request).await.expect("sent");
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes).await;
    assert!(read.is_ok() || !bytes.is_empty(), "no answer: {read:?}");
    Answer::read(&bytes).expect("an answer")
}
