//! Keys of other servers' actors in memory: found without a look at the database, fetched at most once for a message
//! nobody vouches for yet, and fetched again at once when one was replaced.

use std::sync::Arc;

use moka::sync::Cache;
use openssl::pkey::{Id, PKey, Public};
use tokio::sync::Mutex;
use url::Url;
use vetmoot_domain::Timestamp;
use vetmoot_outbound::Origin;
use vetmoot_workflows::peer::{self, Budgets, HttpKey, KeyQuestion, NewActor, RemoteActor, SigningKey, http_keys};
use vetmoot_workflows::{Ctx, Kind, Problem};

use super::{Network, too_many};
use crate::fetch::{self, Hops};
use crate::limits::{
    ACTOR_FRESH, DRAFTS_BYTES_MAX, FETCH_BUDGETS_MAX, FETCHES_ORIGIN_BURST, FETCHES_ORIGIN_EACH_MS, KEY_AGAIN_BURST,
    KEY_AGAIN_EACH_MS, KEY_FETCHES_CLIENT_BURST, KEY_FETCHES_CLIENT_EACH_MS, KEY_NOTES_MAX, KEY_REFUSED_FOR, KEYS_CACHED_MAX,
    RSA_BITS_MAX, RSA_BITS_MIN,
};

/// The keys of one actor.
#[derive(Debug)]
struct Known {
    keys: Vec<SigningKey>,
    /// The actor's type as written down or first fetched.
    kind: String,
    fetched_at: Timestamp,
}

/// An actor that was fetched for its key and is not written down: its message might not have been genuine.
type Draft = Arc<(NewActor, Timestamp)>;

/// What is known of keys.
#[derive(Debug)]
pub(super) struct KeyBook {
    known: Cache<String, Arc<Known>>,
    drafts: Cache<String, Draft>,
    /// Until when nobody asks again, and why.
    refused: Cache<String, (Timestamp, Problem)>,
    /// How often the keys of an actor that is known may be fetched again.
    again: Budgets,
    /// One fetch an actor at a time.
    under_way: Cache<String, Arc<Mutex<()>>>,
    clients: Budgets,
    /// Apart from what verified work fetches: whoever names an origin must not use up what that needs.
    origins: Budgets,
}

impl Default for KeyBook {
    fn default() -> Self {
        let weight = |_: &String, draft: &Draft| u32::try_from(draft.0.document.to_string().len()).unwrap_or(u32::MAX);
        Self {
            known: Cache::new(KEYS_CACHED_MAX),
            drafts: Cache::builder().max_capacity(DRAFTS_BYTES_MAX).weigher(weight).build(),
            refused: Cache::new(KEY_NOTES_MAX),
            again: Budgets::new(KEY_AGAIN_BURST, KEY_AGAIN_EACH_MS, KEY_NOTES_MAX),
            under_way: Cache::new(KEY_NOTES_MAX),
            clients: Budgets::new(KEY_FETCHES_CLIENT_BURST, KEY_FETCHES_CLIENT_EACH_MS, FETCH_BUDGETS_MAX),
            origins: Budgets::new(FETCHES_ORIGIN_BURST, FETCHES_ORIGIN_EACH_MS, FETCH_BUDGETS_MAX),
        }
    }
}

impl KeyBook {
    /// Takes over the keys of an actor that was just fetched and written down.
    pub(super) fn learn(&self, actor: &RemoteActor) {
        self.drafts.invalidate(&actor.uri);
        self.refused.invalidate(&actor.uri);
        self.keep(&actor.uri, &actor.kind, &actor.keys, actor.fetched_at);
    }

    /// What was fetched for a key and is not written down yet.
    pub(super) fn draft(&self, uri: &str) -> Option<(NewActor, Timestamp)> {
        self.drafts.get(uri).map(|draft| (draft.0.clone(), draft.1))
    }

    /// The key a message names.
    pub(super) async fn find(
        &self,
        ctx: &Ctx,
        network: &Network,
        question: KeyQuestion<'_>,
        url: &Url,
        origin: &Origin,
    ) -> Result<SigningKey, Problem> {
        let now = ctx.clock.now();
        let known = match self.known.get(question.actor) {
            Some(known) => Some(known),
            None => self.written_down(ctx, question.actor).await?,
        };
        let young = |known: &Known| now < known.fetched_at.plus(ACTOR_FRESH);
        let remembered = known.as_ref().and_then(|known| known.key(question.key_id).map(|key| (key, young(known))));
        match remembered {
            Some((key, true)) if !question.again => return Ok(key),
            Some((key, false)) if !question.again => {
                // An old key is looked at again, for it may have been withdrawn. It still counts when nobody can say so.
                return match self.fetch(ctx, network, question, (url, origin), known.as_ref()).await {
                    Err(problem) if !matches!(problem.code, "key-unknown" | "actor-changed-type") => Ok(key),
                    answered => answered,
                };
            }
            _ => {}
        }
        self.fetch(ctx, network, question, (url, origin), known.as_ref()).await
    }

