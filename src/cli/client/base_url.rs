//! The base URL of a running server, taken apart.

use std::path::PathBuf;

use http::Uri;

use super::escape::path_segment;
use crate::cli::error::CommandError;
use crate::cli::reachable::reachable;
use crate::server::ListenAddress;

/// How the address of a Unix socket begins, as in `--listen`.
const UNIX: &str = "unix:";
/// What comes before the name of a world in a path.
const WORLD_PREFIX: &str = "/_world/";

/// Where a server is reached, and the prefix of the paths there.
#[derive(Clone, Debug)]
pub(in crate::cli) struct BaseUrl {
    /// Host and port as they were given.
    pub(in crate::cli) authority: String,
    /// The Unix socket, if the server is reached through one.
    pub(in crate::cli) socket: Option<PathBuf>,
    /// What goes in front of the paths: `/_world/t42`, or nothing.
    pub(in crate::cli) prefix: String,
}

impl BaseUrl {
    /// Reads `http://host:port/prefix`, where the scheme may be missing, or `unix:PATH`.
    pub(in crate::cli) fn parse(url: &str) -> Result<Self, CommandError> {
        if let Some(path) = url.strip_prefix(UNIX) {
            let socket = Some(PathBuf::from(path));
            return Ok(Self { authority: "localhost".to_owned(), socket, prefix: String::new() });
        }
        let invalid = |why: &str| CommandError::Usage(format!("{url:?} is not a valid base URL: {why}"));
        let example = || invalid("write it as http://127.0.0.1:8080");
        let whole = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        let uri: Uri = whole.parse().map_err(|_| example())?;
        if uri.scheme_str() != Some("http") {
            return Err(invalid("only http is supported here, so use an http address of the server"));
        }
        let (authority, host) = match (uri.authority(), uri.host()) {
            (Some(authority), Some(host)) if !authority.as_str().contains('@') => (authority, host),
            _ => return Err(example()),
        };
        if authority.as_str() != host && uri.port_u16().is_none() {
            return Err(invalid("the port must be a number from 0 to 65535"));
        }
        let prefix = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { authority: authority.to_string(), socket: None, prefix })
    }

    /// The first TCP address in `SCANDOUBLE_LISTEN`, which a container sets for its server, or else its first Unix socket; the
    /// default address of `serve` if it is not set.
    pub(in crate::cli) fn from_environment() -> Result<Self, CommandError> {
        let listen = std::env::var("SCANDOUBLE_LISTEN").unwrap_or_default();
        if listen.is_empty() {
            return Self::parse("http://127.0.0.1:8080");
        }
        let listeners = listen.split(',').filter_map(|text| ListenAddress::parse(text.trim(), false).ok());
        let mut addresses = listeners.filter_map(|one| one.address.tcp());
        let socket = || listen.split(',').map(str::trim).find(|text| text.starts_with(UNIX));
        // Port 0 stands for a free port, which only the server knows.
        match (addresses.find(|address| address.port() != 0), socket()) {
            (Some(address), _) => Self::parse(&format!("http://{}", reachable(address))),
            (None, Some(socket)) => Self::parse(socket),
            (None, None) => Err(CommandError::Usage(format!(
                "SCANDOUBLE_LISTEN is {listen:?}, which has no address to connect to; name the server with --url"
            ))),
        }
    }

    /// The same server with this world in place of the one in the prefix, if any.
    pub(in crate::cli) fn with_world(mut self, world: &str) -> Self {
        self = self.without_world();
        self.prefix = format!("{}{WORLD_PREFIX}{}", self.prefix, path_segment(world));
        self
    }

    /// The same server without a world.
    pub(in crate::cli) fn without_world(mut self) -> Self {
        if let Some((before, _)) = self.prefix.rsplit_once(WORLD_PREFIX) {
            self.prefix.truncate(before.len());
        }
        self
    }

    /// The name of the world in the prefix, percent-encoded.
    pub(in crate::cli) fn world(&self) -> Option<&str> {
        self.prefix.rsplit_once(WORLD_PREFIX).map(|(_, world)| world)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<BaseUrl, String> {
        BaseUrl::parse(url).map_err(|error| match error {
            CommandError::Usage(message) | CommandError::Failed(message) => message,
        })
    }

    #[test]
    fn the_prefix_may_name_a_world() {
        for (url, world, prefix) in [
            ("http://127.0.0.1:8080", None, ""),
            ("127.0.0.1:8080/", None, ""),
            ("http://localhost", Some("t42"), "/_world/t42"),
            ("http://localhost/_world/a/", None, "/_world/a"),
            ("http://localhost/_world/a", Some("b"), "/_world/b"),
            ("http://localhost/mount", Some("b"), "/mount/_world/b"),
            ("http://localhost", Some("a b/.."), "/_world/a%20b%2F.."),
        ] {
            let base = parse(url).expect("a base URL");
            let base = world.map_or(base.clone(), |world| base.with_world(world));
            assert_eq!(base.prefix, prefix, "{url} {world:?}");
            assert!(base.without_world().world().is_none());
        }
        assert_eq!(parse("http://[::1]:81/").expect("a base URL").authority, "[::1]:81");
    }

    #[test]
    fn invalid_base_urls_are_refused() {
        assert!(parse("https://a").is_err_and(|message| message.contains("only http is supported")));
        assert!(parse("http://a:b").is_err());
        for url in ["http://", "http://user:p@a", "a b"] {
            assert!(parse(url).is_err_and(|message| message.contains("write it as http://")), "{url}");
        }
    }
}
