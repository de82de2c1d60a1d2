//! Connections: how many there may be, what travels on them, and when they end.

mod activity;
mod context;
mod limit;
mod serve;
mod stream;

pub(super) use self::activity::InFlight;
pub(super) use self::context::{ConnectionContext, TunnelRequest};
pub(super) use self::limit::ConnectionLimit;
pub(super) use self::serve::serve;
pub(super) use self::stream::ConnectionStream;
