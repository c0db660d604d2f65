//! Sending what waits, host by host: each host has a queue of its own, and none waits for another.
//!
//! [`sender`] decides who is next, [`batch`] sends to one host in order, [`post`] makes one signed request of it and
//! [`verdict`] says what the answer means. Nothing is remembered here that is not on disk: what was sent and not yet
//! written down is sent again after a crash.

mod batch;
mod post;
mod sender;
#[cfg(test)]
mod tests;
mod verdict;

pub(crate) use sender::Sender;
