//! Rows and blobs: the only crate that says SQL or touches stored bytes.
//!
//! One topic a module, free functions in each: what only reads takes anything that [`Reads`] (the pool, or a transaction
//! that wants to see its own writes), what writes takes the one transaction [`Tx`]. Entities and SQL stay inside; what
//! comes out are rows made of the domain's words. Times come in as parameters.

pub mod advisories;
pub mod artifacts;
pub mod audits;
pub mod backup;
pub mod blobs;
mod config;
mod error;
pub mod events;
pub mod evidence;
pub mod federation;
pub mod imports;
pub mod incidents;
pub mod limits;
pub mod listed;
pub mod listings;
pub mod observed;
pub mod packages;
pub mod policies;
pub mod proposals;
mod reads;
pub mod sessions;
pub mod settings;
pub mod sign_in_links;
mod sql;
mod store;
pub mod submission;
pub mod tokens;
pub mod users;

pub use blobs::{BlobError, BlobStore, BlobWriter, Hashes, OpenBlob, Stored};
pub use config::StoreConfig;
pub use error::StoreError;
pub use reads::{Reader, Reads, Tx};
pub use store::{Health, Store};
