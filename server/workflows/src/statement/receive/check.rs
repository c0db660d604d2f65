//! Whether records are what they say: each against the keys of its author, asked for once an author.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use vetmoot_domain::Timestamp;
use vetmoot_domain::proof::{self, ActorKey, ProofError};

use super::read::{self, Envelope, Said};
use super::{Arriving, Community, Refusal, Taken, Via};
use crate::ctx::Ctx;
use crate::limits::VERIFIED_AT_ONCE;
use crate::peer::{self, Freshness};
use crate::problem::{Kind, Problem};

/// A record that stands.
#[derive(Debug, Clone)]
pub(super) struct Sound {
    pub envelope: Envelope,
    pub digest: [u8; 32],
    pub said: Said,
    /// Its canonical form.
    pub text: String,
    pub author_shown: String,
    pub leaf: Option<i64>,
    pub via: Via,
}

/// One record on its way: settled already, or sound.
#[derive(Debug)]
pub(super) enum Checked {
    Done(Taken),
    Sound(Box<Sound>),
}

/// An author's keys for statements.
#[derive(Debug)]
struct Author {
    shown: String,
    keys: Vec<ActorKey>,
}

type Authors = HashMap<String, Result<Arc<Author>, Problem>>;

/// One record that waits for its verification.
struct Waiting {
    place: usize,
    envelope: Envelope,
    author: Arc<Author>,
    record: Value,
    leaf: Option<i64>,
    via: Via,
}

/// Checks every record; the answers stand in the order of the records.
pub(super) async fn all(ctx: &Ctx, community: &Community, arriving: Vec<Arriving>) -> Result<Vec<Checked>, Problem> {
    let now = ctx.clock.now();
    let read: Vec<_> = arriving
        .into_iter()
        .map(|one| {
            let envelope = read::envelope(&one.record, community, now);
            (one, envelope)
        })
        .collect();
    let wanted: BTreeSet<&str> =
        read.iter().filter_map(|(_, envelope)| envelope.as_ref().ok().map(|envelope| envelope.author.as_str())).collect();
    let mut authors = Authors::new();
    for author in wanted {
        authors.insert(author.to_owned(), ask(ctx, author, Freshness::Daily).await);
    }
    let mut done: Vec<Option<Checked>> = Vec::with_capacity(read.len());
    let mut waiting = Vec::new();
    for (place, (one, envelope)) in read.into_iter().enumerate() {
        done.push(None);
        match prepare(place, one, envelope, &authors) {
            Ok(ready) => waiting.push(ready),
            Err(taken) => put(&mut done, place, Checked::Done(taken)),
        }
    }
    let strangers = verify(waiting, community, now, &mut done).await?;
    let again = asked_again(ctx, strangers, &mut done).await;
    for (stranger, error) in verify(again, community, now, &mut done).await? {
        let refusal = refusal(&error);
        put(&mut done, stranger.place, Checked::Done(Taken::refused(&stranger.envelope.uri, refusal)));
    }
    Ok(done.into_iter().flatten().collect())
}

fn put(done: &mut [Option<Checked>], place: usize, checked: Checked) {
    if let Some(slot) = done.get_mut(place) {
        *slot = Some(checked);
    }
}

async fn ask(ctx: &Ctx, author: &str, fresh: Freshness) -> Result<Arc<Author>, Problem> {
    let actor = match ctx.peers.actor(ctx, author, fresh).await {
        // Neither takes back what was signed: the keys they had are remembered.
        Err(problem) if matches!(problem.code, "gone" | "blocked") => peer::known(ctx, author).await?.ok_or(problem)?,
        asked => asked?,
    };
    if actor.uri != author {
        return Err(Problem::new(Kind::Upstream, "another-actor", format!("{author} answers as somebody else")));
    }
    Ok(Arc::new(Author { keys: proof::actor_keys(&actor.document), shown: actor.handle }))
}

fn prepare(place: usize, one: Arriving, envelope: Result<Envelope, Refusal>, authors: &Authors) -> Result<Waiting, Taken> {
    let envelope = envelope.map_err(|refusal| {
        let uri = one.record.get("id").and_then(Value::as_str).unwrap_or_default();
        Taken::refused(&uri.chars().take(200).collect::<String>(), refusal)
    })?;
    let author = match authors.get(&envelope.author) {
        Some(Ok(author)) => author.clone(),
        Some(Err(problem)) => return Err(unasked(&envelope, problem)),
        None => return Err(Taken::refused(&envelope.uri, Refusal::new("no-author", "it names no author"))),
    };
    Ok(Waiting { place, envelope, author, record: one.record, leaf: one.leaf, via: one.via })
}

