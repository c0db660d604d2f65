//! `Accept`: another community lets this one follow it, or an actor of ours lets somebody follow.

use activitypub_federation::config::Data;
use activitypub_federation::protocol::helpers::deserialize_one;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use serde::Deserialize;
use serde_json::json;
use url::Url;
use vetmoot_workflows::Ctx;
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::delivery::Outgoing;
use vetmoot_workflows::inbox::{Lane, Outcome};
use vetmoot_workflows::peer::RemoteActor;

use super::hear::{Heard, refused, unknown};
use super::say::{self, Draft};
use super::{Reference, records, rules};

/// The wire form.
#[derive(Debug, Clone, Deserialize)]
pub struct Accept {
    /// The Follow that is accepted: its id, or the whole.
    #[serde(deserialize_with = "deserialize_one")]
    pub object: [Reference; 1],
}

/// Finds the Follow of ours an Accept or a Reject answers.
pub(super) fn our_follow(ctx: &Ctx, actor: &Url, object: &Reference) -> Result<Url, Outcome> {
    if let Some(kind) = object.kind().filter(|kind| *kind != "Follow") {
        return Err(unknown(format!("answer to {}", rules::shortened(kind))));
    }
    let id = object.id.clone().ok_or_else(|| refused("no-object", "it does not say which Follow it answers"))?;
    if !rules::is_ours(ctx, &id) {
        return Err(refused("not-ours", "it answers a Follow that is not of this instance"));
    }
    if object.inner("object").is_some_and(|followed| followed != *actor) {
        return Err(refused("not-theirs", "it answers a Follow of somebody else"));
    }
    Ok(id)
}

#[async_trait]
impl Activity for Heard<Accept> {
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
        records::accepted(&self.ctx, &follow, &self.actor).await
    }
}

/// Our answer to a Follow, with the Follow embedded: servers that forgot its id find it by its parts.
///
/// The id holds the row of the inbox, so that a Follow said again is answered again, and one applied again is not.
pub fn of_follow(ctx: &Ctx, local: &LocalActor, follow: &Url, follower: &RemoteActor, row: i64) -> Outgoing {
    let followed = say::address(ctx, local);
    let object = json!({ "id": follow.as_str(), "type": "Follow", "actor": follower.uri, "object": followed });
    let id = say::activity_id(ctx, &["accept", follow.as_str(), &follower.uri, &followed, &row.to_string()]);
    let about = local.to_string();
    let draft = Draft { kind: "Accept", actor: local, id, object, about: &about, lane: Lane::Usual };
    say::private(ctx, draft, &follower.uri, follower.id)
}
