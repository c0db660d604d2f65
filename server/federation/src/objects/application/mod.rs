//! The instance as an `Application`, which signs what the server asks of others for itself.

use super::actor::{ActorDocument, Implemented};

/// The instance is no account to follow, and says itself what it implements.
pub(super) fn dress(common: ActorDocument) -> ActorDocument {
    ActorDocument {
        featured: None,
        discoverable: false,
        indexable: false,
        generator: None,
        implements: implemented(),
        ..common
    }
}

/// What this software implements beyond what every server does (FEP-844e).
pub(super) fn implemented() -> Vec<Implemented> {
    let known = [
        ("https://datatracker.ietf.org/doc/html/rfc9421", "RFC-9421: HTTP Message Signatures"),
        (
            "https://datatracker.ietf.org/doc/html/rfc9421#name-eddsa-using-curve-edwards255",
            "RFC-9421 signatures using the Ed25519 algorithm",
        ),
    ];
    known.map(|(href, name)| Implemented { href: href.to_owned(), name: name.to_owned() }).into()
}