/// An author who could not be asked for their keys: mostly that says nothing against the record.
fn unasked(envelope: &Envelope, problem: &Problem) -> Taken {
    let text = format!("the keys of {} could not be read: {problem}", envelope.author);
    match problem.code {
        code @ ("gone" | "blocked") => Taken::refused(&envelope.uri, Refusal::new(code, text)),
        _ => Taken::Later { uri: envelope.uri.clone(), text },
    }
}

/// Those whose key may be newer than what is remembered of their author, with the author asked again, once each.
async fn asked_again(ctx: &Ctx, strangers: Vec<(Waiting, ProofError)>, done: &mut [Option<Checked>]) -> Vec<Waiting> {
    let mut authors = Authors::new();
    let mut again = Vec::new();
    for (mut waiting, _) in strangers {
        let uri = waiting.envelope.author.clone();
        if !authors.contains_key(&uri) {
            let asked = ask(ctx, &uri, Freshness::Now).await;
            authors.insert(uri.clone(), asked);
        }
        match authors.get(&uri) {
            Some(Ok(author)) => {
                waiting.author = author.clone();
                again.push(waiting);
            }
            Some(Err(problem)) => put(done, waiting.place, Checked::Done(unasked(&waiting.envelope, problem))),
            None => {}
        }
    }
    again
}

/// Verifies records on the threads for blocking work; answers those whose key their author does not seem to have.
async fn verify(
    waiting: Vec<Waiting>,
    community: &Community,
    now: Timestamp,
    done: &mut [Option<Checked>],
) -> Result<Vec<(Waiting, ProofError)>, Problem> {
    let has_log = community.has_log;
    let mut waiting = waiting.into_iter();
    let mut tasks = Vec::new();
    loop {
        let chunk: Vec<Waiting> = waiting.by_ref().take(VERIFIED_AT_ONCE).collect();
        if chunk.is_empty() {
            break;
        }
        let work = move || chunk.into_iter().map(|one| (one.place, check(one, has_log, now))).collect::<Vec<_>>();
        tasks.push(tokio::task::spawn_blocking(work));
    }
    let mut strangers = Vec::new();
    for task in tasks {
        let checked = task.await.map_err(|panic| {
            Problem::new(Kind::Internal, "verification-failed", "statements could not be verified; nothing was taken")
                .because(panic)
        })?;
        for (place, outcome) in checked {
            match outcome {
                Ok(checked) => put(done, place, checked),
                Err(stranger) => strangers.push(*stranger),
            }
        }
    }
    Ok(strangers)
}

type Stranger = Box<(Waiting, ProofError)>;

fn check(one: Waiting, has_log: bool, now: Timestamp) -> Result<Checked, Stranger> {
    match verified(&one, has_log, now) {
        Ok(Stands::Yes { digest, text }) => {
            let Waiting { envelope, author, record, leaf, via, .. } = one;
            let (author_shown, said) = (author.shown.clone(), read::said(&envelope.kind, &record));
            Ok(Checked::Sound(Box::new(Sound { envelope, digest, said, text, author_shown, leaf, via })))
        }
        Ok(Stands::NotYet(text)) => Ok(Checked::Done(Taken::Later { uri: one.envelope.uri, text })),
        Err(error @ (ProofError::KeyNotOfActor | ProofError::OutsideKeyTime)) => Err(Box::new((one, error))),
        Err(error) => Ok(Checked::Done(Taken::refused(&one.envelope.uri, refusal(&error)))),
    }
}

enum Stands {
    Yes { digest: [u8; 32], text: String },
    NotYet(String),
}

/// Verifies the proof under the key it names, which has to be its author's at the time the proof was made.
fn verified(one: &Waiting, has_log: bool, now: Timestamp) -> Result<Stands, ProofError> {
    let claim = proof::claim(&one.record)?;
    let key = one.author.keys.iter().find(|key| key.id == claim.verification_method).ok_or(ProofError::KeyNotOfActor)?;
    let early = key.from.is_some_and(|from| claim.created < from);
    let late = key.until.is_some_and(|until| claim.created > until);
    let expired = claim.expires.is_some_and(|expires| expires < now);
    if early || late || expired {
        return Err(ProofError::OutsideKeyTime);
    }
    proof::verify(&one.record, &key.key)?;
    // Whoever has a retired key can write any date; a leaf of the log they cannot write.
    if key.until.is_some_and(|until| until <= now) && has_log && one.leaf.is_none() {
        return Ok(Stands::NotYet("its key was retired; it counts once its community's log shows it".to_owned()));
    }
    let canonical = proof::canonical(&one.record)?;
    let digest = Sha256::digest(&canonical).into();
    let text = String::from_utf8(canonical).map_err(|error| ProofError::Unreadable { cause: error.to_string() })?;
    Ok(Stands::Yes { digest, text })
}

fn refusal(error: &ProofError) -> Refusal {
    Refusal::new(error.code(), error.to_string())
}
