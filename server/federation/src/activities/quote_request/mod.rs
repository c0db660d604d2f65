//! `QuoteRequest`: somebody wants to quote a post of ours (FEP-044f). Posts say that everybody may, so everybody hears yes.

use activitypub_federation::config::Data;
use activitypub_federation::protocol::helpers::deserialize_one;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::delivery::{self, Outgoing};
use vetmoot_workflows::inbox::{Lane, Outcome};
use vetmoot_workflows::peer::RemoteActor;
use vetmoot_workflows::{Ctx, statement};

use super::hear::{Heard, outcome_of, refused};
use super::say::{self, Draft};
use super::{Reference, rules, same_origin};
use crate::objects;

/// The wire form.
#[derive(Debug, Clone, Deserialize)]
pub struct QuoteRequest {
    /// The post they want to quote.
    #[serde(deserialize_with = "deserialize_one")]
    pub object: [Reference; 1],
    /// The post that quotes it.
    #[serde(deserialize_with = "deserialize_one")]
    pub instrument: [Reference; 1],
}

/// The addresses of both posts.
fn posts(said: &QuoteRequest) -> Result<(&Url, &Url), Outcome> {
    let ([object], [instrument]) = (&said.object, &said.instrument);
    let none = || refused("no-object", "the request does not say which post would quote which");
    Ok((object.id.as_ref().ok_or_else(none)?, instrument.id.as_ref().ok_or_else(none)?))
}

#[async_trait]
impl Activity for Heard<QuoteRequest> {
    type DataType = ();
    type Error = Outcome;

    fn id(&self) -> &Url {
        &self.id
    }

    fn actor(&self) -> &Url {
        &self.actor
    }

    async fn verify(&self, _data: &Data<()>) -> Result<(), Outcome> {
        let (object, instrument) = posts(&self.said)?;
        if !rules::is_ours(&self.ctx, object) {
            return Err(refused("not-ours", "what they want to quote is not of this instance"));
        }
        if !same_origin(instrument, &self.actor) {
            return Err(refused("other-origin", "the quoting post is not on its actor's origin"));
        }
        Ok(())
    }

    async fn receive(self, _data: &Data<()>) -> Result<(), Outcome> {
        let (object, instrument) = posts(&self.said)?;
        let said = statement::by_uri(&self.ctx, &format!("{object}/record")).await.map_err(outcome_of)?;
        let author = said.author.strip_prefix(self.ctx.base_url.as_str()).and_then(|path| path.parse().ok());
        let author = author.filter(|_| said.record.is_some());
        let author = author.ok_or_else(|| refused("no-such-post", "there is no post of ours at this address to be quoted"))?;
        let asker = self.speaker().await?;
        let reply = yes(&self.ctx, &author, &self.id, object, instrument, &asker);
        delivery::answer(&self.ctx, reply).await.map_err(outcome_of)
    }
}

/// The answer, with the address of the authorisation that whoever sees the quote can ask for.
fn yes(ctx: &Ctx, author: &LocalActor, request: &Url, object: &Url, instrument: &Url, asker: &RemoteActor) -> Outgoing {
    let id = say::activity_id(ctx, &["quote", request.as_str(), object.as_str(), instrument.as_str()]);
    let embedded = json!({
        "type": "QuoteRequest", "id": request, "actor": asker.uri, "object": object, "instrument": instrument,
    });
    let stamp = format!("{id}/stamp");
    let draft = Draft { kind: "Accept", actor: author, id, object: embedded, about: object.path(), lane: Lane::Usual };
    let mut reply = say::private(ctx, draft, &asker.uri, asker.id);
    if let Value::Object(body) = &mut reply.body {
        body.insert("@context".to_owned(), context());
        body.insert("result".to_owned(), Value::from(stamp));
    }
    reply
}

/// The authorisation an answer of ours promised: who may quote what. None for other activities.
pub fn stamp(accept: &Value) -> Option<Value> {
    let request = accept.get("object").filter(|request| request.get("type").is_some_and(|kind| kind == "QuoteRequest"))?;
    Some(json!({
        "@context": context(),
        "type": "QuoteAuthorization",
        "id": accept.get("result")?,
        "attributedTo": accept.get("actor")?,
        "interactingObject": request.get("instrument")?,
        "interactionTarget": request.get("object")?,
    }))
}

/// Our context and the terms of FEP-044f.
fn context() -> Value {
    let mut context = objects::context();
    if let Value::Array(parts) = &mut context {
        parts.push(json!({
            "QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest",
            "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
            "interactingObject": { "@id": "gts:interactingObject", "@type": "@id" },
            "interactionTarget": { "@id": "gts:interactionTarget", "@type": "@id" },
        }));
    }
    context
}
