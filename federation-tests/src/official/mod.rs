//! Stand-ins for the official indexes: they keep the rules real ones keep, count what they are sent, and misbehave on command.

pub mod cargo;
mod desk;
pub mod devpi;
pub mod npm;
pub mod pypi;
pub mod registry;

pub use cargo::OfficialCargo;
pub use desk::{Arrival, Desk, Point, Trouble};
pub use devpi::Devpi;
pub use npm::OfficialNpm;
pub use pypi::OfficialPypi;
pub use registry::HttpRegistry;

/// The token the stand-ins take.
pub const TOKEN: &str = "official-secret-token-0123456789";
