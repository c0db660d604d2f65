//! The only door to addresses that somebody else named: one hardened client with allow-lists, address checks at
//! connect time, and bounds on size, time and redirects.
//!
//! Nothing a visitor or a package manager sent (headers, credentials, cookies) can be put into a request here, and no
//! proxy of the environment is used. An [`AllowList`] says where a request may go, an [`Outbound`] goes there.

mod address;
mod allow;
mod answer;
mod body;
mod client;
mod config;
mod error;
mod gunzip;
mod hosts;
pub mod limits;
mod names;
mod origin;
mod request;
#[cfg(test)]
mod tests;
mod upload;

pub use address::is_public;
pub use allow::{AllowList, Refused};
pub use answer::{Answer, Meta};
pub use body::Body;
pub use client::Outbound;
pub use config::{BuildError, Names, OutboundConfig};
pub use error::FetchError;
pub use origin::Origin;
pub use request::{Method, Payload, Request};
pub use upload::{Authorization, SourceError, Upload, Verb};
