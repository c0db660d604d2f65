//! `Follow`: somebody wants to hear what an actor of ours says. Everybody who is not blocked may, and hears so at once.

use activitypub_federation::config::Data;
use activitypub_federation::protocol::helpers::deserialize_one;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use serde::Deserialize;
use url::Url;
use vetmoot_workflows::actor;
use vetmoot_workflows::follow::followers;
use vetmoot_workflows::inbox::Outcome;

use super::hear::{Heard, outcome_of, refused};
use super::{Reference, accept, rules};

/// The wire form.
#[derive(Debug, Clone, Deserialize)]
pub struct Follow {
    /// Whom they want to follow.
    #[serde(deserialize_with = "deserialize_one")]
    pub object: [Reference; 1],
}

#[async_trait]
impl Activity for Heard<Follow> {
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
        let wanted = object.id.as_ref().ok_or_else(|| refused("no-object", "the Follow does not say whom"))?;
        if rules::our_actor(&self.ctx, wanted).is_none() {
            return Err(refused("not-ours", "the Follow is for no actor of this instance"));
        }
        Ok(())
    }

    async fn receive(self, _data: &Data<()>) -> Result<(), Outcome> {
        let [object] = &self.said.object;
        let wanted = object.id.as_ref().and_then(|id| rules::our_actor(&self.ctx, id));
        let wanted = wanted.ok_or_else(|| refused("not-ours", "the Follow is for no actor of this instance"))?;
        if !actor::exists(&self.ctx, &wanted).await.map_err(outcome_of)? {
            return Err(refused("unknown-actor", format!("there is no actor {wanted} here to be followed")));
        }
        let follower = self.speaker().await?;
        let reply = accept::of_follow(&self.ctx, &wanted, &self.id, &follower, self.row);
        followers::take(&self.ctx, &wanted, &follower, self.id.as_str(), reply).await.map_err(outcome_of)?;
        Ok(())
    }
}
