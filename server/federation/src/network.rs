//! The port `Peers` over HTTP: how workflows reach other servers.

mod keys;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;
use url::Url;
use vetmoot_domain::Span;
use vetmoot_outbound::{Origin, Request};
use vetmoot_workflows::peer::{self, Budgets, Freshness, KeyQuestion, NewActor, Peers, RemoteActor, SigningKey};
use vetmoot_workflows::{Ctx, Kind, Problem};

use crate::fetch::{self, Account, Hops, Library, address};
use crate::limits::{
    ACTOR_FRESH, FETCH_BUDGETS_MAX, FETCH_STALL_TIMEOUT, FETCH_TIMEOUT, FETCHES_ORIGIN_BURST, FETCHES_ORIGIN_EACH_MS,
};
use keys::KeyBook;

/// Reaches other servers; see [`Peers`].
pub struct Network {
    library: Library,
    keys: KeyBook,
    origins: Budgets,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            library: Library::default(),
            keys: KeyBook::default(),
            origins: Budgets::new(FETCHES_ORIGIN_BURST, FETCHES_ORIGIN_EACH_MS, FETCH_BUDGETS_MAX),
        }
    }
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network").finish_non_exhaustive()
    }
}

impl Network {
    /// The way to other servers, under the bounds of [`crate::limits`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one fetch from an origin's budget.
    fn spend(&self, ctx: &Ctx, origin: &Origin) -> Result<(), Problem> {
        self.origins.take(&origin.to_string(), ctx.clock.now()).map_err(|wait| too_many(origin.host(), wait))
    }

    /// The actor fetched now and written down.
    async fn fetched_actor(&self, ctx: &Ctx, url: &Url, origin: &Origin) -> Result<RemoteActor, Problem> {
        self.spend(ctx, origin)?;
        let fetched = self.library.actor(ctx, url, Hops::Within(origin.clone())).await;
        match fetched {
            Ok(actor) => {
                self.keys.learn(&actor);
                Ok(actor)
            }
            Err(problem) if problem.code == "gone" => {
                peer::gone(ctx, url.as_str()).await?;
                Err(problem)
            }
            Err(problem) => Err(problem),
        }
    }

    /// The actor that WebFinger says an account means, under the account it confirms.
    async fn by_account(&self, ctx: &Ctx, account: &Account) -> Result<RemoteActor, Problem> {
        let (url, confirmed) = fetch::confirm(ctx, account).await?;
        let (_, origin) = address(url.as_str())?;
        self.spend(ctx, &origin)?;
        let document = self.library.document(ctx, &url, Hops::Within(origin)).await?;
        let mut actor = fetch::read_actor(&document)?;
        let calls_itself = actor.handle.split_once('@').map_or("", |(name, _)| name);
        if !calls_itself.eq_ignore_ascii_case(confirmed.name()) {
            let text = format!("{confirmed} leads to an actor that goes by another name");
            return Err(Problem::new(Kind::Upstream, "handle-not-confirmed", text));
        }
        actor.handle = confirmed.to_string();
        actor.confirmed = true;
        self.remember(ctx, &actor).await
    }

    /// The actor at an address somebody typed: a redirect may lead anywhere, for only what answers is believed.
    async fn by_address(&self, ctx: &Ctx, text: &str) -> Result<RemoteActor, Problem> {
        let (url, origin) = address(text)?;
        self.spend(ctx, &origin)?;
        let document = self.library.document(ctx, &url, Hops::Anywhere).await?;
        let mut actor = fetch::read_actor(&document)?;
        // The handle is that of the actor's own host, so it needs no confirmation; a longer way round is looked for.
        if let Some(account) = Account::parse(&actor.handle)
            && let Ok((found, confirmed)) = fetch::confirm(ctx, &account).await
            && found.as_str() == actor.uri
        {
            actor.handle = confirmed.to_string();
            actor.confirmed = true;
        }
        self.remember(ctx, &actor).await
    }

