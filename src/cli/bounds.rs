//! The flags that limit what clients can use: time, connections, memory for bodies.

use clap::Args;

use crate::server::{ByteLimit, MaxCount, Timeout, TransportLimits};

#[derive(Debug, Args)]
pub(super) struct BoundsArgs {
    /// Close a connection when the head of a request takes longer to arrive; `off` disables this and the following
    /// timeouts. Timeouts use real time, not a world's clock
    #[arg(long, value_name = "TIME", env = "SCANDOUBLE_HEADER_TIMEOUT")]
    #[arg(default_value = "30s")]
    header_timeout: Timeout,

    /// Close a connection when its TLS handshake takes longer
    #[arg(long, value_name = "TIME", env = "SCANDOUBLE_HANDSHAKE_TIMEOUT")]
    #[arg(default_value = "10s")]
    handshake_timeout: Timeout,

    /// Refuse a request with 408 when nothing more of its body has arrived for this long
    #[arg(long, value_name = "TIME", env = "SCANDOUBLE_BODY_TIMEOUT")]
    #[arg(default_value = "30s")]
    body_timeout: Timeout,

    /// Close an idle connection when no request has arrived for this long
    #[arg(long, value_name = "TIME", env = "SCANDOUBLE_IDLE_TIMEOUT")]
    #[arg(default_value = "2m")]
    idle_timeout: Timeout,

    /// Reset a connection whose client has read nothing of its answer for this long; injected latencies and trickles do
    /// not count
    #[arg(long, value_name = "TIME", env = "SCANDOUBLE_WRITE_TIMEOUT")]
    #[arg(default_value = "30s")]
    write_timeout: Timeout,

    /// Serve at most this many connections at a time, or fewer if the system allows fewer open files. Beyond that, a small
    /// reserve serves the admin API, and all other requests get 503
    #[arg(long, value_name = "COUNT", env = "SCANDOUBLE_MAX_CONNECTIONS")]
    #[arg(default_value = "4000")]
    max_connections: MaxCount,

    /// Hold at most this many bytes of bodies in memory at a time, for example 256MiB; requests beyond get 503
    #[arg(long, value_name = "SIZE", env = "SCANDOUBLE_MAX_BODY_MEMORY")]
    #[arg(default_value = "256MiB")]
    max_body_memory: ByteLimit,
}

impl BoundsArgs {
    pub(super) fn limits(&self) -> TransportLimits {
        TransportLimits {
            header_timeout: self.header_timeout,
            handshake_timeout: self.handshake_timeout,
            body_timeout: self.body_timeout,
            idle_timeout: self.idle_timeout,
            write_timeout: self.write_timeout,
            max_connections: self.max_connections,
            max_body_memory: self.max_body_memory,
        }
    }
}
