//! `Undo`: what somebody said before holds no longer. Following is the one thing here that can be undone.

use activitypub_federation::config::Data;
use activitypub_federation::protocol::helpers::deserialize_one;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use serde::Deserialize;
use url::Url;
use vetmoot_workflows::follow::followers;
use vetmoot_workflows::inbox::Outcome;

use super::hear::{Heard, outcome_of, refused, unknown};
use super::{Reference, rules, same_origin};

/// The wire form.
#[derive(Debug, Clone, Deserialize)]
pub struct Undo {
    /// What is undone: its id, or the whole.
    #[serde(deserialize_with = "deserialize_one")]
    pub object: [Reference; 1],
}

#[async_trait]
impl Activity for Heard<Undo> {
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
        if object.id.as_ref().is_some_and(|id| !same_origin(id, &self.actor)) {
            return Err(refused("other-origin", "what is undone is not on its actor's origin"));
        }
        if object.embedded.is_some() && object.inner("actor").is_some_and(|actor| actor != self.actor) {
            return Err(refused("not-yours", "only who said something can undo it"));
        }
        Ok(())
    }

    async fn receive(self, _data: &Data<()>) -> Result<(), Outcome> {
        let [object] = &self.said.object;
        match object.kind() {
            Some("Follow") | None => {}
            Some(other) => return Err(unknown(format!("Undo of {}", rules::shortened(other)))),
        }
        let nothing = || refused("undo-of-nothing", "nothing that still holds here was said under this id by this actor");
        // The embedded Follow says whom; a bare id is looked up among those that stand.
        let named = object.inner("object").and_then(|followed| rules::our_actor(&self.ctx, &followed));
        let follow = object.id.as_ref().map(Url::as_str);
        let left = followers::leave(&self.ctx, self.actor.as_str(), named.as_ref(), follow).await.map_err(outcome_of)?;
        if left { Ok(()) } else { Err(nothing()) }
    }
}
