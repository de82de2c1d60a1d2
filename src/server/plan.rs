//! What a server is asked to listen on and to be, before it is: from a builder or from flags.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::address::{Address, Entrance};
use super::bounds::Bounds;
use super::destination::Ways;
use super::hosts::Hosts;
use super::listener::Listener;
use super::mounts::Mount;
use super::tls::{Authority, Tls, TlsError};
use crate::store::{StateFile, StoreError};

/// The ways in that somebody asks for.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Where to listen.
    pub entrances: Vec<Entrance>,
    /// Prefixes for one API each.
    pub mounts: Vec<Mount>,
    /// Hosts to stand in for, beside the vendors' own: `HOST` or `HOST=API`.
    pub hosts: Vec<String>,
    /// Names and addresses for the certificate, beside those of this machine itself.
    pub names: Vec<String>,
    /// A certificate and its key to show, in place of one made here.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// The authority's certificate and key, in place of one made here.
    pub authority: Option<(PathBuf, PathBuf)>,
    /// Where to write the authority's certificate.
    pub authority_file: Option<PathBuf>,
    /// What clients may take.
    pub bounds: Bounds,
}

/// Why a plan cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address}: {source}; choose another with {flag}, 127.0.0.1:0 picks a free port"
    )]
    Listen {
        /// The address asked for.
        address: Address,
        /// The flag that says it.
        flag: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file cannot be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A certificate cannot be used.
    #[error("{place}: {source}")]
    Tls {
        /// The file, or what else holds it.
        place: String,
        /// What is wrong.
        source: TlsError,
    },
    /// What was asked contradicts itself or names what there is not.
    #[error("{0}")]
    Wrong(String),
    /// The store that keeps the authority refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PlanError {
    /// Whether what was asked is at fault, rather than the machine.
    #[must_use]
    pub fn is_misuse(&self) -> bool {
        matches!(self, Self::File { .. } | Self::Tls { .. } | Self::Wrong(_))
    }
}

impl Plan {
    /// Binds every entrance.
    ///
    /// # Errors
    /// An address is taken or not ours.
    pub async fn bind(&self) -> Result<Vec<Listener>, PlanError> {
        let mut listeners = Vec::with_capacity(self.entrances.len());
        for entrance in &self.entrances {
            let bound = Listener::bind(entrance.clone()).await;
            listeners.push(bound.map_err(|source| PlanError::Listen {
                address: entrance.address.clone(),
                flag: if entrance.tls { "--tls-listen" } else { "--listen" },
                source,
            })?);
        }
        Ok(listeners)
    }

    /// Everything else; the authority is the given one, or the one that `state` holds, or a new one.
    ///
    /// # Errors
    /// A file or a certificate cannot be used; two APIs want one prefix.
    pub async fn ways(
        &self,
        state: Option<&mut StateFile>,
        listeners: &[Listener],
    ) -> Result<Ways, PlanError> {
        let hosts = Arc::new(Hosts::with(&self.hosts).map_err(PlanError::Wrong)?);
        let authority = self.authority(state).await?;
        if let Some(path) = &self.authority_file {
            let written = std::fs::write(path, authority.pem());
            written.map_err(|source| PlanError::File { path: path.clone(), source })?;
        }
        let addresses: Vec<_> = listeners.iter().filter_map(|one| one.entrance().address.tcp()).collect();
        let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
        let own = addresses.iter().map(std::net::SocketAddr::ip).filter(|ip| !ip.is_unspecified());
        for name in self.names.iter().map(|name| name.trim_matches(['[', ']']).to_owned()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        for name in own.map(|ip| ip.to_string()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let (place, given) = match &self.certificate {
            Some((certificate, key)) => {
                (certificate.display().to_string(), Some((read(certificate)?, read(key)?)))
            }
            None => ("--tls-names".to_owned(), None),
        };
        let given = given.as_ref().map(|(certificate, key)| (certificate.as_str(), key.as_str()));
        let tls = Tls::new(authority, given, &names, hosts.clone());
        Ok(Ways {
            hosts,
            mounts: self.mounts()?,
            names,
            ports: addresses.iter().map(std::net::SocketAddr::port).collect(),
            tls: tls.map_err(|source| PlanError::Tls { place, source })?,
        })
    }

    /// The mounts, so that the first that fits a path is the longest.
    fn mounts(&self) -> Result<Vec<Mount>, PlanError> {
        let mut mounts = self.mounts.clone();
        mounts.sort_by_key(|mount| std::cmp::Reverse(mount.prefix.len()));
        for (at, mount) in mounts.iter().enumerate() {
            let same = |other: &&Mount| other.prefix == mount.prefix && other.api.name != mount.api.name;
            if let Some(other) = mounts[at + 1..].iter().find(same) {
                return Err(PlanError::Wrong(format!(
                    "{} and {} cannot both be mounted at {}; give each a prefix of its own",
                    mount.api.name, other.api.name, mount.prefix
                )));
            }
        }
        Ok(mounts)
    }

    async fn authority(&self, state: Option<&mut StateFile>) -> Result<Authority, PlanError> {
        let told = |place: &str, made: Result<Authority, TlsError>| {
            made.map_err(|source| PlanError::Tls { place: place.to_owned(), source })
        };
        if let Some((certificate, key)) = &self.authority {
            let (pem, key) = (read(certificate)?, read(key)?);
            return told(&certificate.display().to_string(), Authority::of_pem(&pem, &key));
        }
        let Some(state) = state else { return told("the certificate authority", Authority::make()) };
        match state.authority().await? {
            Some((pem, key)) => told("the certificate authority in the store", Authority::of_pem(&pem, &key)),
            None => {
                let made = told("the certificate authority", Authority::make())?;
                state.save_authority(made.pem(), made.key_pem()).await?;
                Ok(made)
            }
        }
    }
}

fn read(path: &Path) -> Result<String, PlanError> {
    std::fs::read_to_string(path).map_err(|source| PlanError::File { path: path.to_owned(), source })
}
