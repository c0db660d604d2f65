//! A package as a `Service` that passes on what concerns it.

use super::actor::ActorDocument;

/// A package shows nothing before the rest.
pub(super) fn dress(common: ActorDocument) -> ActorDocument {
    ActorDocument { featured: None, ..common }
}
