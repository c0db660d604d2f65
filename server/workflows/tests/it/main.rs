//! The workflows on both databases, with an index of their own and a clock that is turned by hand.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod actors;
mod audits;
mod catching_up;
mod deliveries;
mod elsewhere;
mod erasing;
mod first_start;
mod following;
mod imports;
mod index;
mod listings;
mod logs;
mod logs_elsewhere;
mod members;
mod memory;
mod moderating;
mod observing;
mod policies;
mod poor_weather;
#[path = "../../../storage/tests/storage/postgres.rs"]
mod postgres;
mod receiving;
mod scene;
mod statements;
mod world;
mod worlds;
