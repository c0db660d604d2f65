//! The workflows on both databases, with an index of their own and a clock that is turned by hand.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod audits;
mod first_start;
mod imports;
mod index;
mod listings;
mod members;
mod memory;
mod observing;
mod policies;
mod poor_weather;
#[path = "../../../storage/tests/storage/postgres.rs"]
mod postgres;
mod statements;
mod world;
mod worlds;
