//! A body members count for as an `Organization`.

use super::actor::ActorDocument;

/// An organisation shows nothing before the rest.
pub(super) fn dress(common: ActorDocument) -> ActorDocument {
    ActorDocument { featured: None, ..common }
}
