//! Where the server listens.

mod address;
mod listener;

pub use self::address::{Address, ListenAddress};
pub(crate) use self::listener::Listener;
