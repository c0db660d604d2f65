//! `Delete`: an actor is gone, or a post of its own; an erased statement comes as a Tombstone with its erasure record.

use activitypub_federation::config::Data;
use activitypub_federation::protocol::helpers::deserialize_one;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use serde::Deserialize;
use url::Url;
use vetmoot_workflows::Ctx;
use vetmoot_workflows::delivery::{Audience, Outgoing};
use vetmoot_workflows::follow::followers;
use vetmoot_workflows::inbox::Outcome;
use vetmoot_workflows::peer;

use super::hear::{Heard, outcome_of, refused};
use super::say::{self, Draft};
use super::{Reference, records, rules, same_origin};

/// The wire form.
#[derive(Debug, Clone, Deserialize)]
pub struct Delete {
    /// What is gone: its id, or a Tombstone.
    #[serde(deserialize_with = "deserialize_one")]
    pub object: [Reference; 1],
}

#[async_trait]
impl Activity for Heard<Delete> {
    type DataType = ();
    type Error = Outcome;

    fn id(&self) -> &Url {
        &self.id
    }

    fn actor(&self) -> &Url {
        &self.actor
    }

    async fn verify(&self, _data: &Data<()>) -> Result<(), Outcome> {
        let [object] = &self.said.object;
        let id = object.id.as_ref().ok_or_else(|| refused("no-object", "the Delete does not say of what"))?;
        if rules::is_ours(&self.ctx, id) {
            return Err(refused("our-own", "what others send never changes an object of this instance"));
        }
        if !same_origin(id, &self.actor) {
            return Err(refused("other-origin", "what is deleted is not on its actor's origin"));
        }
        if object.inner("attributedTo").is_some_and(|owner| owner != self.actor) {
            return Err(refused("not-yours", "the object is attributed to somebody else than the activity's actor"));
        }
        Ok(())
    }

    async fn receive(self, _data: &Data<()>) -> Result<(), Outcome> {
        let [object] = &self.said.object;
        if object.id.as_ref() == Some(&self.actor) {
            // Nothing is asked of its server: it is gone, and most of those who go were never known here.
            let followed = followers::gone(&self.ctx, self.actor.as_str()).await.map_err(outcome_of)?;
            let following = records::lost(&self.ctx, &self.actor).await?;
            if let Some(known) = peer::known(&self.ctx, self.actor.as_str()).await.map_err(outcome_of)?
                && known.gone_at.is_none()
            {
                peer::gone(&self.ctx, self.actor.as_str()).await.map_err(outcome_of)?;
            }
            return if followed || following { Ok(()) } else { Err(Outcome::AlreadySeen) };
        }
        let found = object.embedded.as_ref().map(records::in_object).unwrap_or_default();
        if found.is_empty() {
            // A plain post: none was kept, so there is none to take away. A statement ends by its own signed record,
            // because a Delete can be lost and proves nothing to a third party.
            return Err(Outcome::AlreadySeen);
        }
        records::take(&self.ctx, found).await
    }
}

/// Says that a post of ours is gone; its Tombstone carries the erasure's record.
pub fn say(ctx: &Ctx, draft: Draft<'_>, published: &str, cc: &[String], audiences: Vec<Audience>) -> Outgoing {
    say::outgoing(ctx, Draft { kind: "Delete", ..draft }, published, cc, audiences)
}
