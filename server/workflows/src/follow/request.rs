//! Ask to follow a community: the row, its source, the Follow and the event leave together.

use serde_json::{Value, json};
use url::Url;
use vetmoot_domain::event::Topic;
use vetmoot_domain::log::{Announced, announced};
use vetmoot_storage::federation::following::{self, FollowState, FollowingRow};
use vetmoot_storage::imports::{self, SourceKind};
use vetmoot_storage::{StoreError, events};

use crate::actor::LocalActor;
use crate::ctx::{Ctx, Origin};
use crate::delivery::{self, Audience, Outgoing};
use crate::inbox::Lane;
use crate::moderation::{self, Subject};
use crate::peer::RemoteActor;
use crate::problem::{Kind, Problem};

/// Asks to follow the community a person means: `@community@vet.example.org` or an address.
///
/// Asking again while it stands accepted changes nothing; asked after an end it begins anew, and what is known of its log
/// and statements is not fetched again.
pub async fn request(ctx: &Ctx, origin: &Origin, text: &str) -> Result<FollowingRow, Problem> {
    moderation::authorised(origin)?;
    no_trial(ctx)?;
    let actor = ctx.peers.resolve(ctx, text).await?;
    let (host, place) = followable(ctx, &actor)?;
    let now = ctx.clock.now();
    let follow_uri = new_id(ctx)?;
    let tx = ctx.store.begin().await?;
    if let Some(known) = following::by_actor(&tx, &actor.uri).await?.filter(|row| row.state == FollowState::Accepted) {
        tx.rollback().await?;
        return Ok(known);
    }
    let source = imports::ensure_source(&tx, &host, SourceKind::Peer, &actor.uri, None, now).await.map_err(taken)?;
    let log_url = place.as_ref().map(|place| place.url.as_str());
    let id = following::request(&tx, actor.id, source.id, &follow_uri, log_url, now).await?;
    delivery::queue(ctx, &tx, &[follow(ctx, &follow_uri, &actor)]).await?;
    let subject = [actor.uri.clone(), host];
    events::append(&tx, Topic::FollowRequested, &subject, Some(&origin.label()), now).await?;
    let row = following::by_id(&tx, id).await?;
    tx.commit().await?;
    ctx.signals.deliver.notify_one();
    row.ok_or_else(|| Problem::new(Kind::Internal, "following-lost", "the following was written and is not there"))
}

/// The name of its source here and its log, when an actor can be followed as a community.
fn followable(ctx: &Ctx, actor: &RemoteActor) -> Result<(String, Option<Announced>), Problem> {
    let origin = origin_of(&actor.uri)?;
    if origin == ctx.base_url.as_str() {
        return Err(Problem::invalid("not-ourselves", "actor", "this community cannot follow itself"));
    }
    if !ctx.moderation.permits(&origin, Some(&actor.uri)) {
        return Err(Problem::new(Kind::Forbidden, "blocked", format!("{} is blocked here; undo that first", actor.handle)));
    }
    if actor.kind != "Group" {
        let text =
            format!("{} is a {}; a community is a Group, for example @community@vet.example.org", actor.handle, actor.kind);
        return Err(Problem::invalid("no-community", "actor", text));
    }
    let Subject::Host(host) = Subject::read(&origin)? else {
        return Err(Problem::invalid("no-community", "actor", "its address has no host"));
    };
    Ok((host, announced(&actor.document).ok()))
}

/// Scheme, host and port of an actor's address.
pub(super) fn origin_of(uri: &str) -> Result<String, Problem> {
    let url: Url = uri.parse().map_err(|_| Problem::invalid("no-address", "actor", "this actor has no readable address"))?;
    Ok(url.origin().ascii_serialization())
}

fn taken(error: StoreError) -> Problem {
    match error {
        StoreError::Taken { .. } => {
            Problem::new(Kind::Conflict, "import-name-taken", "an import has the name of this host; rename it first")
        }
        other => other.into(),
    }
}

pub(super) fn no_trial(ctx: &Ctx) -> Result<(), Problem> {
    match ctx.domain {
        Some(_) => Ok(()),
        None => Err(Problem::not_found("no-federation", "a trial follows nobody; set a domain first")),
    }
}

/// A fresh id of an activity of ours.
pub(super) fn new_id(ctx: &Ctx) -> Result<String, Problem> {
    let id = vetmoot_keys::random_id_128()
        .map_err(|error| Problem::new(Kind::Internal, "no-randomness", "no id could be made").because(error))?;
    Ok(ctx.base_url.join(&format!("/activities/{}", hex::encode(id))))
}

/// The Follow as it goes out.
pub(super) fn follow_body(ctx: &Ctx, follow_uri: &str, object: &str) -> Value {
    json!({
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": follow_uri,
        "type": "Follow",
        "actor": ctx.base_url.join(&LocalActor::Community.to_string()),
        "object": object,
        "to": [object],
    })
}

fn follow(ctx: &Ctx, follow_uri: &str, actor: &RemoteActor) -> Outgoing {
    Outgoing {
        uri: follow_uri.to_owned(),
        actor: LocalActor::Community,
        kind: "Follow",
        object: actor.uri.clone(),
        about: "/community".to_owned(),
        body: follow_body(ctx, follow_uri, &actor.uri),
        lane: Lane::Usual,
        public: false,
        to: vec![Audience::Actor(actor.id)],
    }
}
