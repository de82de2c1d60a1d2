//! Whom a request is for: an API that its listener, its host or its prefix names, or the one that its path belongs to.

use std::sync::Arc;

use axum::extract::Request;
use http::{Method, Version, header};

use super::connection::Way;
use super::hosts::{Hosts, host_of};
use super::mounts::Mount;
use super::tls::Tls;
use crate::vendors::Vendor;

/// By which ways a server is reached, beside its listeners.
#[derive(Debug)]
pub struct Ways {
    /// The hosts that it stands in for.
    pub hosts: Arc<Hosts>,
    /// The prefixes under which one API answers, the longest first.
    pub mounts: Vec<Mount>,
    /// Its own names and addresses, beside the loopback ones.
    pub names: Vec<String>,
    /// Its own ports.
    pub ports: Vec<u16>,
    /// Its certificates.
    pub tls: Tls,
}

/// The beginning of a request's path, taken apart.
pub(super) struct Start {
    /// The world that the path names, which need not exist.
    pub(super) world: Option<String>,
    /// The API whose prefix the path has.
    pub(super) mounted: Option<&'static Vendor>,
    /// How much of the path all that takes.
    pub(super) prefix_len: usize,
}

impl Ways {
    /// The host that a request asks a proxy for and that nobody answers for here.
    pub(super) fn foreign(&self, request: &Request) -> Option<String> {
        let is_connect = request.method() == Method::CONNECT;
        let Some(authority) = request.uri().authority() else {
            // A tunnel to nowhere.
            return is_connect.then(|| request.uri().to_string());
        };
        // In HTTP/2 every request says its authority; only in HTTP/1 does that mean a proxy.
        if !is_connect && request.version() >= Version::HTTP_2 {
            return None;
        }
        let host = host_of(authority.as_str());
        let known = self.hosts.find(host).is_some() || self.is_own(host, authority.port_u16());
        (!known).then(|| host.to_owned())
    }

    /// Whether `host` means this server itself.
    fn is_own(&self, host: &str, port: Option<u16>) -> bool {
        let address = host.parse::<std::net::IpAddr>().ok();
        let local = host.eq_ignore_ascii_case("localhost") || address.is_some_and(|ip| ip.is_loopback());
        // What else its machine is called is not known; addresses and short names with its port will be that.
        let likely = (address.is_some() || !host.contains('.')) && self.ports.contains(&port.unwrap_or(80));
        local || likely || self.names.iter().any(|name| name.eq_ignore_ascii_case(host))
    }

    /// The API that a request's way names: its listener's, or that of its prefix, its host or its tunnel.
    pub(super) fn api(&self, way: &Way, start: &Start, request: &Request) -> Option<&'static Vendor> {
        let host = || {
            let named = request.uri().authority().map(|authority| authority.as_str());
            let text = named.or_else(|| request.headers().get(header::HOST)?.to_str().ok())?;
            self.hosts.find(host_of(text))?
        };
        let tunnel = || self.hosts.find(way.tunnel.as_deref()?)?;
        way.api.or(start.mounted).or_else(host).or_else(tunnel)
    }

    /// The world and the mount that a path begins with, in either order.
    pub(super) fn start(&self, way: &Way, path: &str) -> Start {
        let (mut world, mut at) = world_of(path);
        // A listener of one API has that API at its root.
        let mounts = if way.api.is_none() { &self.mounts[..] } else { &[] };
        let mount = mounts.iter().find(|mount| mount.holds(&path[at..]));
        if let Some(mount) = mount {
            at += mount.prefix.len();
            if world.is_none() {
                let (inner, len) = world_of(&path[at..]);
                world = inner;
                at += len;
            }
        }
        Start { world: world.map(str::to_owned), mounted: mount.map(|mount| mount.api), prefix_len: at }
    }
}

/// The name of the world that a path begins with, if it does, and how much of the path that takes.
fn world_of(path: &str) -> (Option<&str>, usize) {
    const WORLD: &str = "/_world/";
    let Some(rest) = path.strip_prefix(WORLD) else { return (None, 0) };
    let name = rest.split('/').next().unwrap_or_default();
    (Some(name), WORLD.len() + name.len())
}
