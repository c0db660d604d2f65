//! The door for other servers: ActivityPub objects and activities, inbox, delivery, discovery.
//!
//! [`routes`] answers them, [`Network`] reaches them, [`workers`] send what waits and apply what came.

pub mod activities;
mod client;
mod collections;
mod compose;
mod delivery;
mod fetch;
mod inbox;
pub mod limits;
mod log;
mod network;
pub mod objects;
mod problem;
pub mod signature;
pub mod step;
pub mod well_known;
mod workers;

pub use client::Proxies;
pub use network::Network;
pub use workers::Workers;

use actix_web::guard::GuardContext;
use actix_web::web;

/// Adds every route for other servers alone.
pub fn routes(config: &mut web::ServiceConfig) {
    config.configure(well_known::routes).configure(inbox::routes).configure(log::routes).configure(collections::routes);
}

/// Adds the addresses that are pages and objects at once; `wanted` tells whether a request asks for the object.
pub fn shared_routes(config: &mut web::ServiceConfig, wanted: fn(&GuardContext<'_>) -> bool) {
    objects::routes(config, wanted);
}
