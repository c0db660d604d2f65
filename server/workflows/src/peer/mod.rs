//! Other servers as the workflows know them: the port through which they are reached, and what is remembered of them.

mod port;
mod signals;

pub use port::{Freshness, HttpKey, NoPeers, Peers, RemoteActor};
pub use signals::Signals;
