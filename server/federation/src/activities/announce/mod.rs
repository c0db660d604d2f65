//! `Announce`: an actor passes on what somebody said. A followed community does so with everything it publishes, once by
//! the post's address and once with the whole Create inside (FEP-1b12).

use activitypub_federation::config::Data;
use activitypub_federation::protocol::helpers::deserialize_one;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value;
use url::Url;
use vetmoot_workflows::Ctx;
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::delivery::{Audience, Outgoing};
use vetmoot_workflows::follow;
use vetmoot_workflows::inbox::{Lane, Outcome};

use super::hear::{Heard, outcome_of, refused, unknown};
use super::say::{self, Draft};
use super::{Reference, records, rules, same_origin};

/// The wire form.
#[derive(Debug, Clone, Deserialize)]
pub struct Announce {
    /// What is passed on: an address, or an activity, or a record.
    #[serde(deserialize_with = "deserialize_one")]
    pub object: [Reference; 1],
}

#[async_trait]
impl Activity for Heard<Announce> {
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
        let id = object.id.as_ref().ok_or_else(|| refused("no-object", "the Announce does not say what"))?;
        if rules::is_ours(&self.ctx, id) {
            // Somebody boosts a post of ours: welcome, and nothing to do.
            return Err(unknown("Announce of a post of ours"));
        }
        Ok(())
    }

    async fn receive(self, _data: &Data<()>) -> Result<(), Outcome> {
        if !records::is_followed(&self.ctx, &self.actor).await? {
            return Err(refused("not-followed", "it is no community this one follows"));
        }
        let [object] = &self.said.object;
        let found = match &object.embedded {
            // A record proves itself, so who carries it does not matter and nothing has to be fetched.
            Some(embedded) => records::in_activity(embedded),
            None => self.fetched(object).await?,
        };
        if found.is_empty() {
            let kind = object.embedded.as_ref().map_or_else(|| "an address".to_owned(), records::kind_of);
            return Err(unknown(format!("Announce of {kind}")));
        }
        let taken = records::take(&self.ctx, found).await;
        // Its log tells whether anything else was missed.
        follow::hint(&self.ctx, self.actor.as_str()).await.map_err(outcome_of)?;
        taken
    }
}

impl Heard<Announce> {
    /// What an announced address leads to, fetched once and only from the announcing community's own origin.
    async fn fetched(&self, object: &Reference) -> Result<Vec<Value>, Outcome> {
        let id = object.id.as_ref().ok_or_else(|| refused("no-object", "the Announce does not say what"))?;
        if !same_origin(id, &self.actor) {
            return Err(unknown("Announce of an address elsewhere"));
        }
        if records::is_known_post(&self.ctx, id).await? {
            return Err(Outcome::AlreadySeen);
        }
        let document = self.ctx.peers.document(&self.ctx, id.as_str()).await.map_err(outcome_of)?;
        Ok(records::in_activity(&document))
    }
}

/// Passes a post of ours on by its address: what servers for short posts show.
pub fn address(ctx: &Ctx, by: &LocalActor, post: &Value, about: &str, lane: Lane, published: &str) -> Outgoing {
    let id = rules::id_of(post).unwrap_or_default();
    pass_on(ctx, by, Value::String(id.to_owned()), &["announce", &by.to_string(), id], post, about, lane, published)
}

/// Passes an activity of ours on whole: what servers for threads show (FEP-1b12).
pub fn whole(ctx: &Ctx, by: &LocalActor, said: &Outgoing, published: &str) -> Outgoing {
    let mut activity = said.body.clone();
    if let Value::Object(activity) = &mut activity {
        // The outer context covers it.
        activity.shift_remove("@context");
    }
    let post = said.body.get("object").cloned().unwrap_or_default();
    let parts = ["announce-whole", &by.to_string(), &said.uri];
    pass_on(ctx, by, activity, &parts, &post, &said.about, said.lane, published)
}

#[expect(clippy::too_many_arguments, reason = "one sentence of who passes on what")]
fn pass_on(
    ctx: &Ctx,
    by: &LocalActor,
    object: Value,
    parts: &[&str],
    post: &Value,
    about: &str,
    lane: Lane,
    published: &str,
) -> Outgoing {
    // The author is told, as the author of what is passed on (Mastodon lists those it notifies in `cc`).
    let author: Vec<String> = post.get("attributedTo").and_then(rules::id_of).map(str::to_owned).into_iter().collect();
    let draft = Draft { kind: "Announce", actor: by, id: say::activity_id(ctx, parts), object, about, lane };
    say::outgoing(ctx, draft, published, &author, vec![Audience::Followers(by.clone())])
}
