//! An activity that is to leave, and whom it is for.

use serde_json::Value;

use crate::actor::LocalActor;
use crate::inbox::Lane;

/// An activity of ours.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// Its id: an address on our origin, `BASE/activities/...`, that answers with its body when it is public.
    pub uri: String,
    /// Who says it.
    pub actor: LocalActor,
    /// Its type.
    pub kind: &'static str,
    /// The address of its object.
    pub object: String,
    /// The page of ours it is about (`/audits/...`), where its ledger is shown.
    pub about: String,
    /// The activity as it goes out.
    pub body: Value,
    /// What it passes.
    pub lane: Lane,
    /// Whether it stands in its actor's outbox.
    pub public: bool,
    /// Whom it goes to; an inbox that several name gets it once.
    pub to: Vec<Audience>,
}

/// Whom an activity goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// Everybody who follows this actor of ours, by shared inboxes where there are any.
    Followers(LocalActor),
    /// One actor of another server, by its row.
    Actor(i64),
}
