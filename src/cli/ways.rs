//! The flags that say by which ways a server is reached.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::Builder;
use crate::server::{ListenAddress, Mount, parse_host};

#[derive(Debug, Args)]
pub(super) struct Ways {
    /// Where to listen, an address and a port or unix: and a path; port 0 picks a free one. With a name in front,
    /// metadefender-core=127.0.0.1:8008, only that API answers there. May be given several times, separated by commas in
    /// the environment
    #[arg(long, value_name = "[API=]ADDRESS", env = "SCANDOUBLE_LISTEN", default_value = "127.0.0.1:8080")]
    #[arg(value_parser = plain, value_delimiter = ',', hide_env_values = true)]
    listen: Vec<ListenAddress>,

    /// Serve one API under a prefix as well, metadefender-core=/core; may be given several times, separated by commas in the
    /// environment [default: none]
    #[arg(long, value_name = "API=/PREFIX", env = "SCANDOUBLE_MOUNT", hide_env_values = true)]
    #[arg(value_parser = Mount::parse, value_delimiter = ',')]
    mount: Vec<Mount>,

    /// Speak https as well, with a certificate of its own [default: only plain http]
    #[arg(long, value_name = "self-signed", env = "SCANDOUBLE_TLS", hide_env_values = true)]
    #[arg(hide_possible_values = true)]
    tls: Option<Tls>,

    /// Speak https as well, with the certificate (or chain) in this file, as PEM [default: none]
    #[arg(
        long,
        value_name = "FILE",
        env = "SCANDOUBLE_TLS_CERT",
        hide_env_values = true,
        requires = "tls_key"
    )]
    #[arg(conflicts_with = "tls")]
    tls_cert: Option<PathBuf>,

    /// The key of that certificate, as PEM [default: none]
    #[arg(
        long,
        value_name = "FILE",
        env = "SCANDOUBLE_TLS_KEY",
        hide_env_values = true,
        requires = "tls_cert"
    )]
    tls_key: Option<PathBuf>,

    /// Where to speak https, as --listen says it [default: 127.0.0.1:8443]
    #[arg(long, value_name = "[API=]ADDRESS", env = "SCANDOUBLE_TLS_LISTEN", hide_env_values = true)]
    #[arg(value_parser = secure, value_delimiter = ',')]
    tls_listen: Vec<ListenAddress>,

    /// Names and addresses for the certificate beside localhost and the addresses listened on, separated by commas
    /// [default: none]
    #[arg(long, value_name = "NAMES", env = "SCANDOUBLE_TLS_NAMES", hide_env_values = true)]
    #[arg(value_delimiter = ',')]
    tls_names: Vec<String>,

    /// Write what clients have to trust to this file, as PEM [default: none]
    #[arg(long, value_name = "FILE", env = "SCANDOUBLE_CA_FILE", hide_env_values = true)]
    ca_file: Option<PathBuf>,

    /// The certificate authority that signs, as PEM [default: a new one, kept with --db]
    #[arg(
        long,
        value_name = "FILE",
        env = "SCANDOUBLE_CA_CERT",
        hide_env_values = true,
        requires = "ca_key"
    )]
    ca_cert: Option<PathBuf>,

    /// Its key, as PEM [default: none]
    #[arg(
        long,
        value_name = "FILE",
        env = "SCANDOUBLE_CA_KEY",
        hide_env_values = true,
        requires = "ca_cert"
    )]
    ca_key: Option<PathBuf>,

    /// A host to stand in for as a proxy, beside the vendors' own, as box.example.org=spectra-analyze; may be given several
    /// times, separated by commas in the environment [default: none]
    #[arg(long, value_name = "HOST[=API]", env = "SCANDOUBLE_PROXY_HOST", hide_env_values = true)]
    #[arg(value_parser = host, value_delimiter = ',')]
    proxy_host: Vec<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Tls {
    SelfSigned,
}

fn plain(text: &str) -> Result<ListenAddress, String> {
    ListenAddress::parse(text.trim(), false)
}

fn secure(text: &str) -> Result<ListenAddress, String> {
    ListenAddress::parse(text.trim(), true)
}

fn host(text: &str) -> Result<String, String> {
    let text = text.trim();
    parse_host(text).map(|_| text.to_owned())
}

impl Ways {
    /// Tells the builder.
    pub(super) fn tell(self, mut builder: Builder) -> Builder {
        let speaks_tls = self.tls.is_some() || self.tls_cert.is_some() || !self.tls_listen.is_empty();
        let secure = match self.tls_listen.is_empty() && speaks_tls {
            true => secure("127.0.0.1:8443").into_iter().collect(),
            false => self.tls_listen,
        };
        for entrance in self.listen.into_iter().chain(secure) {
            builder = builder.listen_on(entrance);
        }
        for mount in self.mount {
            builder = builder.mount(mount.api.name, &mount.prefix);
        }
        for name in self.tls_names {
            builder = builder.tls_name(name.trim());
        }
        for host in self.proxy_host {
            builder = builder.proxy_host(host);
        }
        if let Some((certificate, key)) = self.tls_cert.zip(self.tls_key) {
            builder = builder.tls_certificate(certificate, key);
        }
        if let Some((certificate, key)) = self.ca_cert.zip(self.ca_key) {
            builder = builder.ca(certificate, key);
        }
        match self.ca_file {
            Some(path) => builder.ca_file(path),
            None => builder,
        }
    }
}
