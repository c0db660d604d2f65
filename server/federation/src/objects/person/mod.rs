//! A member as a `Person`, whose posts are audits.

use super::actor::ActorDocument;

/// A member shows nothing before the rest.
pub(super) fn dress(common: ActorDocument) -> ActorDocument {
    ActorDocument { featured: None, ..common }
}
