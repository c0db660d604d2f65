//! Temporary.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

#[path = "it/delivering.rs"]
mod delivering;
#[path = "../../workflows/tests/it/index.rs"]
#[expect(dead_code, reason = "the index serves more tests than these")]
mod index;
#[path = "../../storage/tests/storage/postgres.rs"]
mod postgres;
#[path = "../../workflows/tests/it/world.rs"]
#[expect(dead_code, reason = "the world serves more tests than these")]
mod world;
