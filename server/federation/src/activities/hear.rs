//! One activity on its way from the inbox to its folder: parsed, compared with who signed it, verified, received.

use std::sync::Arc;

use activitypub_federation::config::{Data, FederationConfig};
use activitypub_federation::traits::Activity;
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;
use url::Url;
use vetmoot_workflows::inbox::{Outcome, Received};
use vetmoot_workflows::peer::{Freshness, RemoteActor};
use vetmoot_workflows::{Ctx, Kind, Problem};

use super::rules::{self, origin_of};

/// An activity as it is heard: what is said, by whom, and the instance it is said to.
#[derive(Clone)]
pub struct Heard<T> {
    /// The instance that hears it.
    pub ctx: Ctx,
    /// The activity's id, on its actor's origin.
    pub id: Url,
    /// Who said it; the signature was theirs.
    pub actor: Url,
    /// The row in the inbox.
    pub row: i64,
    /// What is said.
    pub said: T,
}

impl<T> Heard<T> {
    /// The actor's row and document; fetched only when nothing is remembered.
    pub async fn speaker(&self) -> Result<RemoteActor, Outcome> {
        self.ctx.peers.actor(&self.ctx, self.actor.as_str(), Freshness::Remembered).await.map_err(outcome_of)
    }
}

/// What a problem of ours is for an item of the inbox: our own trouble and a silent peer pass, everything else stays.
pub fn outcome_of(problem: Problem) -> Outcome {
    match problem.kind {
        Kind::Upstream | Kind::Unavailable | Kind::Internal => Outcome::Retry { text: problem.to_string() },
        _ => Outcome::Refused { code: problem.code, text: problem.to_string() },
    }
}

/// A refusal with its code and sentence.
pub fn refused(code: &'static str, text: impl Into<String>) -> Outcome {
    Outcome::Refused { code, text: text.into() }
}

/// Something that is not understood here.
pub fn unknown(kind: impl Into<String>) -> Outcome {
    Outcome::Unknown { kind: kind.into() }
}

/// Parses, verifies and receives one activity.
pub async fn hear<T>(ctx: &Ctx, item: &Received) -> Outcome
where
    T: DeserializeOwned + Send + Sync,
    Heard<T>: Activity<DataType = (), Error = Outcome>,
{
    match heard::<T>(ctx, item).await {
        Ok(()) => Outcome::Applied,
        Err(outcome) => outcome,
    }
}

async fn heard<T>(ctx: &Ctx, item: &Received) -> Result<(), Outcome>
where
    T: DeserializeOwned + Send + Sync,
    Heard<T>: Activity<DataType = (), Error = Outcome>,
{
    let said = T::deserialize(&item.body)
        .map_err(|error| refused("unreadable-activity", format!("this is no {} as ActivityPub has it: {error}", item.kind)))?;
    let id = parsed(&item.uri, "id")?;
    let actor = parsed(&item.actor, "actor")?;
    if item.body.get("actor").is_some_and(|named| rules::id_of(named) != Some(item.actor.as_str())) {
        return Err(refused("not-its-actor", "the activity names another actor than the one who signed the message"));
    }
    let Some(origin) = origin_of(&actor) else {
        return Err(refused("no-origin", "the actor's address has no scheme and host of the web"));
    };
    if rules::is_ours(ctx, &actor) {
        return Err(refused("our-own", "an activity of this instance does not come in from elsewhere"));
    }
    if origin_of(&id).as_deref() != Some(origin.as_str()) {
        return Err(refused("other-origin", "the activity's id is not on its actor's origin"));
    }
    if !ctx.moderation.permits(&origin, Some(actor.as_str())) {
        return Err(refused("blocked", "this instance does not speak with its actor"));
    }
    let activity = Heard { ctx: ctx.clone(), id, actor, row: item.row, said };
    let data = library().await?;
    activity.verify(&data).await?;
    activity.receive(&data).await
}

fn parsed(text: &str, field: &str) -> Result<Url, Outcome> {
    text.parse().map_err(|_| refused("no-address", format!("its `{field}` is no address")))
}

/// The library's request data, which its traits are handed. Nothing of ours travels in it: the instance stands in
/// [`Heard`], so that several instances of one process do not share a configuration.
async fn library() -> Result<Data<()>, Outcome> {
    static CONFIG: OnceCell<Arc<FederationConfig<()>>> = OnceCell::const_new();
    let made = CONFIG.get_or_try_init(|| async {
        // No address of this configuration is ever asked for: fetching is `ctx.peers`' work.
        let made = FederationConfig::builder().domain("localhost").app_data(()).build().await;
        made.map(Arc::new).map_err(|error| Outcome::Retry { text: error.to_string() })
    });
    Ok(made.await?.to_request_data())
}
