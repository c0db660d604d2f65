//! What is said and understood: two instances on one clock, without a network between them.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod applying;
mod candidates;
mod composing;
mod delivering;
mod discovery;
mod elsewhere;
mod fetching;
mod fixtures;
mod hostile;
mod inbox;
#[path = "../../../workflows/tests/it/index.rs"]
#[expect(dead_code, reason = "the index serves more tests than these")]
mod index;
mod pair;
#[path = "../../../storage/tests/storage/postgres.rs"]
mod postgres;
mod receiving;
mod serving;
mod signatures;
#[path = "../../../workflows/tests/it/world.rs"]
#[expect(dead_code, reason = "the world serves more tests than these")]
mod world;
