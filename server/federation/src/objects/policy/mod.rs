//! A policy as a `Service` whose posts are its revisions; its newest one stands first.

use super::actor::ActorDocument;

/// A policy shows its newest revision first: `featured` holds its note.
pub(super) fn dress(common: ActorDocument) -> ActorDocument {
    common
}
