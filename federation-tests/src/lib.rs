//! Instances under test: real package managers, real upstreams, a real browser and a real database.
//!
//! Everything here starts something on a loopback port and ends it when dropped. Nothing waits for a while: it waits for
//! an answer, with a bound.

pub mod accept;
pub mod bench;
pub mod browser;
pub mod clients;
pub mod fediverse;
pub mod front;
pub mod http;
pub mod instance;
pub mod issuer;
pub mod limits;
pub mod official;
pub mod packages;
pub mod partners;
pub mod ports;
pub mod postgres;
pub mod process;
pub mod scratch;
pub mod upstream;
