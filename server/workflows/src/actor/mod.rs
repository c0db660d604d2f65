//! Actors of this instance: who can be followed and who speaks, each made when first asked for.

mod budget;
mod collections;
mod find;
mod keys;
pub mod local;
mod organisation;
mod rotate;
mod show;

pub use budget::Budget;
pub(crate) use budget::{Bucket, network};
pub use collections::{Said, followers_count, following, said, said_count};
pub(crate) use find::{Claimant, free};
pub use find::{by_name, exists, look_up};
pub(crate) use keys::blocking;
pub use keys::{ActorKeys, HttpKeyOwner, StatementKey, http_key, keys_of};
pub use local::LocalActor;
pub use organisation::{handle_of as organisation_handle, members_of};
pub use rotate::{Rotated, rotate};
pub use show::{About, Counts, Value, about, counts, page_of};
