//! Independent peers: servers and tools written by others, and one that does what Mastodon's source says it does.

pub mod authority;
pub mod checker;
pub mod crowd;
pub mod fedify;
pub mod mastodon;
pub mod pasture;
pub mod stranger;
