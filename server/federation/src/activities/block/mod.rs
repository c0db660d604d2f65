//! `Block`: somebody wants nothing of an actor of ours. They get nothing from it any more.

use activitypub_federation::config::Data;
use activitypub_federation::protocol::helpers::deserialize_one;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use serde::Deserialize;
use url::Url;
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::follow::followers;
use vetmoot_workflows::inbox::Outcome;

use super::hear::{Heard, outcome_of, refused};
use super::{Reference, records, rules};

/// The wire form.
#[derive(Debug, Clone, Deserialize)]
pub struct Block {
    /// Whom they block.
    #[serde(deserialize_with = "deserialize_one")]
    pub object: [Reference; 1],
}

#[async_trait]
impl Activity for Heard<Block> {
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
        match object.id.as_ref().and_then(|id| rules::our_actor(&self.ctx, id)) {
            Some(_) => Ok(()),
            None => Err(refused("not-ours", "whom they block is no actor of this instance")),
        }
    }

    async fn receive(self, _data: &Data<()>) -> Result<(), Outcome> {
        let [object] = &self.said.object;
        let blocked = object.id.as_ref().and_then(|id| rules::our_actor(&self.ctx, id));
        let left = followers::leave(&self.ctx, self.actor.as_str(), blocked.as_ref(), None).await.map_err(outcome_of)?;
        // Who blocks the community sends it nothing more, so what it knows of them would only grow stale.
        let lost = blocked == Some(LocalActor::Community) && records::lost(&self.ctx, &self.actor).await?;
        if left || lost { Ok(()) } else { Err(Outcome::AlreadySeen) }
    }
}
