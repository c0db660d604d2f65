//! `Move`: an actor this community follows goes on under another address. Both ends have to say so.

use activitypub_federation::config::Data;
use activitypub_federation::protocol::helpers::{deserialize_one, deserialize_one_or_many};
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use serde::Deserialize;
use url::Url;
use vetmoot_workflows::inbox::Outcome;
use vetmoot_workflows::peer::Freshness;

use super::hear::{Heard, outcome_of, refused};
use super::{Reference, origin_of, records, rules};

/// The wire form.
#[derive(Debug, Clone, Deserialize)]
pub struct Move {
    /// Who moves: the actor itself.
    #[serde(deserialize_with = "deserialize_one")]
    pub object: [Reference; 1],
    /// Where to.
    #[serde(deserialize_with = "deserialize_one")]
    pub target: [Reference; 1],
}

/// What the new actor says it is also known as.
#[derive(Debug, Deserialize)]
struct Known {
    #[serde(default, rename = "alsoKnownAs", deserialize_with = "deserialize_one_or_many")]
    also_known_as: Vec<Url>,
}

#[async_trait]
impl Activity for Heard<Move> {
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
        let [target] = &self.said.target;
        if object.id.as_ref() != Some(&self.actor) {
            return Err(refused("not-yours", "only an actor itself can say that it moved"));
        }
        let target = target.id.as_ref().ok_or_else(|| refused("no-target", "the Move does not say where to"))?;
        match origin_of(target) {
            Some(_) if rules::is_ours(&self.ctx, target) => {
                Err(refused("our-own", "nobody moves into an actor of this instance"))
            }
            Some(origin) if !self.ctx.moderation.permits(&origin, Some(target.as_str())) => {
                Err(refused("blocked", "this instance does not speak with the actor it moves to"))
            }
            Some(_) => Ok(()),
            None => Err(refused("no-origin", "the target is no address of the web")),
        }
    }

    async fn receive(self, _data: &Data<()>) -> Result<(), Outcome> {
        // Asked first, because otherwise anybody could make this instance fetch an address of their choice.
        if !records::is_followed(&self.ctx, &self.actor).await? {
            return Err(Outcome::AlreadySeen);
        }
        let [target] = &self.said.target;
        let target = target.id.as_ref().ok_or_else(|| refused("no-target", "the Move does not say where to"))?;
        let new = self.ctx.peers.actor(&self.ctx, target.as_str(), Freshness::Now).await.map_err(outcome_of)?;
        let known = Known::deserialize(&new.document).map(|known| known.also_known_as).unwrap_or_default();
        if !known.contains(&self.actor) {
            return Err(refused("not-also-known", "the new actor does not say that it is also known as the old one"));
        }
        records::moved(&self.ctx, &self.actor, &new).await
    }
}
