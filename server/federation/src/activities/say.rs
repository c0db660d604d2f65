//! What all activities of ours have in common: an id that their content decides, addressing, a place to queue from.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use vetmoot_workflows::Ctx;
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::delivery::{Audience, Outgoing};
use vetmoot_workflows::inbox::Lane;

use crate::objects;

/// Everybody (ActivityPub section 5.6).
pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// The id of an activity of ours, made of what it does: saying the same again has the same id, and nothing has to be
/// remembered to know it. `parts` begin with the verb and name something with a random id of its own.
pub fn activity_id(ctx: &Ctx, parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // Lengths keep `a, bc` from being `ab, c`.
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut id = ctx.base_url.join("/activities/");
    for byte in hash.finalize().iter().take(16) {
        // Writing to a String cannot fail.
        let _ = write!(id, "{byte:02x}");
    }
    id
}

/// The address of an actor of ours.
pub fn address(ctx: &Ctx, actor: &LocalActor) -> String {
    ctx.base_url.join(&actor.to_string())
}

/// The address of the collection of those who follow an actor of ours.
pub fn followers_of(ctx: &Ctx, actor: &LocalActor) -> String {
    ctx.base_url.join(&format!("{actor}/followers"))
}

/// An activity before it is addressed.
#[derive(Debug, Clone)]
pub struct Draft<'a> {
    /// Its type.
    pub kind: &'static str,
    /// Who says it.
    pub actor: &'a LocalActor,
    /// Its id.
    pub id: String,
    /// The object: an address, or embedded.
    pub object: Value,
    /// The page of ours it is about.
    pub about: &'a str,
    /// What it passes.
    pub lane: Lane,
}

/// A public activity as it goes out: to everybody, copied to the followers of its actor and to `cc`; delivered to
/// `audiences`. `published` is the moment of composing.
pub fn outgoing(ctx: &Ctx, draft: Draft<'_>, published: &str, cc: &[String], audiences: Vec<Audience>) -> Outgoing {
    let mut copies = vec![followers_of(ctx, draft.actor)];
    for other in cc {
        if !copies.contains(other) {
            copies.push(other.clone());
        }
    }
    let object = super::rules::id_of(&draft.object).unwrap_or_default().to_owned();
    let body = json!({
        "@context": objects::context(),
        "id": draft.id,
        "type": draft.kind,
        "actor": address(ctx, draft.actor),
        "published": published,
        "to": [PUBLIC],
        "cc": copies,
        "object": draft.object,
    });
    Outgoing {
        uri: draft.id,
        actor: draft.actor.clone(),
        kind: draft.kind,
        object,
        about: draft.about.to_owned(),
        body,
        lane: draft.lane,
        public: true,
        to: audiences,
    }
}

/// An activity to one actor alone, which no outbox shows.
pub fn private(ctx: &Ctx, draft: Draft<'_>, to: &str, row: i64) -> Outgoing {
    let object = super::rules::id_of(&draft.object).unwrap_or_default().to_owned();
    let body = json!({
        "@context": objects::context(),
        "id": draft.id,
        "type": draft.kind,
        "actor": address(ctx, draft.actor),
        "to": [to],
        "object": draft.object,
    });
    Outgoing {
        uri: draft.id,
        actor: draft.actor.clone(),
        kind: draft.kind,
        object,
        about: draft.about.to_owned(),
        body,
        lane: draft.lane,
        public: false,
        to: vec![Audience::Actor(row)],
    }
}
