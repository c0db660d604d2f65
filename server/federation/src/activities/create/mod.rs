//! `Create`: an author says something new. What this instance understands of it is the record inside, which proves itself.

use activitypub_federation::config::Data;
use activitypub_federation::protocol::helpers::{deserialize_one, deserialize_skip_error};
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value;
use url::Url;
use vetmoot_workflows::Ctx;
use vetmoot_workflows::delivery::{Audience, Outgoing};
use vetmoot_workflows::inbox::Outcome;

use super::hear::{Heard, refused, unknown};
use super::say::{self, Draft};
use super::{Reference, records, rules};

/// The wire form.
#[derive(Debug, Clone, Deserialize)]
pub struct Create {
    /// What is new.
    #[serde(deserialize_with = "deserialize_one")]
    pub object: [Reference; 1],
    /// When it was said, where it says so readably.
    #[serde(default, deserialize_with = "deserialize_skip_error")]
    pub published: Option<String>,
}

impl Create {
    fn embedded(&self) -> Result<&Value, Outcome> {
        let [object] = &self.object;
        object.embedded.as_ref().ok_or_else(|| unknown("Create without its object"))
    }
}

#[async_trait]
impl Activity for Heard<Create> {
    type DataType = ();
    type Error = Outcome;

    fn id(&self) -> &Url {
        &self.id
    }

    fn actor(&self) -> &Url {
        &self.actor
    }

    async fn verify(&self, _data: &Data<()>) -> Result<(), Outcome> {
        rules::owned(&self.ctx, &self.actor, self.said.embedded()?).map(|_| ())
    }

    async fn receive(self, _data: &Data<()>) -> Result<(), Outcome> {
        let object = self.said.embedded()?;
        let found = records::in_object(object);
        if found.is_empty() {
            // Comments and feedback from elsewhere: not understood yet.
            return Err(unknown(format!("Create of {}", records::kind_of(object))));
        }
        if found.iter().any(|record| record.get("attributedTo").and_then(rules::id_of) != Some(self.actor.as_str())) {
            return Err(refused("not-yours", "the record inside is attributed to somebody else than the post's author"));
        }
        records::take(&self.ctx, found).await
    }
}

/// Says something new: a post by an actor of ours, whole.
pub fn say(ctx: &Ctx, draft: Draft<'_>, published: &str, cc: &[String], audiences: Vec<Audience>) -> Outgoing {
    say::outgoing(ctx, Draft { kind: "Create", ..draft }, published, cc, audiences)
}
