//! Actors of this instance: who can be followed and who speaks, each made when first asked for.

pub mod local;

pub use local::LocalActor;
