//! `Update`: an actor says something else of itself, or a post of its own now shows more: that it is withdrawn.

use activitypub_federation::config::Data;
use activitypub_federation::protocol::helpers::deserialize_one;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use serde::Deserialize;
use url::Url;
use vetmoot_workflows::Ctx;
use vetmoot_workflows::delivery::{Audience, Outgoing};
use vetmoot_workflows::inbox::Outcome;
use vetmoot_workflows::peer::Freshness;

use super::hear::{Heard, outcome_of, refused, unknown};
use super::say::{self, Draft};
use super::{Reference, records, rules};

/// The wire form.
#[derive(Debug, Clone, Deserialize)]
pub struct Update {
    /// What changed: the actor itself, or an object of its own.
    #[serde(deserialize_with = "deserialize_one")]
    pub object: [Reference; 1],
}

#[async_trait]
impl Activity for Heard<Update> {
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
        let id = object.id.as_ref().ok_or_else(|| refused("no-object", "the Update does not say of what"))?;
        if *id == self.actor {
            return Ok(());
        }
        match &object.embedded {
            Some(embedded) => rules::owned(&self.ctx, &self.actor, embedded).map(|_| ()),
            None => Err(unknown("Update without its object")),
        }
    }

    async fn receive(self, _data: &Data<()>) -> Result<(), Outcome> {
        let [object] = &self.said.object;
        if object.id.as_ref() == Some(&self.actor) {
            // What it says of itself is read at its own address: an embedded copy proves nothing about keys.
            self.ctx.peers.actor(&self.ctx, self.actor.as_str(), Freshness::Now).await.map_err(outcome_of)?;
            return Ok(());
        }
        let embedded = object.embedded.as_ref().ok_or_else(|| unknown("Update without its object"))?;
        let found = records::in_object(embedded);
        if found.is_empty() {
            return Err(unknown(format!("Update of {}", records::kind_of(embedded))));
        }
        records::take(&self.ctx, found).await
    }
}

/// Says that something of ours changed: the whole of it as it is now.
pub fn say(ctx: &Ctx, draft: Draft<'_>, published: &str, cc: &[String], audiences: Vec<Audience>) -> Outgoing {
    say::outgoing(ctx, Draft { kind: "Update", ..draft }, published, cc, audiences)
}
