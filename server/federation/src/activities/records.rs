//! The records inside of posts and activities, and the way from here to the workflows that believe them or not.

use serde_json::Value;
use url::Url;
use vetmoot_workflows::follow;
use vetmoot_workflows::inbox::Outcome;
use vetmoot_workflows::peer::RemoteActor;
use vetmoot_workflows::statement;
use vetmoot_workflows::statement::receive::{Arriving, Community, Via, receive};
use vetmoot_workflows::{Ctx, Kind, Origin, Problem};

use super::hear::{outcome_of, refused};
use super::rules::{self, origin_of};

/// The properties of a post that hold a record (docs/FEDERATION.md, "Own vocabulary").
const PROPERTIES: [&str; 9] =
    ["audit", "withdrawal", "policyRevision", "erasure", "advisory", "logFork", "candidate", "released", "releaseAlarm"];

/// The type of an object as one short word.
pub fn kind_of(object: &Value) -> String {
    rules::shortened(object.get("type").and_then(Value::as_str).unwrap_or("an object without a type"))
}

/// The records a post carries.
pub fn in_object(object: &Value) -> Vec<Value> {
    PROPERTIES.iter().filter_map(|property| object.get(property)).filter(|record| record.is_object()).cloned().collect()
}

/// The records of an announced thing: an activity with a post inside, a post, or a record itself.
pub fn in_activity(announced: &Value) -> Vec<Value> {
    if announced.get("proof").is_some() && announced.get("salt").is_some() {
        return vec![announced.clone()];
    }
    match announced.get("object") {
        Some(post) if post.is_object() => in_object(post),
        _ => in_object(announced),
    }
}

/// Whether this community follows the actor.
pub async fn is_followed(ctx: &Ctx, actor: &Url) -> Result<bool, Outcome> {
    let Some(origin) = origin_of(actor) else { return Ok(false) };
    let community = Community::on(ctx, &origin).await.map_err(outcome_of)?;
    Ok(community.is_some_and(|community| community.actor == actor.as_str()))
}

/// Whether the record of a post at this address is here already; the record's id is the post's with `/record`.
pub async fn is_known_post(ctx: &Ctx, post: &Url) -> Result<bool, Outcome> {
    match statement::by_uri(ctx, &format!("{post}/record")).await {
        Ok(_) => Ok(true),
        Err(problem) if problem.kind == Kind::NotFound => Ok(false),
        Err(problem) => Err(outcome_of(problem)),
    }
}

/// Hands records on to be verified and applied, each under the community on its own origin: it proves itself, so it does
/// not matter who carries it. Of several the least pleasant outcome is told.
pub async fn take(ctx: &Ctx, records: Vec<Value>) -> Result<(), Outcome> {
    let mut worst = Outcome::AlreadySeen;
    for record in records {
        let community = Community::of_record(ctx, &record).await.map_err(outcome_of)?;
        let Some(community) = community else {
            return Err(refused("not-followed", "the statement belongs to no community this one follows"));
        };
        let arriving = Arriving { record, leaf: None, via: Via::Post };
        for taken in receive(ctx, &community, vec![arriving]).await.map_err(outcome_of)? {
            let outcome = taken.outcome();
            if rank(&outcome) > rank(&worst) {
                worst = outcome;
            }
        }
    }
    match worst {
        Outcome::Applied => Ok(()),
        other => Err(other),
    }
}

fn rank(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::AlreadySeen => 0,
        Outcome::Unknown { .. } => 1,
        Outcome::Applied => 2,
        Outcome::Refused { .. } => 3,
        Outcome::Retry { .. } => 4,
    }
}

/// A community this one asked to follow said yes.
pub async fn accepted(ctx: &Ctx, asked: &Url, actor: &Url) -> Result<(), Outcome> {
    news(follow::accepted(ctx, asked.as_str(), actor.as_str()).await)
}

/// A community this one asked to follow said no, or ended it.
pub async fn rejected(ctx: &Ctx, asked: &Url, actor: &Url) -> Result<(), Outcome> {
    news(follow::rejected(ctx, asked.as_str(), actor.as_str()).await)
}

fn news(changed: Result<bool, Problem>) -> Result<(), Outcome> {
    if changed.map_err(outcome_of)? {
        return Ok(());
    }
    Err(refused("no-open-follow", "no Follow of ours under this id waits for such an answer from this actor"))
}

/// A followed actor is gone, or wants nothing of this community: nothing of it counts any more. Answers whether it was
/// followed.
pub async fn lost(ctx: &Ctx, actor: &Url) -> Result<bool, Outcome> {
    follow::moved(ctx, actor.as_str()).await.map_err(outcome_of)
}

/// A followed actor goes on elsewhere: the new one is followed, the old one no longer. Weight does not move along, as a
/// policy names whose statements count by their host.
pub async fn moved(ctx: &Ctx, old: &Url, new: &RemoteActor) -> Result<(), Outcome> {
    follow::request(ctx, &Origin::Timer, &new.uri).await.map_err(outcome_of)?;
    lost(ctx, old).await.map(|_| ())
}
