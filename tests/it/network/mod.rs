//! How the server is reached: TLS, proxy, listeners and path prefixes of single APIs, IPv6 and Unix sockets.

mod listeners;
mod mounts;
mod program;
mod proxy;
mod tls;
