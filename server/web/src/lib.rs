//! The doors for people and package managers.

pub mod api;
mod client;
pub mod limits;
pub mod pages;
pub mod problem;
pub mod publish;
pub mod registry;
mod session;

pub use pages::{About, Pages};
