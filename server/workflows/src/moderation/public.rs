//! What everybody may see of the moderation: mode, decisions in force with their reasons, and what was decided before.

use vetmoot_domain::Timestamp;
use vetmoot_domain::event::Topic;
use vetmoot_storage::events::{self, EventRow};
use vetmoot_storage::federation::moderation::{self, ModerationRow};

use super::lists::{Mode, mode};
use crate::ctx::Ctx;
use crate::limits::{EVENTS_LOOKED_AT_MAX, MODERATION_SHOWN_MAX};
use crate::problem::Problem;

/// The moderation as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Public {
    /// With whom this instance speaks.
    pub mode: Mode,
    /// Decisions in force, by subject.
    pub decisions: Vec<ModerationRow>,
    /// What was decided before, newest first.
    pub history: Vec<Shown>,
}

/// One decision of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The host or actor; empty for a change of the mode.
    pub subject: String,
    /// `block`, `allow`, `undone`, or the mode.
    pub verdict: String,
    /// What followed from it, as counts.
    pub counts: String,
    /// By whom.
    pub by: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// What everybody may see.
pub async fn public(ctx: &Ctx) -> Result<Public, Problem> {
    let reader = ctx.store.read();
    let events = events::latest(&reader, None, EVENTS_LOOKED_AT_MAX).await?;
    let decided = events.into_iter().filter(|event| event.topic == Topic::ModerationDecided);
    Ok(Public {
        mode: mode(ctx),
        decisions: moderation::all(&reader).await?,
        history: decided.take(MODERATION_SHOWN_MAX).map(shown).collect(),
    })
}

fn shown(event: EventRow) -> Shown {
    let mut words = event.subject.into_iter();
    let mut next = || words.next().unwrap_or_default();
    Shown { subject: next(), verdict: next(), counts: next(), by: event.actor, at: event.at }
}
