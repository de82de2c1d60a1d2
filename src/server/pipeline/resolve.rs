//! Resolve: which world and which vendor API a request is for.

use std::sync::Arc;

use axum::extract::Request;
use http::Method;

use super::browser;
use crate::server::App;
use crate::server::connections::ConnectionContext;
use crate::server::routing::PathPrefix;
use crate::vendors::Vendor;
use crate::worlds::{NoWorld, State, Worlds};
use crate::{admin, vendors};

/// What a request is for.
pub(super) enum Destination {
    /// A vendor API, or a path or host that belongs to none.
    Vendor(Target),
    /// The admin API.
    Admin(PathPrefix),
    /// The root of the server or of a world, opened in a browser.
    Root,
    /// A tunnel to this host.
    Tunnel(String),
    /// A world that does not exist and cannot be created.
    NoWorld(MissingWorld),
}

/// The world and the vendor API of a request.
pub(super) struct Target {
    pub(super) state: Arc<State>,
    pub(super) vendor: Option<&'static Vendor>,
    /// The host of a proxy request that the server does not answer for.
    pub(super) foreign_host: Option<String>,
    /// How many bytes of the path precede the vendor's own path.
    pub(super) prefix_len: usize,
    /// Whether the journal records the request.
    pub(super) is_recorded: bool,
}

/// A request for a world that cannot be created.
pub(super) struct MissingWorld {
    pub(super) reason: NoWorld,
    pub(super) vendor: Option<&'static Vendor>,
    pub(super) prefix_len: usize,
}

/// Resolves a request by its listener, host, path and credential. A world that the path names is created on first use.
pub(super) fn resolve(app: &App, connection: &ConnectionContext, request: &Request) -> Destination {
    let foreign_host = app.routing.foreign_host(request);
    // A CONNECT names a host and a port instead of a path, so it is resolved before anything that reads the path.
    if foreign_host.is_none() && request.method() == Method::CONNECT {
        let host = request.uri().host().map(|host| host.trim_matches(['[', ']']).to_owned());
        return Destination::Tunnel(host.unwrap_or_default());
    }
    let path = request.uri().path();
    let prefix = app.routing.path_prefix(connection, path);
    let rest = &path[prefix.len..];
    if foreign_host.is_none() && (rest == admin::PREFIX || rest.starts_with(admin::ROOT)) {
        return Destination::Admin(prefix);
    }
    let vendor = match foreign_host {
        Some(_) => None,
        // A listener, mount or host names the API. Only without one does the path decide.
        None => app.routing.api(connection, &prefix, request).or_else(|| vendors::owner(rest)),
    };
    if vendor.is_none() && foreign_host.is_none() && browser::opens_root(request, rest) {
        return Destination::Root;
    }
    let prefix_len = prefix.len;
    // A request to a host that the server does not answer for shows a mistake in the configuration of the client.
    let is_recorded = foreign_host.is_some() || !is_look(request.method(), vendor, rest);
    let state = match &prefix.world {
        // Opening a page must not create a world.
        Some(name) if !is_recorded => app.worlds.view(name).map(|world| world.state()),
        _ => state_for(&app.worlds, vendor, &prefix, request),
    };
    match state {
        Ok(state) => Destination::Vendor(Target { state, vendor, foreign_host, prefix_len, is_recorded }),
        Err(reason) => Destination::NoWorld(MissingWorld { reason, vendor, prefix_len }),
    }
}

/// Whether a browser sent the request by itself or only to open a page. Such a request creates no world and is not recorded.
/// A browser asks for an icon by itself, also on the listener of one API.
fn is_look(method: &Method, vendor: Option<&'static Vendor>, path: &str) -> bool {
    let is_page = vendor.is_none() && matches!(path, "" | "/");
    matches!(*method, Method::GET | Method::HEAD) && (is_page || path == "/favicon.ico")
}

/// The state of the world that the path names, else of the one that claims the request's credential, else of the default
/// one.
fn state_for(
    worlds: &Worlds,
    vendor: Option<&'static Vendor>,
    prefix: &PathPrefix,
    request: &Request,
) -> Result<Arc<State>, NoWorld> {
    if let Some(name) = &prefix.world {
        return worlds.get_or_create(name).map(|(world, _)| world.state());
    }
    // Few servers have such credentials, so that most requests need not be searched for one.
    let claimed = vendor.filter(|_| worlds.has_claims()).and_then(|vendor| {
        let credential = (vendor.auth.credential)(request.headers())?;
        worlds.of_credential(vendor.name, &credential).map(|(_, state)| state)
    });
    Ok(claimed.unwrap_or_else(|| worlds.default_world().state()))
}
