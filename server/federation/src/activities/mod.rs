//! THE LIST of activities this server understands and says, one folder each.
//!
//! A folder holds the activity's wire form, what has to be true before it is believed ([`Activity::verify`]), what it
//! changes here ([`Activity::receive`]), how it is said, and fixtures of both. What is not on the list is counted.
//!
//! [`Activity::verify`]: activitypub_federation::traits::Activity::verify
//! [`Activity::receive`]: activitypub_federation::traits::Activity::receive

pub mod accept;
pub mod announce;
pub mod block;
pub mod create;
pub mod delete;
pub mod follow;
mod hear;
pub mod like;
pub mod r#move;
pub mod quote_request;
mod records;
mod reference;
pub mod reject;
mod rules;
mod say;
#[cfg(test)]
mod tests;
pub mod undo;
pub mod update;

use vetmoot_workflows::Ctx;
use vetmoot_workflows::inbox::{Outcome, Received};

pub use hear::Heard;
pub use reference::Reference;
pub use rules::{origin_of, same_origin};
pub use say::{Draft, PUBLIC, activity_id, address};

/// Writes THE LIST down once: the types it names, and the way to each folder.
macro_rules! list {
    ($($kind:literal => $folder:ident::$said:ident,)*) => {
        /// The types of THE LIST, as docs/FEDERATION.md names them.
        pub const KINDS: &[&str] = &[$($kind),*];

        /// Applies one verified activity: by its type to its folder. An unknown type is a value, not an error.
        pub async fn receive(ctx: &Ctx, item: &Received) -> Outcome {
            match item.kind.as_str() {
                $($kind => Box::pin(hear::hear::<$folder::$said>(ctx, item)).await,)*
                other => Outcome::Unknown { kind: rules::shortened(other) },
            }
        }
    };
}

list! {
    "Follow" => follow::Follow,
    "Accept" => accept::Accept,
    "Reject" => reject::Reject,
    "Undo" => undo::Undo,
    "Create" => create::Create,
    "Update" => update::Update,
    "Delete" => delete::Delete,
    "Announce" => announce::Announce,
    "Like" => like::Like,
    "Block" => block::Block,
    "Move" => r#move::Move,
    "QuoteRequest" => quote_request::QuoteRequest,
}
