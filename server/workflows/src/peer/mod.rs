//! Other servers as the workflows know them: the port through which they are reached, and what is remembered of them.

mod budget;
mod keys;
mod known;
mod port;
mod signals;

pub use budget::Budgets;
pub use keys::{SigningKey, http_keys};
pub use known::{NewActor, gone, known, known_by_id, remember};
pub use port::{Freshness, HttpKey, KeyQuestion, NoPeers, Peers, RemoteActor};
pub use signals::Signals;
