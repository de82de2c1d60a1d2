//! Addresses to listen on.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use crate::vendors::{self, Vendor};

/// An address as users write it: `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, `unix:/run/scandouble.sock`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// An address and a port; port 0 picks a free one.
    Tcp(SocketAddr),
    /// A port of `localhost`, which is both 127.0.0.1 and, if this machine has IPv6, ::1; port 0 picks a free one.
    Localhost(u16),
    /// The path of a Unix socket.
    Unix(PathBuf),
}

/// An address to listen on, and what is served there.
#[derive(Clone, Debug)]
pub struct ListenAddress {
    /// The address itself.
    pub address: Address,
    /// The only vendor API that is served there; all of them if there is none.
    pub api: Option<&'static Vendor>,
    /// Whether connections use TLS.
    pub tls: bool,
}

impl Address {
    /// The socket address, if this is not a Unix socket. For `localhost` it is the IPv4 one.
    #[must_use]
    pub fn tcp(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) => Some(*address),
            Self::Localhost(port) => Some((Ipv4Addr::LOCALHOST, *port).into()),
            Self::Unix(_) => None,
        }
    }
}

impl ListenAddress {
    /// Parses `ADDRESS` or `API=ADDRESS`.
    ///
    /// # Errors
    /// A message that says what is wrong with the text.
    pub fn parse(text: &str, tls: bool) -> Result<Self, String> {
        let (api, address) = match text.split_once('=') {
            // The path of a Unix socket may contain an equals sign.
            Some((name, address)) if !name.contains([':', '/']) => (Some(vendors::required(name)?), address),
            _ => (None, text),
        };
        Ok(Self { address: address.parse()?, api, tls })
    }

    /// The base URL for clients; `unix:` and the path for a Unix socket.
    #[must_use]
    pub fn url(&self) -> String {
        match &self.address {
            Address::Tcp(address) => format!("{}://{address}", if self.tls { "https" } else { "http" }),
            Address::Localhost(_) => {
                format!("{}://{}", if self.tls { "https" } else { "http" }, self.address)
            }
            Address::Unix(_) => self.address.to_string(),
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(address)
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:").filter(|path| !path.is_empty()) {
            return Ok(Self::Unix(path.into()));
        }
        if let Some(Ok(port)) = text.strip_prefix("localhost:").map(str::parse) {
            return Ok(Self::Localhost(port));
        }
        text.parse().map(Self::Tcp).map_err(|_| {
            "give an address and a port, such as 127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080, or unix: and a path"
                .to_owned()
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Localhost(port) => write!(f, "localhost:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listen_address_may_name_an_api() {
        let parse = |text: &str| {
            let parsed = ListenAddress::parse(text, false).expect("a listen address");
            (parsed.api.map_or("", |api| api.name), parsed.url())
        };
        let name = vendors::ALL[0].name;
        assert_eq!(parse("localhost:1"), ("", "http://localhost:1".to_owned()));
        assert_eq!(parse("[::1]:80"), ("", "http://[::1]:80".to_owned()));
        assert_eq!(parse("unix:/run/a=b.sock"), ("", "unix:/run/a=b.sock".to_owned()));
        assert_eq!(parse(&format!("{name}=0.0.0.0:8008")), (name, "http://0.0.0.0:8008".to_owned()));
        for wrong in [
            "",
            "8080",
            "unix:",
            "nobody=127.0.0.1:1",
            "::1:80",
            "example.org:80",
            "localhost:",
            "localhost:x",
        ] {
            assert!(ListenAddress::parse(wrong, true).is_err(), "{wrong}");
        }
    }
}
