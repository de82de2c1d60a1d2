//! Which vendor API and which world a request is for: by its listener, host, path prefix or tunnel.

pub(in crate::server) mod hosts;
mod mounts;

use std::sync::Arc;

use axum::extract::Request;
use http::{Method, Version, header};

use self::hosts::host_of;
use super::connections::ConnectionContext;
use super::tls::Tls;
use crate::vendors::Vendor;

pub(crate) use self::hosts::{Hosts, parse_host};
pub use self::mounts::Mount;

/// How requests reach a server, apart from its listeners.
#[derive(Debug)]
pub(crate) struct Routing {
    /// The hosts that the server answers for.
    pub hosts: Arc<Hosts>,
    /// The mounted APIs, the longest prefix first.
    pub mounts: Vec<Mount>,
    /// The server's own names and addresses, without the loopback ones.
    pub names: Vec<String>,
    /// The ports that the server listens on.
    pub ports: Vec<u16>,
    /// The server's certificates.
    pub tls: Tls,
}

/// What precedes a vendor's own path in a request's path.
pub(super) struct PathPrefix {
    /// The name of a world, which need not exist.
    pub(super) world: Option<String>,
    /// The API that is mounted there.
    pub(super) mounted: Option<&'static Vendor>,
    /// The length of the whole prefix in bytes.
    pub(super) len: usize,
}

impl Routing {
    /// The host that a proxy request is for, if the server does not answer for that host.
    pub(super) fn foreign_host(&self, request: &Request) -> Option<String> {
        let is_connect = request.method() == Method::CONNECT;
        let Some(authority) = request.uri().authority() else {
            // A CONNECT without an authority names no host at all.
            return is_connect.then(|| request.uri().to_string());
        };
        // Every HTTP/2 request has an authority; only in HTTP/1 does it mean that the client uses a proxy.
        if !is_connect && request.version() >= Version::HTTP_2 {
            return None;
        }
        let host = host_of(authority.as_str());
        // A client that uses the server as its proxy for all URLs also sends requests to the server itself this way.
        let known = self.hosts.find(host).is_some() || self.is_own(host, authority.port_u16());
        (!known).then(|| host.to_owned())
    }

    /// Whether `host` is this server itself.
    fn is_own(&self, host: &str, port: Option<u16>) -> bool {
        let address = host.parse::<std::net::IpAddr>().ok();
        let local = host.eq_ignore_ascii_case("localhost") || address.is_some_and(|ip| ip.is_loopback());
        // The machine may have names and addresses that are not configured. An address or a short name with one of the
        // server's ports is most likely one of them.
        let likely = (address.is_some() || !host.contains('.')) && self.ports.contains(&port.unwrap_or(80));
        local || likely || self.names.iter().any(|name| name.eq_ignore_ascii_case(host))
    }

    /// The API that is named by a request's listener, mount, host or tunnel, in this order.
    pub(super) fn api(
        &self,
        connection: &ConnectionContext,
        prefix: &PathPrefix,
        request: &Request,
    ) -> Option<&'static Vendor> {
        let by_host = || {
            let authority = request.uri().authority().map(|authority| authority.as_str());
            let host = authority.or_else(|| request.headers().get(header::HOST)?.to_str().ok())?;
            self.hosts.find(host_of(host))?
        };
        let by_tunnel = || self.hosts.find(connection.tunnel.as_deref()?)?;
        connection.api.or(prefix.mounted).or_else(by_host).or_else(by_tunnel)
    }

    /// The world and the mount that a path begins with, in either order.
    pub(super) fn path_prefix(&self, connection: &ConnectionContext, path: &str) -> PathPrefix {
        let (mut world, mut len) = world_of(path);
        // A listener of one API serves it at the root.
        let mounts = if connection.api.is_none() { &self.mounts[..] } else { &[] };
        let mount = mounts.iter().find(|mount| mount.contains(&path[len..]));
        if let Some(mount) = mount {
            len += mount.prefix.len();
            if world.is_none() {
                let (inner, inner_len) = world_of(&path[len..]);
                world = inner;
                len += inner_len;
            }
        }
        PathPrefix { world: world.map(str::to_owned), mounted: mount.map(|mount| mount.api), len }
    }
}

/// The name of the world that a path begins with, if it does, and the length of that prefix.
fn world_of(path: &str) -> (Option<&str>, usize) {
    const WORLD: &str = "/_world/";
    let Some(rest) = path.strip_prefix(WORLD) else { return (None, 0) };
    let name = rest.split('/').next().unwrap_or_default();
    (Some(name), WORLD.len() + name.len())
}
