//! The store on both databases: every test here runs on SQLite and on PostgreSQL.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod artifacts;
mod audits;
mod backup;
mod blobs;
mod deliveries;
mod evidence;
mod full_disk;
mod imports;
mod inbox;
mod journal;
mod logs;
mod members;
mod packages;
mod policies;
mod postgres;
mod proposals;
mod publishers;
mod service_actors;
mod store;
mod submission;
mod world;
