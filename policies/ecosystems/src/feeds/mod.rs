//! Evidence other projects publish: audit feeds of cargo-vet and advisories after the OSV schema, streamed entry by entry.
//!
//! A feed is read in bounded memory however long it is. What cannot be understood is dropped, counted and named; what
//! breaks off or is no document of its kind is an error that says where, and the caller keeps nothing of it.

pub mod cargo_vet;
mod dropped;
mod limits;
pub mod osv;

pub use dropped::{Drop, DropReason, Dropped};
