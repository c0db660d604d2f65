//! `Like`: somebody likes a post of ours. It is counted where it came in, and weighs nothing.

use activitypub_federation::config::Data;
use activitypub_federation::protocol::helpers::deserialize_one;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use serde::Deserialize;
use url::Url;
use vetmoot_workflows::inbox::Outcome;

use super::hear::{Heard, refused};
use super::{Reference, rules};

/// The wire form.
#[derive(Debug, Clone, Deserialize)]
pub struct Like {
    /// What they like.
    #[serde(deserialize_with = "deserialize_one")]
    pub object: [Reference; 1],
}

#[async_trait]
impl Activity for Heard<Like> {
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
        match &object.id {
            Some(id) if rules::is_ours(&self.ctx, id) => Ok(()),
            _ => Err(refused("not-ours", "what they like is not of this instance")),
        }
    }

    async fn receive(self, _data: &Data<()>) -> Result<(), Outcome> {
        // The row in the inbox is the count.
        Ok(())
    }
}
