//! By which ways the server is reached: TLS, as a proxy, at ports and prefixes of one API, by IPv6 and by Unix sockets.

mod listeners;
mod mounts;
mod program;
mod proxy;
pub mod secure;
mod tls;
