//! Communities together: in one process on one clock, as programs, and with peers that others wrote.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod addresses;
mod arrived;
mod audited;
mod candidates;
mod checker;
mod disturbed;
mod fedify;
mod following;
mod hostile;
mod logs;
mod mastodon;
mod pasture;
mod processes;
mod proofs;
mod slow;
mod tls;
pub mod world;
