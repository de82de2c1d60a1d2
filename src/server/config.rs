//! What a server is asked to be, from a builder or from flags, and how that becomes listeners and routing.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::limits::TransportLimits;
use super::listeners::{Address, ListenAddress, Listener};
use super::routing::{Hosts, Mount, Routing};
use super::tls::{self, Authority, Tls, TlsError};
use crate::store::{StateFile, StoreError};

/// The configuration of a server.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServerConfig {
    /// Where to listen.
    pub listen_addresses: Vec<ListenAddress>,
    /// Path prefixes for one API each.
    pub mounts: Vec<Mount>,
    /// Hosts to answer for in addition to the vendors' own: `HOST` or `HOST=API`.
    pub hosts: Vec<String>,
    /// Names and addresses for the certificate in addition to those of this machine.
    pub names: Vec<String>,
    /// Files with a certificate and its key to use instead of a generated one.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// Files with the certificate authority's certificate and key, instead of generated ones.
    pub authority: Option<(PathBuf, PathBuf)>,
    /// Where to write the authority's certificate.
    pub authority_file: Option<PathBuf>,
    /// The limits of the transport.
    pub limits: TransportLimits,
}

/// Why a server cannot be configured as asked.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address}: {source}; choose another with {flag}, 127.0.0.1:0 picks a free port"
    )]
    Listen {
        /// The address asked for.
        address: Address,
        /// The flag that sets it.
        flag: &'static str,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// A file cannot be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// A certificate cannot be used.
    #[error("{place}: {source}")]
    Tls {
        /// The file or the setting that it comes from.
        place: String,
        /// What is wrong with it.
        source: TlsError,
    },
    /// The configuration contradicts itself, or names something that does not exist.
    #[error("{0}")]
    Invalid(String),
    /// The file that stores the authority cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ConfigError {
    /// Whether the configuration is wrong, rather than the machine unable to provide what it asks for.
    pub fn is_misuse(&self) -> bool {
        matches!(self, Self::File { .. } | Self::Tls { .. } | Self::Invalid(_))
    }
}

impl ServerConfig {
    /// Binds every listen address.
    ///
    /// # Errors
    /// An address is taken, or this machine does not have it, or TLS is not available.
    pub(crate) async fn bind(&self) -> Result<Vec<Listener>, ConfigError> {
        if !tls::AVAILABLE
            && (self.listen_addresses.iter().any(|address| address.tls) || self.authority_file.is_some())
        {
            let what = "https needs scandouble's feature `tls`, without which it was compiled";
            return Err(ConfigError::Invalid(what.to_owned()));
        }
        let mut listeners = Vec::with_capacity(self.listen_addresses.len());
        for address in &self.listen_addresses {
            let bound = Listener::bind(address.clone()).await;
            listeners.push(bound.map_err(|source| ConfigError::Listen {
                address: address.address.clone(),
                flag: if address.tls { "--tls-listen" } else { "--listen" },
                source,
            })?);
        }
        Ok(listeners)
    }

    /// The hosts, mounts and certificates for these listeners. The certificate authority is the configured one, else the
    /// one stored in `state`, else a new one.
    ///
    /// # Errors
    /// A file or a certificate cannot be used, or two APIs have the same prefix.
    pub(crate) async fn routing(
        &self,
        state: Option<&mut StateFile>,
        listeners: &[Listener],
    ) -> Result<Routing, ConfigError> {
        let hosts = Arc::new(Hosts::with(&self.hosts).map_err(ConfigError::Invalid)?);
        let addresses: Vec<_> = listeners.iter().filter_map(|one| one.address().address.tcp()).collect();
        let names = self.certificate_names(&addresses);
        let ports = addresses.iter().map(SocketAddr::port).collect();
        let mounts = self.sorted_mounts()?;
        let has_given = self.certificate.is_some() || self.authority.is_some() || !self.names.is_empty();
        let is_used = state.is_some() || self.authority_file.is_some();
        if !has_given && !is_used && !listeners.iter().any(|one| one.address().tls) {
            // Nothing is given that could be wrong, and only a proxy's tunnels and the admin API may need it later.
            let tls = Tls::generated(names.clone(), hosts.clone()).into();
            return Ok(Routing { hosts, mounts, names, ports, tls });
        }
        let authority = self.authority(state).await?;
        if let Some(path) = &self.authority_file {
            let written = std::fs::write(path, authority.pem());
            written.map_err(|source| ConfigError::File { path: path.clone(), source })?;
        }
        let tls = self.tls(authority, &names, hosts.clone())?.into();
        Ok(Routing { hosts, mounts, names, ports, tls })
    }

    /// The names and addresses that a generated certificate is for.
    fn certificate_names(&self, addresses: &[SocketAddr]) -> Vec<String> {
        // An IPv6 address may be written as in a URL, but a certificate holds it without brackets.
        let configured = self.names.iter().map(|name| name.trim_matches(['[', ']']).to_owned());
        // A listener on all addresses (0.0.0.0) is not reached under that address.
        let own = addresses.iter().map(SocketAddr::ip).filter(|ip| !ip.is_unspecified());
        let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
        for name in configured.chain(own.map(|ip| ip.to_string())) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    fn tls(&self, authority: Authority, names: &[String], hosts: Arc<Hosts>) -> Result<Tls, ConfigError> {
        let (place, pair) = match &self.certificate {
            Some((certificate, key)) => {
                (certificate.display().to_string(), Some((read(certificate)?, read(key)?)))
            }
            None => ("--tls-names".to_owned(), None),
        };
        let pair = pair.as_ref().map(|(certificate, key)| (certificate.as_str(), key.as_str()));
        Tls::new(authority, pair, names, hosts).map_err(|source| ConfigError::Tls { place, source })
    }

    /// The mounts, longest prefix first, so that the first match for a path is the longest.
    fn sorted_mounts(&self) -> Result<Vec<Mount>, ConfigError> {
        let mut mounts = self.mounts.clone();
        mounts.sort_by_key(|mount| std::cmp::Reverse(mount.prefix.len()));
        for (at, mount) in mounts.iter().enumerate() {
            // The same API twice at one prefix does no harm, so only different ones are refused.
            let conflicts = |other: &&Mount| other.prefix == mount.prefix && other.api.name != mount.api.name;
            if let Some(other) = mounts[at + 1..].iter().find(conflicts) {
                return Err(ConfigError::Invalid(format!(
                    "{} and {} cannot both be mounted at {}; give each its own prefix",
                    mount.api.name, other.api.name, mount.prefix
                )));
            }
        }
        Ok(mounts)
    }

    async fn authority(&self, state: Option<&mut StateFile>) -> Result<Authority, ConfigError> {
        let checked = |place: &str, made: Result<Authority, TlsError>| {
            made.map_err(|source| ConfigError::Tls { place: place.to_owned(), source })
        };
        if let Some((certificate, key)) = &self.authority {
            let (pem, key) = (read(certificate)?, read(key)?);
            return checked(&certificate.display().to_string(), Authority::from_pem(&pem, &key));
        }
        // Without a state file the authority is new at each start.
        let Some(state) = state else { return checked("the certificate authority", Authority::generate()) };
        match state.authority().await? {
            Some((pem, key)) => {
                checked("the certificate authority in the --db file", Authority::from_pem(&pem, &key))
            }
            None => {
                let authority = checked("the certificate authority", Authority::generate())?;
                // Clients that trust the authority go on to do so after a restart.
                state.save_authority(authority.pem(), authority.key_pem()).await?;
                Ok(authority)
            }
        }
    }
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::File { path: path.to_owned(), source })
}
