//! TLS: which certificate a client gets.

mod authority;

use std::sync::{Arc, LazyLock};

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

pub(crate) use self::authority::Authority;
use super::routing::hosts::Hosts;

/// Whether listeners can use TLS.
pub(super) const AVAILABLE: bool = true;

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// It cannot be generated.
    #[error("{0}; a key has to be PKCS #8, as `openssl pkcs8 -topk8 -nodes` writes it")]
    Certificate(#[from] rcgen::Error),
    /// The TLS library rejects it.
    #[error("{0}")]
    Unusable(#[from] rustls::Error),
    /// A file contains no certificate.
    #[error("the file contains no certificate in PEM format")]
    NoCertificate,
    /// A file contains no key.
    #[error("the file contains no private key in PEM format")]
    NoKey,
    /// It may not sign other certificates.
    #[error("this certificate may not sign others; use the certificate of a certificate authority")]
    NotAnAuthority,
}

/// The TLS configurations of listeners and tunnels.
#[derive(Debug)]
pub(crate) struct Tls(LazyLock<Made, Make>);

type Made = Result<Certificates, TlsError>;
type Make = Box<dyn FnOnce() -> Made + Send>;

#[derive(Debug)]
struct Certificates {
    authority: Arc<Authority>,
    listeners: Arc<ServerConfig>,
}

impl Tls {
    /// Listeners use the certificate `given` (a chain and its key, as PEM), or else a generated one for `names`. A client
    /// that asks for one of `hosts` by name gets a certificate for that host.
    ///
    /// # Errors
    /// A certificate cannot be parsed, generated or used.
    pub(crate) fn new(
        authority: Authority,
        given: Option<(&str, &str)>,
        names: &[String],
        hosts: Arc<Hosts>,
    ) -> Result<Self, TlsError> {
        let made = Certificates::new(authority, given, names, hosts)?;
        Ok(Self(LazyLock::new(Box::new(move || Ok(made)))))
    }

    /// The same with a generated authority and certificate, which are made when they are first used: most servers never
    /// need them.
    pub(crate) fn generated(names: Vec<String>, hosts: Arc<Hosts>) -> Self {
        let make = move || Certificates::new(Authority::generate()?, None, &names, hosts);
        Self(LazyLock::new(Box::new(make)))
    }

    /// The certificate of the authority that signs generated certificates, as PEM; empty if none could be generated.
    pub(crate) fn pem(&self) -> &str {
        self.0.as_ref().map_or("", |made| made.authority.pem())
    }

    /// Performs the handshake on a connection to a listener.
    pub(super) async fn accept<S>(&self, stream: S) -> std::io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        TlsAcceptor::from(self.made()?.listeners.clone()).accept(stream).await
    }

    /// Performs the handshake as `host`.
    pub(super) async fn accept_as<S>(&self, host: &str, stream: S) -> std::io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let config = self.made()?.authority.config(host).map_err(std::io::Error::other)?;
        TlsAcceptor::from(config).accept(stream).await
    }

    fn made(&self) -> std::io::Result<&Certificates> {
        self.0.as_ref().map_err(|error| std::io::Error::other(error.to_string()))
    }
}

impl Certificates {
    fn new(
        authority: Authority,
        given: Option<(&str, &str)>,
        names: &[String],
        hosts: Arc<Hosts>,
    ) -> Result<Self, TlsError> {
        let authority = Arc::new(authority);
        let own = match given {
            Some((certificate, key)) => authority::certified(authority::chain(certificate)?, key)?,
            None => authority.sign(names)?,
        };
        let listeners = configured(Arc::new(ByName { own, authority: authority.clone(), hosts }))?;
        Ok(Self { authority, listeners })
    }
}

/// What to do about a handshake that failed, if the reason shows it.
pub(super) fn advice(error: &std::io::Error) -> Option<&'static str> {
    use rustls::AlertDescription::{
        BadCertificate, CertificateExpired, CertificateUnknown, UnknownCA, UnsupportedCertificate,
    };
    match error.get_ref()?.downcast_ref::<rustls::Error>()? {
        rustls::Error::AlertReceived(
            UnknownCA | BadCertificate | CertificateUnknown | CertificateExpired | UnsupportedCertificate,
        ) => Some(
            "the client does not trust the certificate: give it the file from /_scandouble/ca.pem, as REQUESTS_CA_BUNDLE \
             for Python requests (it takes precedence over verify=), NODE_EXTRA_CA_CERTS for Node, CURL_CA_BUNDLE for curl, \
             SSL_CERT_FILE for Go, or a trust store for Java; a file of an earlier start is not valid without --db",
        ),
        rustls::Error::InvalidMessage(_) => Some(
            "the client does not speak TLS here: use https:// in its base URL, or the port for plain http",
        ),
        rustls::Error::PeerIncompatible(_) => Some(
            "the client and the server have no TLS version or cipher in common; TLS 1.2 or newer is required",
        ),
        _ => None,
    }
}

/// Picks a certificate by the name that the client asks for (SNI).
#[derive(Debug)]
struct ByName {
    own: Arc<CertifiedKey>,
    authority: Arc<Authority>,
    hosts: Arc<Hosts>,
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // A client that connects to an IP address sends no name.
        let known = hello.server_name().filter(|name| self.hosts.find(name).is_some());
        let made = known.and_then(|name| self.authority.certificate(name).ok());
        Some(made.unwrap_or_else(|| self.own.clone()))
    }
}

fn provider() -> CryptoProvider {
    ring::default_provider()
}

fn configured(resolver: Arc<dyn ResolvesServerCert>) -> Result<Arc<ServerConfig>, TlsError> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
