//! `Reject`: another community refuses to be followed, or ends it later.

use activitypub_federation::config::Data;
use activitypub_federation::protocol::helpers::deserialize_one;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use serde::Deserialize;
use url::Url;
use vetmoot_workflows::inbox::Outcome;

use super::accept::our_follow;
use super::hear::Heard;
use super::{Reference, records};

/// The wire form.
#[derive(Debug, Clone, Deserialize)]
pub struct Reject {
    /// The Follow that is refused: its id, or the whole.
    #[serde(deserialize_with = "deserialize_one")]
    pub object: [Reference; 1],
}

#[async_trait]
impl Activity for Heard<Reject> {
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
        our_follow(&self.ctx, &self.actor, object).map(|_| ())
    }

    async fn receive(self, _data: &Data<()>) -> Result<(), Outcome> {
        let [object] = &self.said.object;
        let follow = our_follow(&self.ctx, &self.actor, object)?;
        records::rejected(&self.ctx, &follow, &self.actor).await
    }
}
