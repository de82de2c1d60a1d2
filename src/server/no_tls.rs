//! In place of `tls` where the feature is left out. The configuration refuses https at the start, so no handshake succeeds.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};

use super::routing::hosts::Hosts;

/// Whether listeners can use TLS.
pub(super) const AVAILABLE: bool = false;

/// Why TLS cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("scandouble was compiled without its feature `tls`")]
pub struct TlsError;

/// No certificate authority.
#[derive(Debug)]
pub(crate) struct Authority;

/// No TLS configuration.
#[derive(Debug)]
pub(crate) struct Tls {
    authority: Authority,
}

impl Authority {
    pub(crate) fn generate() -> Result<Self, TlsError> {
        Ok(Self)
    }

    pub(crate) fn from_pem(_: &str, _: &str) -> Result<Self, TlsError> {
        Err(TlsError)
    }

    pub(crate) fn pem(&self) -> &str {
        ""
    }

    pub(crate) fn key_pem(&self) -> &str {
        ""
    }
}

impl Tls {
    pub(crate) fn new(
        authority: Authority,
        given: Option<(&str, &str)>,
        _: &[String],
        _: Arc<Hosts>,
    ) -> Result<Self, TlsError> {
        if given.is_some() { Err(TlsError) } else { Ok(Self { authority }) }
    }

    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }

    pub(super) async fn accept<S>(&self, _: S) -> io::Result<S>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        Err(io::Error::other(TlsError))
    }

    pub(super) async fn accept_as<S>(&self, _: &str, _: S) -> io::Result<S>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        Err(io::Error::other(TlsError))
    }
}

pub(super) fn advice(_: &io::Error) -> Option<&'static str> {
    None
}
