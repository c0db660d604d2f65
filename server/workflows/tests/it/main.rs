//! The workflows on both databases, with an index of their own and a clock that is turned by hand.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod actors;
mod advisories;
mod audits;
mod catching_up;
mod checking;
mod deliveries;
mod differing;
mod elsewhere;
mod erasing;
mod first_start;
mod following;
mod handing_in;
mod identities;
mod imports;
mod index;
mod listings;
mod logs;
mod logs_elsewhere;
mod members;
mod memory;
mod moderating;
mod moving;
mod observing;
mod own_home;
mod policies;
mod poor_weather;
#[path = "../../../storage/tests/storage/postgres.rs"]
mod postgres;
mod preflight;
mod projects;
mod receiving;
mod releasing;
mod scene;
mod signing;
mod staged;
mod staging;
mod statements;
mod vetting;
mod world;
mod worlds;
