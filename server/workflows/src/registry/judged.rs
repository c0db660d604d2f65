//! A package's listing judged under a policy: one evidence read, every entry decided, kept until anything changes.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};
use vetmoot_domain::{Adoption, Decision, Facts, Package, PolicyDigest, Slug, SourceState, State, Subject, Timestamp, Use};
use vetmoot_ecosystems::{Shown, world};
use vetmoot_judge::Prepared;
use vetmoot_storage::{evidence, listed, packages};

use super::listing::Current;
use crate::ctx::Ctx;
use crate::policy::book::Adopted;
use crate::problem::{Kind, Problem};

/// What a memoised judgement is found by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The package.
    pub package: Package,
    /// The slug: what a policy listed before is remembered under it.
    pub slug: Slug,
    /// The policy's identity.
    pub digest: PolicyDigest,
    /// What the package is used for.
    pub usage: Use,
}

/// A judged listing.
pub struct Judged {
    /// The listing it judged.
    pub current: Arc<Current>,
    /// The policy.
    pub adopted: Arc<Adopted>,
    /// The use it was judged for.
    pub usage: Use,
    /// One decision an entry, in the listing's order.
    pub decisions: Vec<Decision>,
    /// What each entry shows to clients.
    pub shown: Vec<Shown>,
    /// The package's evidence epoch.
    pub epoch: i64,
    /// The earliest moment at which an entry's outcome changes.
    pub valid_until: Option<Timestamp>,
    /// The tag of everything composed from this: equal tags mean equal answers.
    pub tag: String,
    /// The state of the world (`Ctx::generation`) in which it was last found true.
    seen: AtomicU64,
}

impl Judged {
    /// Whether every entry is refused: then the package itself is.
    pub fn is_wholly_refused(&self) -> bool {
        !self.decisions.is_empty()
            && self.adopted.mode == Adoption::Enforce
            && self.decisions.iter().all(|decision| decision.state == State::Refused)
    }
    /// Whether the policy withholds what it decides against.
    pub fn enforces(&self) -> bool {
        self.adopted.mode == Adoption::Enforce
    }
}

/// Judges the package under the policy, or finds the judgement that still holds.
pub async fn judged(ctx: &Ctx, adopted: &Arc<Adopted>, package: &Package, usage: Use) -> Result<Arc<Judged>, Problem> {
    let current = super::listing::current(ctx, package).await?;
    of_current(ctx, adopted, current, usage).await
}

/// Judges a listing that is at hand, fresh or not.
pub async fn of_current(ctx: &Ctx, adopted: &Arc<Adopted>, current: Arc<Current>, usage: Use) -> Result<Arc<Judged>, Problem> {
    let key = Key { package: current.package.clone(), slug: adopted.slug.clone(), digest: adopted.digest, usage };
    if let Some(judged) = ctx.registry.judged.get(&key)
        && holds(ctx, &judged, &current, adopted).await?
    {
        return Ok(judged);
    }
    let judged = Arc::new(judge(ctx, adopted, current, usage).await?);
    ctx.registry.judged.insert(key, judged.clone());
    Ok(judged)
}

/// The memoised judgement when it needs no look at the database: the path of a client that asks again.
pub fn hot(ctx: &Ctx, key: &Key) -> Option<Arc<Judged>> {
    let judged = ctx.registry.judged.get(key)?;
    let now = ctx.clock.now();
    let fresh = now < judged.current.checked_at().plus(ctx.listing_fresh);
    let same_world = judged.seen.load(Ordering::Acquire) == ctx.generation();
    (fresh && same_world && !lapsed(&judged, now)).then_some(judged)
}

/// The releases of a judged listing with their state: listed when at least one file is, refused when all are.
pub fn releases(judged: &Judged) -> Vec<(vetmoot_domain::Version, State)> {
    let mut states: std::collections::BTreeMap<&vetmoot_domain::Version, State> = std::collections::BTreeMap::new();
    for decision in &judged.decisions {
        let state = states.entry(&decision.artifact.release.version).or_insert(decision.state);
        *state = (*state).min(decision.state);
    }
    states.into_iter().map(|(version, state)| (version.clone(), state)).collect()
}

fn lapsed(judged: &Judged, now: Timestamp) -> bool {
    judged.valid_until.is_some_and(|until| now >= until)
}

async fn holds(ctx: &Ctx, judged: &Judged, current: &Arc<Current>, adopted: &Arc<Adopted>) -> Result<bool, Problem> {
    let same = Arc::ptr_eq(&judged.current, current) || judged.current.version == current.version;
    if !same || judged.adopted.mode != adopted.mode || lapsed(judged, ctx.clock.now()) {
        return Ok(false);
    }
    let generation = ctx.generation();
    if judged.seen.load(Ordering::Acquire) == generation {
        return Ok(true);
    }
    // Something changed somewhere; one indexed look says whether it was about this package.
    let row = packages::find(&ctx.store.read(), &current.package).await?;
    let sources = ctx.sources();
    if row.is_none_or(|row| row.epoch != judged.epoch) || !judged.tag.starts_with(&sources.tag) {
        return Ok(false);
    }
    judged.seen.store(generation, Ordering::Release);
    Ok(true)
}

