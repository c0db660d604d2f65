//! The port `Peers`: the only way from a workflow to another server. The federation crate implements it.

use std::net::IpAddr;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;
use vetmoot_domain::Timestamp;

use super::SigningKey;
use crate::ctx::Ctx;
use crate::problem::{Kind, Problem};

/// How old an actor may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// As remembered, however old; fetched only when unknown.
    Remembered,
    /// Fetched again when older than a day.
    Daily,
    /// Fetched now, within the budget of its origin.
    Now,
}

/// A key of another server's actor for HTTP messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpKey {
    /// RSA, as PEM of a SubjectPublicKeyInfo.
    Rsa {
        /// The key's own id.
        id: String,
        /// The key.
        pem: String,
    },
    /// Ed25519, its 32 bytes.
    Ed25519 {
        /// The key's own id.
        id: String,
        /// The key.
        key: [u8; 32],
    },
}

/// An actor of another server, verified to come from its own origin.
#[derive(Debug, Clone, PartialEq)]
pub struct RemoteActor {
    /// The row.
    pub id: i64,
    /// The row of its host.
    pub host_id: i64,
    /// Its address.
    pub uri: String,
    /// `Person`, `Group`, `Organization`, `Application` or `Service`.
    pub kind: String,
    /// `name@host`.
    pub handle: String,
    /// What it calls itself, or its handle.
    pub name: String,
    /// Where it receives.
    pub inbox: String,
    /// Where its server receives for everybody.
    pub shared_inbox: Option<String>,
    /// Its keys for HTTP messages. Keys for statements are read from `document` by `vetmoot_domain::proof::actor_keys`.
    pub keys: Vec<HttpKey>,
    /// The document as fetched.
    pub document: Value,
    /// When it was fetched.
    pub fetched_at: Timestamp,
    /// When its server said that it is gone.
    pub gone_at: Option<Timestamp>,
}

/// Whose key is asked for, and on whose behalf.
#[derive(Debug, Clone, Copy)]
pub struct KeyQuestion<'a> {
    /// The actor that is said to have signed.
    pub actor: &'a str,
    /// The id of the key that is said to have been used, of the actor's origin.
    pub key_id: &'a str,
    /// The address the message came from, which pays for a fetch.
    pub client: Option<IpAddr>,
    /// Whether the key as remembered did not verify: it may have been replaced.
    pub again: bool,
}

/// What the workflows ask of other servers. Every answer was checked: address, origin, size, content type.
#[async_trait]
pub trait Peers: Send + Sync {
    /// The actor at an address, remembered or fetched from its own origin.
    async fn actor(&self, ctx: &Ctx, uri: &str, fresh: Freshness) -> Result<RemoteActor, Problem>;
    /// The actor a person means: `@name@host`, `name@host` or an address; found by WebFinger where needed.
    async fn resolve(&self, ctx: &Ctx, text: &str) -> Result<RemoteActor, Problem>;
    /// An ActivityPub document, from its own origin: its `id` is the address that answered.
    async fn document(&self, ctx: &Ctx, url: &str) -> Result<Value, Problem>;
    /// Plain bytes of at most `max_bytes`: a checkpoint, a tile, statements in bulk. No redirect is followed.
    async fn bytes(&self, ctx: &Ctx, url: &str, max_bytes: u64) -> Result<Bytes, Problem>;
    /// The key of an actor that a message names, remembered or fetched once, within the budgets of client and origin.
    async fn signing_key(&self, _: &Ctx, _: KeyQuestion<'_>) -> Result<SigningKey, Problem> {
        Err(none())
    }
}

/// No way to other servers: for commands that need none.
pub struct NoPeers;

fn none() -> Problem {
    Problem::new(Kind::Unavailable, "no-peers", "this command does not speak with other servers; ask the running server")
}

#[async_trait]
impl Peers for NoPeers {
    async fn actor(&self, _: &Ctx, _: &str, _: Freshness) -> Result<RemoteActor, Problem> {
        Err(none())
    }
    async fn resolve(&self, _: &Ctx, _: &str) -> Result<RemoteActor, Problem> {
        Err(none())
    }
    async fn document(&self, _: &Ctx, _: &str) -> Result<Value, Problem> {
        Err(none())
    }
    async fn bytes(&self, _: &Ctx, _: &str, _: u64) -> Result<Bytes, Problem> {
        Err(none())
    }
}
