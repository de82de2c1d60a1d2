//! The flags for listeners, TLS, mounts and the proxy.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::Builder;
use crate::server::{ListenAddress, Mount, parse_host};

#[derive(Debug, Args)]
pub(super) struct ListenerArgs {
    /// Where to listen: an address with a port, or unix:PATH; port 0 picks a free port. With API= in front, only that API
    /// answers there. May be given several times, separated by commas in the environment
    #[arg(long, value_name = "[API=]ADDRESS", env = "SCANDOUBLE_LISTEN", default_value = "127.0.0.1:8080")]
    #[arg(value_parser = http_listener, value_delimiter = ',')]
    listen: Vec<ListenAddress>,

    /// Serve one API under a path prefix as well; may be given several times, separated by commas in the environment
    /// [default: none]
    #[arg(long, value_name = "API=/PREFIX", env = "SCANDOUBLE_MOUNT")]
    #[arg(value_parser = Mount::parse, value_delimiter = ',')]
    mount: Vec<Mount>,

    /// Serve https as well, with a generated certificate [default: only http]
    #[arg(long, value_name = "self-signed", env = "SCANDOUBLE_TLS")]
    #[arg(hide_possible_values = true)]
    tls: Option<Tls>,

    /// Serve https as well, with the certificate (or chain) in this PEM file [default: none]
    #[arg(long, value_name = "FILE", env = "SCANDOUBLE_TLS_CERT", requires = "tls_key")]
    #[arg(conflicts_with = "tls")]
    tls_cert: Option<PathBuf>,

    /// The key of that certificate, a PEM file [default: none]
    #[arg(long, value_name = "FILE", env = "SCANDOUBLE_TLS_KEY", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Where to serve https, in the form of --listen [default: 127.0.0.1:8443]
    #[arg(long, value_name = "[API=]ADDRESS", env = "SCANDOUBLE_TLS_LISTEN")]
    #[arg(value_parser = https_listener, value_delimiter = ',')]
    tls_listen: Vec<ListenAddress>,

    /// Names and addresses for the generated certificate, in addition to localhost and the addresses of the listeners,
    /// separated by commas [default: none]
    #[arg(long, value_name = "NAMES", env = "SCANDOUBLE_TLS_NAMES")]
    #[arg(value_delimiter = ',')]
    tls_names: Vec<String>,

    /// Write the certificate authority that clients must trust to this PEM file [default: none]
    #[arg(long, value_name = "FILE", env = "SCANDOUBLE_CA_FILE")]
    ca_file: Option<PathBuf>,

    /// The certificate authority that signs, a PEM file [default: a new one, persisted with --db]
    #[arg(long, value_name = "FILE", env = "SCANDOUBLE_CA_CERT", requires = "ca_key")]
    ca_cert: Option<PathBuf>,

    /// Its key, a PEM file [default: none]
    #[arg(long, value_name = "FILE", env = "SCANDOUBLE_CA_KEY", requires = "ca_cert")]
    ca_key: Option<PathBuf>,

    /// An additional host to answer for as a proxy; the vendors' own hosts are built in. May be given several times,
    /// separated by commas in the environment [default: none]
    #[arg(long, value_name = "HOST[=API]", env = "SCANDOUBLE_PROXY_HOST")]
    #[arg(value_parser = proxy_host, value_delimiter = ',')]
    proxy_host: Vec<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Tls {
    SelfSigned,
}

fn http_listener(text: &str) -> Result<ListenAddress, String> {
    // A list from the environment may have blanks after its commas.
    ListenAddress::parse(text.trim(), false)
}

fn https_listener(text: &str) -> Result<ListenAddress, String> {
    ListenAddress::parse(text.trim(), true)
}

fn proxy_host(text: &str) -> Result<String, String> {
    let text = text.trim();
    parse_host(text).map(|_| text.to_owned())
}

impl ListenerArgs {
    /// Adds the listeners, mounts, certificates and proxy hosts to the builder.
    pub(super) fn apply(self, mut builder: Builder) -> Builder {
        let serves_https = self.tls.is_some() || self.tls_cert.is_some() || !self.tls_listen.is_empty();
        // Not a default of the flag, which would serve https even if nothing asks for it.
        let https = if self.tls_listen.is_empty() && serves_https {
            https_listener("127.0.0.1:8443").into_iter().collect()
        } else {
            self.tls_listen
        };
        for entrance in self.listen.into_iter().chain(https) {
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