    /// One fetch of the actor, if nothing speaks against it.
    async fn fetch(
        &self,
        ctx: &Ctx,
        network: &Network,
        question: KeyQuestion<'_>,
        (url, origin): (&Url, &Origin),
        seen: Option<&Arc<Known>>,
    ) -> Result<SigningKey, Problem> {
        let turn = self.under_way.get_with(question.actor.to_owned(), Arc::default);
        let _turn = turn.lock().await;
        let now = ctx.clock.now();
        if let Some((_, why)) = self.refused.get(question.actor).filter(|(until, _)| now < *until) {
            return Err(why);
        }
        let known = self.known.get(question.actor);
        match (&known, seen) {
            // Somebody fetched it while this one waited.
            (Some(newer), None) => return newer.key(question.key_id).map(just_fetched).ok_or_else(unknown_key),
            (Some(newer), Some(seen)) if !Arc::ptr_eq(newer, seen) => {
                return newer.key(question.key_id).map(just_fetched).ok_or_else(unknown_key);
            }
            (Some(_), Some(_)) => self.again.take(question.actor, now).map_err(|_| cool_down())?,
            (None, _) => {}
        }
        let client = Budgets::name_of(question.client);
        self.clients.take(&client, now).map_err(|wait| too_many("this address", wait))?;
        self.origins.take(&origin.to_string(), now).map_err(|wait| too_many(origin.host(), wait))?;
        let fetched = network.library.document(ctx, url, Hops::Exact(url.clone())).await;
        let read = fetched.and_then(|document| fetch::read_actor(&document)).and_then(|actor| {
            let same = known.as_ref().is_none_or(|known| known.kind == actor.kind);
            if same && actor.uri == question.actor { Ok(actor) } else { Err(changed(question.actor)) }
        });
        let actor = match read {
            Ok(actor) => actor,
            Err(problem) => {
                let problem = Problem { kind: Kind::Unauthenticated, ..problem };
                self.refused.insert(question.actor.to_owned(), (now.plus(KEY_REFUSED_FOR), problem.clone()));
                if problem.code == "gone" && seen.is_some() {
                    peer::gone(ctx, question.actor).await?;
                }
                return Err(problem);
            }
        };
        let keys = http_keys(&actor.uri, &actor.document);
        self.keep(&actor.uri, &actor.kind, &keys, now);
        if peer::known(ctx, &actor.uri).await?.is_some() {
            // It was written down before, so a new key of it is kept too.
            peer::remember(ctx, &actor, now).await?;
        } else {
            self.drafts.insert(actor.uri.clone(), Arc::new((actor, now)));
        }
        let key = self.known.get(question.actor).and_then(|known| known.key(question.key_id));
        key.map(just_fetched).ok_or_else(unknown_key)
    }

    /// The keys of an actor that is written down.
    async fn written_down(&self, ctx: &Ctx, uri: &str) -> Result<Option<Arc<Known>>, Problem> {
        let Some(actor) = peer::known(ctx, uri).await? else { return Ok(None) };
        self.keep(uri, &actor.kind, &actor.keys, actor.fetched_at);
        Ok(self.known.get(uri))
    }

    fn keep(&self, uri: &str, kind: &str, keys: &[HttpKey], fetched_at: Timestamp) {
        let keys = keys.iter().filter_map(|key| {
            let public = public(key)?;
            Some(SigningKey { id: key.id().to_owned(), public, just_fetched: false })
        });
        let known = Known { keys: keys.collect(), kind: kind.to_owned(), fetched_at };
        self.known.insert(uri.to_owned(), Arc::new(known));
    }
}

impl Known {
    fn key(&self, id: &str) -> Option<SigningKey> {
        self.keys.iter().find(|key| key.id == id).cloned()
    }
}

/// The key in a form that verifies; one that is too weak, too large or of another kind counts as none.
fn public(key: &HttpKey) -> Option<PKey<Public>> {
    match key {
        HttpKey::Rsa { pem, .. } => {
            let key = PKey::public_key_from_pem(pem.as_bytes()).ok()?;
            let fits = match key.id() {
                Id::RSA => (RSA_BITS_MIN..=RSA_BITS_MAX).contains(&key.bits()),
                Id::ED25519 => true,
                _ => false,
            };
            fits.then_some(key)
        }
        HttpKey::Ed25519 { key, .. } => PKey::public_key_from_raw_bytes(key, Id::ED25519).ok(),
    }
}

fn just_fetched(key: SigningKey) -> SigningKey {
    SigningKey { just_fetched: true, ..key }
}

fn unknown_key() -> Problem {
    let text = "the actor lists no such key; if it is new, send the message again in a minute";
    Problem::new(Kind::Unauthenticated, "key-unknown", text)
}

fn cool_down() -> Problem {
    let text = "the actor's keys were asked for again only just now; send the message again in a minute";
    Problem::new(Kind::Unauthenticated, "key-cool-down", text)
}

fn changed(actor: &str) -> Problem {
    let text = format!("{actor} is not what it was, or calls itself something else; this is not believed");
    Problem::new(Kind::Unauthenticated, "actor-changed-type", text)
}
