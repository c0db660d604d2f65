//! What leaves: activities made of events, queued per host, with a ledger row each.

mod outgoing;

pub use outgoing::{Audience, Outgoing};