    async fn remember(&self, ctx: &Ctx, actor: &NewActor) -> Result<RemoteActor, Problem> {
        if !ctx.moderation.permits(&actor.origin, Some(&actor.uri)) {
            return Err(blocked(&actor.uri));
        }
        let remote = peer::remember(ctx, actor, ctx.clock.now()).await?;
        self.keys.learn(&remote);
        Ok(remote)
    }
}

fn too_many(host: &str, wait_ms: i64) -> Problem {
    let text = format!("{host} was asked too much just now; try again in {} seconds", wait_ms / 1_000 + 1);
    Problem::new(Kind::Unavailable, "fetch-budget", text).after(Span::from_millis(wait_ms))
}

fn blocked(what: &str) -> Problem {
    Problem::new(Kind::Forbidden, "blocked", format!("this server does not speak with {what}"))
}

#[async_trait]
impl Peers for Network {
    async fn actor(&self, ctx: &Ctx, uri: &str, fresh: Freshness) -> Result<RemoteActor, Problem> {
        let (url, origin) = address(uri)?;
        if !ctx.moderation.permits(&origin.to_string(), Some(uri)) {
            return Err(blocked(uri));
        }
        let known = peer::known(ctx, uri).await?;
        let young = |actor: &RemoteActor| ctx.clock.now() < actor.fetched_at.plus(ACTOR_FRESH);
        match (known, fresh) {
            (Some(actor), Freshness::Remembered) => Ok(actor),
            (Some(actor), Freshness::Daily) if young(&actor) => Ok(actor),
            // What its server cannot tell us anew just now stays as it was.
            (Some(actor), Freshness::Daily) => match self.fetched_actor(ctx, &url, &origin).await {
                Err(problem) if !matches!(problem.code, "gone" | "actor-changed-type") => Ok(actor),
                other => other,
            },
            (None, Freshness::Remembered | Freshness::Daily) => match self.keys.draft(uri) {
                // It was fetched for its key a moment ago.
                Some((actor, at)) => peer::remember(ctx, &actor, at).await,
                None => self.fetched_actor(ctx, &url, &origin).await,
            },
            (_, Freshness::Now) => self.fetched_actor(ctx, &url, &origin).await,
        }
    }

    async fn resolve(&self, ctx: &Ctx, text: &str) -> Result<RemoteActor, Problem> {
        if ctx.domain.is_none() {
            return Err(fetch::no_federation());
        }
        match Account::parse(text) {
            Some(account) => self.by_account(ctx, &account).await,
            None => self.by_address(ctx, text.trim()).await,
        }
    }

    async fn document(&self, ctx: &Ctx, url: &str) -> Result<Value, Problem> {
        let (url, origin) = address(url)?;
        self.spend(ctx, &origin)?;
        self.library.document(ctx, &url, Hops::Within(origin)).await
    }

    async fn bytes(&self, ctx: &Ctx, url: &str, max_bytes: u64) -> Result<Bytes, Problem> {
        let (url, origin) = address(url)?;
        if ctx.domain.is_none() {
            return Err(fetch::no_federation());
        }
        if !ctx.moderation.permits(&origin.to_string(), None) {
            return Err(blocked(&origin.to_string()));
        }
        let request = Request {
            follow: false,
            max_bytes,
            total_timeout: FETCH_TIMEOUT * 3,
            idle_timeout: FETCH_STALL_TIMEOUT,
            ..Request::get(&url)
        };
        let (meta, bytes) = ctx.outbound.fetch_all(&fetch::allowed(ctx), request).await?;
        if meta.status == 200 { Ok(bytes) } else { Err(fetch::answered(meta.status)) }
    }

    async fn signing_key(&self, ctx: &Ctx, question: KeyQuestion<'_>) -> Result<SigningKey, Problem> {
        let (url, origin) = address(question.actor)?;
        let (_, of_key) = address(question.key_id)?;
        if of_key != origin {
            let text = "the key is not of the server of the actor that is said to have signed";
            return Err(Problem::new(Kind::Unauthenticated, "foreign-key", text));
        }
        self.keys.find(ctx, self, question, &url, &origin).await
    }
}
