//! What the request pipeline knows about the connection that a request arrived on.

use std::sync::Arc;

use hyper::upgrade::OnUpgrade;
use tokio::sync::watch;

use super::activity::{Activity, InFlight};
use super::limit::ConnectionPermit;
use super::stream::{ClientSide, ConnectionStream, ResetHandle, WriteProgress};
use crate::server::Lifecycle;
use crate::server::limits::TransportLimits;
use crate::server::listeners::ListenAddress;
use crate::vendors::Vendor;

/// The connection, or the tunnel inside it, that requests arrive on.
#[derive(Clone, Debug)]
pub(in crate::server) struct ConnectionContext {
    /// The only API of the listener, if it has one.
    pub(in crate::server) api: Option<&'static Vendor>,
    /// The host that the tunnel leads to.
    pub(in crate::server) tunnel: Option<String>,
    /// Resets the connection.
    pub(in crate::server) reset: ResetHandle,
    pub(in crate::server) client: ClientSide,
    pub(in crate::server) lifecycle: watch::Receiver<Lifecycle>,
    pub(in crate::server) activity: Arc<Activity>,
    pub(in crate::server) permit: Arc<ConnectionPermit>,
    pub(super) limits: TransportLimits,
    writes: Arc<WriteProgress>,
    /// Keeps the connection around a tunnel from being idle.
    _around: Option<Arc<InFlight>>,
}

/// Marks the response to a CONNECT: the connection becomes a tunnel to `host` once the response is sent.
#[derive(Clone, Debug)]
pub(in crate::server) struct TunnelRequest {
    /// A host that the server answers for.
    pub(in crate::server) host: String,
    pub(in crate::server) upgrade: OnUpgrade,
}

impl ConnectionContext {
    pub(super) fn new(
        address: &ListenAddress,
        stream: &ConnectionStream,
        permit: ConnectionPermit,
        limits: TransportLimits,
        lifecycle: watch::Receiver<Lifecycle>,
    ) -> Self {
        let (limits, writes) = (permit.limits(limits), stream.writes());
        Self {
            api: address.api,
            tunnel: None,
            reset: stream.reset_handle(),
            client: stream.client_side(),
            lifecycle,
            activity: Activity::new(writes.clone(), limits),
            permit: Arc::new(permit),
            limits,
            writes,
            _around: None,
        }
    }

    /// The context of requests inside a tunnel to `host` through this connection.
    pub(super) fn tunnelled(&self, host: String) -> Self {
        Self {
            tunnel: Some(host),
            // The tunnel has timeouts of its own, but it is blocked when the connection around it is.
            activity: Activity::new(self.writes.clone(), self.limits),
            _around: Some(Arc::new(self.activity.begin())),
            ..self.clone()
        }
    }
}
