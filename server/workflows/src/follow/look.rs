//! What a handle or address is, before anybody decides to follow it. Nothing is written but what is remembered of actors.

use serde_json::Value;
use url::Url;
use vetmoot_domain::log::limits::CHECKPOINT_BYTES_MAX;
use vetmoot_domain::log::{Announced, Checkpoint, announced};
use vetmoot_storage::federation::following::{self, FollowingRow};

use super::request::{no_trial, origin_of};
use crate::ctx::Ctx;
use crate::delivery::software;
use crate::limits::POLICIES_SHOWN_MAX;
use crate::peer::RemoteActor;
use crate::problem::Problem;

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Looked {
    /// The actor.
    pub actor: RemoteActor,
    /// Scheme, host and port of its server.
    pub origin: String,
    /// What its server runs, by NodeInfo.
    pub software: Option<String>,
    /// Where its log is. Without one a community can be followed, and what is missed stays missed.
    pub log: Option<Announced>,
    /// Statements in its log, as its newest checkpoint says; nothing of it is verified yet.
    pub statements: Option<u64>,
    /// Its current policies: addresses of what it features.
    pub policies: Vec<String>,
    /// Posts in its outbox.
    pub posts: Option<u64>,
    /// Who follows it.
    pub followers: Option<u64>,
    /// Members who may record audits, as it says itself.
    pub auditors: Option<u64>,
    /// Whether the moderation here lets it in.
    pub permitted: bool,
    /// Whether it is a community that can be followed.
    pub is_group: bool,
    /// How following it stands, if it was ever asked for.
    pub following: Option<FollowingRow>,
}

/// Looks at what a person means by a handle or an address.
pub async fn look(ctx: &Ctx, text: &str) -> Result<Looked, Problem> {
    no_trial(ctx)?;
    let actor = ctx.peers.resolve(ctx, text).await?;
    let origin = origin_of(&actor.uri)?;
    let log = announced(&actor.document).ok();
    let permitted = ctx.moderation.permits(&origin, Some(&actor.uri));
    let mut looked = Looked {
        software: None,
        statements: None,
        policies: Vec::new(),
        posts: None,
        followers: None,
        auditors: None,
        permitted,
        is_group: actor.kind == "Group",
        following: following::by_actor(&ctx.store.read(), &actor.uri).await?,
        log,
        origin,
        actor,
    };
    // What does not answer leaves a gap in the page, not an error: the actor itself was found.
    if permitted {
        ask(ctx, &mut looked).await;
    }
    Ok(looked)
}

async fn ask(ctx: &Ctx, looked: &mut Looked) {
    let info = software::info(ctx, &looked.origin).await.ok();
    looked.auditors = info.as_ref().and_then(|info| info.auditors);
    looked.software = info.map(|info| info.software);
    if let Some(log) = &looked.log {
        let most = u64::try_from(CHECKPOINT_BYTES_MAX).unwrap_or(u64::MAX);
        let note = ctx.peers.bytes(ctx, &format!("{}/checkpoint", log.url), most).await;
        looked.statements = note.ok().and_then(|note| Checkpoint::claimed(&note).ok()).map(|checkpoint| checkpoint.size);
    }
    looked.posts = total(ctx, looked, "outbox").await;
    looked.followers = total(ctx, looked, "followers").await;
    if let Some(featured) = collection(ctx, looked, "featured").await {
        let items = ["orderedItems", "items"].iter().find_map(|name| featured.get(*name)?.as_array());
        let own = |address: &&str| super::request::origin_of(address).is_ok_and(|origin| origin == looked.origin);
        let addresses = items.into_iter().flatten().filter_map(address_of).filter(own);
        looked.policies = addresses.take(POLICIES_SHOWN_MAX).map(str::to_owned).collect();
    }
}

async fn total(ctx: &Ctx, looked: &Looked, name: &str) -> Option<u64> {
    number(collection(ctx, looked, name).await?.get("totalItems"))
}

/// A collection of the actor, from its own origin.
async fn collection(ctx: &Ctx, looked: &Looked, name: &str) -> Option<Value> {
    let address = looked.actor.document.get(name)?.as_str()?;
    let url: Url = address.parse().ok()?;
    if url.origin().ascii_serialization() != looked.origin {
        return None;
    }
    ctx.peers.document(ctx, address).await.ok()
}

fn address_of(item: &Value) -> Option<&str> {
    item.as_str().or_else(|| item.get("id")?.as_str())
}

fn number(value: Option<&Value>) -> Option<u64> {
    value?.as_u64()
}