async fn judge(ctx: &Ctx, adopted: &Arc<Adopted>, current: Arc<Current>, usage: Use) -> Result<Judged, Problem> {
    let generation = ctx.generation();
    let reader = ctx.store.read();
    let (epoch, mut evidence) = evidence::of_package(&reader, &current.package).await?;
    let before = listed::before(&reader, &adopted.slug, current.row_id).await?;
    let sources = ctx.sources();
    let now = ctx.clock.now();
    let mut work = {
        let (current, adopted, states, before) = (current.clone(), adopted.clone(), sources.states.clone(), before.clone());
        move || {
            bind(&mut evidence, &current);
            let versions = world(current.package.ecosystem()).versions();
            let prepared = Prepared::new(&adopted.policy, &evidence, versions, usage);
            decide_all(&prepared, &current, &before, &states, now)
        }
    };
    // A long listing takes milliseconds to judge; the workers that answer requests do not wait for it.
    let decisions = if current.files.len() > 64 {
        tokio::task::spawn_blocking(work).await.map_err(|panic| {
            Problem::new(
                Kind::Internal,
                "judging-failed",
                "the package could not be judged; the operator finds the cause in the log",
            )
            .because(panic)
        })?
    } else {
        work()
    };
    if adopted.mode == Adoption::Enforce {
        remember_listed(ctx, adopted, &current, &before, &decisions).await?;
    }
    let shown = decisions.iter().map(|decision| shown(ctx, adopted, decision)).collect();
    let valid_until = decisions.iter().filter_map(|decision| decision.valid_until).filter(|until| *until > now).min();
    let tag = tag(&sources.tag, adopted, &current, &decisions);
    Ok(Judged {
        current,
        adopted: adopted.clone(),
        usage,
        decisions,
        shown,
        epoch,
        valid_until,
        tag,
        seen: AtomicU64::new(generation),
    })
}

fn bind(evidence: &mut vetmoot_domain::Evidence, current: &Current) {
    let mut known = std::collections::BTreeMap::new();
    for (entry, file) in current.entries() {
        known.entry(entry.version.clone()).or_insert_with(Vec::new).push(file.digests.clone());
    }
    vetmoot_judge::bind(evidence, &known);
}

fn decide_all(
    prepared: &Prepared<'_>,
    current: &Current,
    before: &HashSet<String>,
    sources: &[SourceState],
    now: Timestamp,
) -> Vec<Decision> {
    let versions = world(current.package.ecosystem()).versions();
    let decide = |(entry, file): (&vetmoot_ecosystems::Entry, &super::listing::FileFacts)| {
        let artifact = current.package.release(entry.version.clone()).artifact(entry.file_name.as_deref());
        let subject = Subject { artifact, digests: file.digests.clone() };
        let facts = Facts {
            now,
            publish: file.publish,
            uploaded: entry.published,
            listed_before: before.contains(&file.key),
            incident: file.incident.clone(),
            publisher: file.publisher.clone(),
            advisory_sources: sources,
            versions,
        };
        prepared.decide(&subject, &facts)
    };
    current.entries().map(decide).collect()
}

/// Writes down what this policy lists for the first time, before anybody sees it: a later lapse must know.
async fn remember_listed(
    ctx: &Ctx,
    adopted: &Adopted,
    current: &Current,
    before: &HashSet<String>,
    decisions: &[Decision],
) -> Result<(), Problem> {
    let listed_now = decisions.iter().zip(&current.files).filter(|(decision, _)| decision.state == State::Listed);
    let keys: Vec<String> = listed_now.map(|(_, file)| file.key.clone()).collect();
    if keys.iter().all(|key| before.contains(key)) {
        return Ok(());
    }
    let tx = ctx.store.begin().await?;
    listed::mark(&tx, &adopted.slug, current.row_id, &keys).await?;
    tx.commit().await?;
    Ok(())
}

fn shown(ctx: &Ctx, adopted: &Adopted, decision: &Decision) -> Shown {
    if adopted.mode == Adoption::Observe {
        return Shown::AsIs;
    }
    match decision.state {
        State::Listed => Shown::AsIs,
        State::Held => Shown::Held { reason: reason_line(ctx, adopted, decision) },
        State::Refused => Shown::Refused { reason: reason_line(ctx, adopted, decision) },
    }
}

/// The one line every client gets to see: state, the first reason, and where to read more.
pub fn reason_line(ctx: &Ctx, adopted: &Adopted, decision: &Decision) -> String {
    let text = decision.reasons.first().map_or("no reason was recorded", |reason| reason.text.as_str());
    let why = ctx.base_url.why(&adopted.slug, &decision.artifact.release.to_string());
    format!("{} by {}: {text} {why}", decision.state, adopted.slug)
}

/// A tag that changes when the sources, the policy, the listing or any outcome does.
fn tag(sources: &str, adopted: &Adopted, current: &Current, decisions: &[Decision]) -> String {
    let mut hash = Sha256::new();
    hash.update(adopted.digest.bytes());
    hash.update(adopted.mode.as_str());
    hash.update(current.version);
    for decision in decisions {
        hash.update(decision.state.as_str());
        hash.update(decision.bytes.as_str());
        if decision.state != State::Listed {
            for reason in &decision.reasons {
                hash.update(reason.text.as_bytes());
            }
        }
    }
    let hex = hex::encode(hash.finalize());
    format!("{sources}{}", hex.get(..32).unwrap_or(&hex))
}
