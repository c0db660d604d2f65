//! An actor of another server: its document read leniently where others differ, strictly where trust rests on it.

use activitypub_federation::config::Data;
use activitypub_federation::error::Error;
use activitypub_federation::protocol::helpers::deserialize_skip_error;
use activitypub_federation::traits::{Actor, Object};
use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use url::Url;
use vetmoot_outbound::Origin;
use vetmoot_workflows::peer::{self, HttpKey, NewActor, RemoteActor};
use vetmoot_workflows::{Ctx, Kind, Problem};

use super::errand::{self, ERRAND};
use super::{address, whole};
use crate::limits::{ACTOR_NAME_CHARS_MAX, ACTOR_USERNAME_BYTES_MAX};

/// The types an actor has.
const KINDS: &[&str] = &["Person", "Group", "Organization", "Application", "Service"];

/// What counts of an actor document. Fields that only decorate are left out when they are of another shape.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    id: String,
    r#type: Value,
    inbox: String,
    #[serde(default, deserialize_with = "deserialize_skip_error")]
    preferred_username: Option<String>,
    #[serde(default, deserialize_with = "deserialize_skip_error")]
    name: Option<String>,
    #[serde(default, deserialize_with = "deserialize_skip_error")]
    endpoints: Option<Endpoints>,
    #[serde(default, deserialize_with = "deserialize_skip_error")]
    moved_to: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Endpoints {
    #[serde(default, deserialize_with = "deserialize_skip_error")]
    shared_inbox: Option<String>,
}

fn refused(code: &'static str, text: impl Into<String>) -> Problem {
    Problem::new(Kind::Upstream, code, text)
}

/// Reads an actor document whose id was held against where it came from.
///
/// Its inbox has to be of its own origin: what is delivered to it must not become a request to somebody else.
pub(crate) fn read(document: &Value) -> Result<NewActor, Problem> {
    let read = Document::deserialize(document)
        .map_err(|error| refused("actor-unreadable", format!("the actor document cannot be read: {error}")))?;
    let kind = kind(&read.r#type).ok_or_else(|| refused("not-an-actor", "what was fetched is no actor"))?;
    let (_, origin) = address(&read.id)?;
    let own = |text: &str| address(text).is_ok_and(|(_, found)| found == origin);
    if !own(&read.inbox) {
        return Err(refused("foreign-inbox", "the actor's inbox is not on its own server"));
    }
    let username = read.preferred_username.as_deref().filter(|name| is_username(name)).unwrap_or(origin.host()).to_owned();
    let handle = format!("{username}@{}", authority(&origin));
    let plain = |text: &str| text.chars().filter(|c| !c.is_control()).take(ACTOR_NAME_CHARS_MAX).collect::<String>();
    let name = read.name.as_deref().map(plain).filter(|name| !name.trim().is_empty()).unwrap_or_else(|| handle.clone());
    Ok(NewActor {
        shared_inbox: read.endpoints.unwrap_or_default().shared_inbox.filter(|shared| own(shared)),
        moved_to: read.moved_to.filter(|moved| address(moved).is_ok()),
        origin: origin.to_string(),
        kind: kind.to_owned(),
        document: document.clone(),
        uri: read.id,
        inbox: read.inbox,
        handle,
        name,
        confirmed: false,
    })
}

/// The type, alone or as one of several.
fn kind(named: &Value) -> Option<&'static str> {
    let is = |name: &str| KINDS.iter().find(|kind| **kind == name).copied();
    match named {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).find_map(is),
        _ => None,
    }
}

/// A name as Mastodon takes it, and as it can stand before an `@`.
fn is_username(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    !name.is_empty() && name.len() <= ACTOR_USERNAME_BYTES_MAX && name.bytes().all(inner)
}

/// Host, and port where it is not the usual one.
pub(crate) fn authority(origin: &Origin) -> String {
    let text = origin.to_string();
    text.split_once("://").map_or(text.clone(), |(_, authority)| authority.to_owned())
}

/// Writes down what was fetched now.
pub(super) async fn write_down(ctx: &Ctx, actor: &NewActor) -> Result<RemoteActor, Problem> {
    peer::remember(ctx, actor, ctx.clock.now()).await
}

/// An actor as the library handles it.
#[derive(Debug)]
pub(super) struct PeerActor {
    id: Url,
    inbox: Url,
    /// What is remembered.
    pub(super) remote: RemoteActor,
}

/// A problem in the shape the library's traits ask for.
#[derive(Debug)]
pub(super) struct Failure(pub(super) Problem);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(errand::problem(error))
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl PeerActor {
    fn of(remote: RemoteActor) -> Result<Self, Failure> {
        Ok(Self { id: address(&remote.uri)?.0, inbox: address(&remote.inbox)?.0, remote })
    }
}

/// For whom this task is on its way.
fn ctx() -> Result<Ctx, Failure> {
    let nobody = |_| Problem::new(Kind::Internal, "no-errand", "nobody sent for it");
    Ok(ERRAND.try_with(|errand| errand.ctx.clone()).map_err(nobody)?)
}

#[async_trait]
impl Object for PeerActor {
    type DataType = ();
    type Kind = Box<RawValue>;
    type Error = Failure;

    fn id(&self) -> &Url {
        &self.id
    }

    // `last_refreshed_at` stays unknown: the library would hold it against the machine's clock.

    async fn read_from_id(id: Url, _: &Data<()>) -> Result<Option<Self>, Failure> {
        let found = peer::known(&ctx()?, id.as_str()).await?;
        found.map(Self::of).transpose()
    }

    fn is_deleted(&self) -> bool {
        self.remote.gone_at.is_some()
    }

    async fn into_json(self, _: &Data<()>) -> Result<Box<RawValue>, Failure> {
        let bad = |error| Problem::new(Kind::Internal, "actor-unreadable", "the actor cannot be written").because(error);
        Ok(to_raw_value(&self.remote.document).map_err(bad)?)
    }

    async fn verify(json: &Box<RawValue>, at: &Url, _: &Data<()>) -> Result<(), Failure> {
        read(&whole(json.get(), at)?)?;
        Ok(())
    }

    async fn from_json(json: Box<RawValue>, _: &Data<()>) -> Result<Self, Failure> {
        let document = vetmoot_domain::proof::parse(json.get().as_bytes())
            .map_err(|error| refused("actor-unreadable", format!("the actor document cannot be read: {error}")))?;
        Self::of(write_down(&ctx()?, &read(&document)?).await?)
    }
}

impl Actor for PeerActor {
    fn public_key_pem(&self) -> &str {
        let pem = |key: &HttpKey| matches!(key, HttpKey::Rsa { .. });
        match self.remote.keys.iter().find(|key| pem(key)) {
            Some(HttpKey::Rsa { pem, .. }) => pem,
            _ => "",
        }
    }
    fn private_key_pem(&self) -> Option<String> {
        None
    }
    fn inbox(&self) -> Url {
        self.inbox.clone()
    }
    fn shared_inbox(&self) -> Option<Url> {
        self.remote.shared_inbox.as_deref().and_then(|shared| Url::parse(shared).ok())
    }
}
