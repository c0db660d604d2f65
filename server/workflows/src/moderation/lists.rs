//! The lists in memory, as every message in and out asks for them.

/// What the moderation of this instance says at present.
#[derive(Debug, Default)]
pub struct Lists {}

impl Lists {
    /// Whether this instance speaks with an origin (`https://vet.example.org`), and there with this actor.
    pub fn permits(&self, _origin: &str, _actor: Option<&str>) -> bool {
        true
    }
}
