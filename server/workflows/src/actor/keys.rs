//! The keys of our actors: made when first needed, shown with their times.

use vetmoot_domain::Timestamp;
use vetmoot_domain::proof::Multikey;
use vetmoot_keys::{KeyOwner, KeysError, PublicKey, PublicKeyInfo, Purpose};

use super::LocalActor;
use crate::ctx::Ctx;
use crate::problem::{Kind, Problem};

/// The key that signs an actor's HTTP messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpKeyOwner {
    /// The key's id: the actor's address and `#main-key`, or `#main-key-N` for its successors.
    pub id: String,
    /// Whose private key it is; packages and policies share one.
    pub owner: KeyOwner,
    /// The public key, as PEM of a SubjectPublicKeyInfo.
    pub pem: String,
}

/// A key for statements with its time of use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementKey {
    /// The public key.
    pub key: Multikey,
    /// When it came into use.
    pub from: Timestamp,
    /// When it was retired.
    pub until: Option<Timestamp>,
}

/// Everything public about an actor's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorKeys {
    /// The key for HTTP messages in use.
    pub http: HttpKeyOwner,
    /// The keys for statements, retired ones included, oldest first; empty for an actor that makes none.
    pub statements: Vec<StatementKey>,
}

/// A problem with keys as a workflow tells it.
pub(crate) fn trouble(error: KeysError) -> Problem {
    Problem::new(Kind::Unavailable, error.code(), "the keys of this instance cannot be used just now").because(error)
}

/// Runs work on the keyring where blocking is allowed: it reads files, and making an RSA key takes a while.
pub(crate) async fn blocking<T: Send + 'static>(
    ctx: &Ctx,
    work: impl FnOnce(&Ctx) -> Result<T, KeysError> + Send + 'static,
) -> Result<T, Problem> {
    let ctx = ctx.clone();
    match tokio::task::spawn_blocking(move || work(&ctx)).await {
        Ok(done) => done.map_err(trouble),
        Err(panic) => {
            Err(Problem::new(Kind::Internal, "keys-failed", "the keys of this instance cannot be used").because(panic))
        }
    }
}

/// The key that signs the actor's HTTP messages, made if there is none.
pub async fn http_key(ctx: &Ctx, actor: &LocalActor) -> Result<HttpKeyOwner, Problem> {
    let owner = actor.key_owner();
    let (now, asked) = (ctx.clock.now(), owner.clone());
    let all = blocking(ctx, move |ctx| {
        ctx.keys.ensure(&asked, Purpose::HttpMessage, now)?;
        ctx.keys.public_keys(&asked)
    })
    .await?;
    http_of(ctx, actor, owner, &all)
}

/// Every public key of an actor; a key for statements is made for those who make statements.
pub async fn keys_of(ctx: &Ctx, actor: &LocalActor) -> Result<ActorKeys, Problem> {
    let owner = actor.key_owner();
    let speaks = makes_statements(actor);
    let (now, asked) = (ctx.clock.now(), owner.clone());
    let all = blocking(ctx, move |ctx| {
        ctx.keys.ensure(&asked, Purpose::HttpMessage, now)?;
        if speaks {
            // Before its first statement leaves: who remembers the actor from today then knows the key.
            ctx.keys.ensure(&asked, Purpose::Statement, now)?;
        }
        ctx.keys.public_keys(&asked)
    })
    .await?;
    let statements = all.iter().filter(|info| info.purpose == Purpose::Statement);
    let statements = statements.filter_map(|info| match &info.public {
        PublicKey::Ed25519(key) => Some(StatementKey { key: *key, from: info.from, until: info.until }),
        PublicKey::Rsa(_) => None,
    });
    // A package speaks when an index serves other bytes than were released: with the key that is there by then.
    let speaks = speaks || matches!(actor, LocalActor::Package(_));
    let statements = if speaks { statements.collect() } else { Vec::new() };
    Ok(ActorKeys { http: http_of(ctx, actor, owner, &all)?, statements })
}

/// Members, policies and the community say things all the time; the others pass on or ask.
fn makes_statements(actor: &LocalActor) -> bool {
    matches!(actor, LocalActor::Community | LocalActor::Person(_) | LocalActor::Policy(_))
}

/// The key for messages in use: the first of an owner is `#main-key`, the next `#main-key-2`.
fn http_of(ctx: &Ctx, actor: &LocalActor, owner: KeyOwner, all: &[PublicKeyInfo]) -> Result<HttpKeyOwner, Problem> {
    let messages = all.iter().filter(|info| info.purpose == Purpose::HttpMessage);
    let newest = messages.enumerate().filter(|(_, info)| info.is_current()).last();
    let Some((place, PublicKeyInfo { public: PublicKey::Rsa(pem), .. })) = newest else {
        return Err(trouble(KeysError::NoKey { owner: owner.to_string() }));
    };
    let base = ctx.base_url.join(&actor.to_string());
    let id = if place == 0 { format!("{base}#main-key") } else { format!("{base}#main-key-{}", place + 1) };
    Ok(HttpKeyOwner { id, owner, pem: pem.clone() })
}
