//! What the policy still wants before a candidate may be released.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;

use serde::Serialize;
use vetmoot_domain::{
    Artifact, CandidateId, CandidateState, CheckVerdict, Decision, Ecosystem, Evidence, Home, Package, Slug, Subject, Timestamp,
};
use vetmoot_ecosystems::world;
use vetmoot_judge::{CheckFact, Staged, StagedFile, WaiverFact};
use vetmoot_storage::submission::{candidates, checks, projects};
use vetmoot_storage::{Reads, Tx, events, evidence, packages, policies};

use super::statements::Waived;
use super::{Candidate, CandidateRow, Finding, Weight, candidate, moves, release};
use crate::ctx::{Ctx, Origin};
use crate::limits::{SETTLE_LOOKS_MAX, SETTLED_AT_ONCE_MAX, SETTLED_BY_PACKAGE_MAX};
use crate::problem::{Kind, Problem};
use crate::registry::listing;

pub use vetmoot_domain::{Need, NeedKind, NeedState};

/// What a policy wants of a candidate, and what of it is there.
#[derive(Debug, Clone, Serialize)]
pub struct Needs {
    /// The policy.
    pub policy: Slug,
    /// Its digest; empty when this community has no such policy any more.
    pub policy_digest: String,
    /// Whether everything the policy wants is there; the way to where it goes is told apart, and does not count here.
    pub met: bool,
    /// Each thing it wants.
    pub needs: Vec<Need>,
    /// The decision on each file, in the order of the files.
    #[serde(skip)]
    pub decisions: Vec<Decision>,
    /// When time alone changes something.
    pub changes_at: Option<Timestamp>,
}

impl Needs {
    /// What is missing, all of it in one sentence; none when everything is there.
    pub fn missing(&self) -> Option<String> {
        if self.met {
            return None;
        }
        let open = |need: &&Need| !matches!(need.state, NeedState::Met | NeedState::Waived);
        let missing: Vec<String> = self.needs.iter().filter(open).map(|need| format!("{}: {}", need.name, need.text)).collect();
        Some(format!("the policy `{}` still wants something: {}", self.policy, missing.join("; ")))
    }
}

/// Whether a judgement still holds that was made after the event `since`, as the one who writes sees it: nothing was said
/// about the candidate meanwhile, and its policy has no newer revision than the one that judged.
pub(crate) async fn stands(ctx: &Ctx, tx: &Tx, needs: &Needs, since: i64, id: &CandidateId) -> Result<bool, Problem> {
    if moves::happened(tx, since, id).await? {
        return Ok(false);
    }
    Ok(!outdated(ctx, tx, needs).await?)
}

/// Whether another process of this instance adopted a revision that was not in memory when this was judged; it is then.
pub(crate) async fn outdated(ctx: &Ctx, reads: &impl Reads, needs: &Needs) -> Result<bool, Problem> {
    let newest = policies::by_slug(reads, &needs.policy).await?.map(|row| row.digest.to_string()).unwrap_or_default();
    if newest == needs.policy_digest {
        return Ok(false);
    }
    ctx.book.reload(&ctx.store).await?;
    Ok(true)
}

/// What the policy wants of the candidate now, and whether the way to where it goes is free.
pub async fn needs(ctx: &Ctx, candidate: &Candidate) -> Result<Needs, Problem> {
    let mut needs = of_policy(ctx, candidate).await?;
    needs.needs.extend(way(ctx, candidate).await?);
    Ok(needs)
}

/// What the policy wants of the candidate now; nobody outside is asked anything.
///
/// It is judged by the newest revision of its policy, whether that is enforced or observed: observing is about what others
/// are shown, and a release is this community's own word.
pub(crate) async fn of_policy(ctx: &Ctx, candidate: &Candidate) -> Result<Needs, Problem> {
    let row = &candidate.row;
    let Some(adopted) = ctx.book.newest(&row.policy) else { return Ok(without_policy(&row.policy)) };
    let reader = ctx.store.read();
    let evidence = evidence_of(ctx, &row.package).await?;
    let files: Vec<StagedFile> = candidate.files.iter().map(|file| staged_file(candidate, file)).collect();
    let checks = check_facts(&reader, &row.id).await?;
    let waivers = waiver_facts(&reader, &row.id).await?;
    let own_people = own_people(&reader, row.package_id).await?;
    let (sources, now) = (ctx.sources(), ctx.clock.now());
    let (policy, package, staged_at) = (adopted.policy.clone(), row.package.clone(), row.staged_at);
    let work = move || {
        let staged = Staged { files: &files, staged: staged_at, checks: &checks, waivers: &waivers, own_people: &own_people };
        let versions = world(package.ecosystem()).versions();
        vetmoot_judge::needs(&policy, &evidence, &staged, now, &sources.states, versions)
    };
    // A release with hundreds of files takes milliseconds; the workers that answer requests do not wait for it.
    let judged = tokio::task::spawn_blocking(work).await.map_err(|panic| {
        let text = "the candidate could not be judged; the operator finds the cause in the log";
        Problem::new(Kind::Internal, "judging-failed", text).because(panic)
    })?;
    Ok(Needs {
        policy: row.policy.clone(),
        policy_digest: adopted.digest.to_string(),
        met: judged.met,
        needs: judged.needs,
        decisions: judged.decisions,
        changes_at: judged.changes_at,
    })
}

fn without_policy(slug: &Slug) -> Needs {
    let text = format!("this community has no policy `{slug}` now; a steward adopts one under this name");
    Needs {
        policy: slug.clone(),
        policy_digest: String::new(),
        met: false,
        needs: vec![Need::new(NeedKind::Clean, "unknown-policy", NeedState::Failed, text)],
        decisions: Vec::new(),
        changes_at: None,
    }
}

/// The ordinary evidence about the package; entries without digests are bound to what the index lists, never to what is
/// staged.
pub(super) async fn evidence_of(ctx: &Ctx, package: &Package) -> Result<Evidence, Problem> {
    let (_epoch, mut evidence) = evidence::of_package(&ctx.store.read(), package).await?;
    if let Some(current) = listing::known(ctx, package).await? {
        let mut known = BTreeMap::new();
        for (entry, file) in current.entries() {
            known.entry(entry.version.clone()).or_insert_with(Vec::new).push(file.digests.clone());
        }
        vetmoot_judge::bind(&mut evidence, &known);
    }
    Ok(evidence)
}

pub(super) fn staged_file(candidate: &Candidate, file: &super::FileRow) -> StagedFile {
    let release = candidate.row.package.release(candidate.row.version.clone());
    // As in listings: only on the Python index is a file an artifact of its own.
    let named = candidate.row.package.ecosystem() == Ecosystem::Pypi;
    let artifact: Artifact = release.artifact(named.then_some(file.file_name.as_str()));
    StagedFile { subject: Subject { artifact, digests: file.digests.clone() }, uploaded: file.uploaded_at }
}

async fn check_facts(reads: &impl Reads, id: &CandidateId) -> Result<Vec<CheckFact>, Problem> {
    let rows = checks::results(reads, id).await?;
    let fact = |row: checks::ResultRow| CheckFact {
        key: row.key,
        verdict: row.verdict,
        at: row.seen_at,
        url: row.url,
        detail: row.detail,
    };
    Ok(rows.into_iter().map(fact).collect())
}

async fn waiver_facts(reads: &impl Reads, id: &CandidateId) -> Result<Vec<WaiverFact>, Problem> {
    let rows = checks::waivers(reads, id).await?;
    let fact =
        |row: checks::WaiverRow| WaiverFact { check: row.name, by: row.by.to_string(), reason: row.reason, at: row.waived_at };
    Ok(rows.into_iter().map(fact).collect())
}

async fn own_people(reads: &impl Reads, package_id: i64) -> Result<Vec<String>, Problem> {
    let people = checks::own_people(reads, package_id).await?;
    Ok(people.into_iter().map(|(_, name)| name.to_string()).collect())
}

/// Whether it can go where it is to go, as far as that is known before it is tried; nothing once it is there or taken back.
async fn way(ctx: &Ctx, candidate: &Candidate) -> Result<Vec<Need>, Problem> {
    if !candidate.row.state.is_live() || candidate.row.state == CandidateState::Released {
        return Ok(Vec::new());
    }
    let Some(project) = projects::get(&ctx.store.read(), candidate.row.project_id).await? else { return Ok(Vec::new()) };
    let met = |text: &str| vec![Need::new(NeedKind::Way, "way", NeedState::Met, text)];
    if project.home == Home::Community {
        return Ok(met("it is released into this community's own doors and sent nowhere"));
    }
    // A future of its own: it asks an index, and is far larger than the rest.
    let found = Box::pin(release::way(ctx, candidate)).await;
    if found.is_empty() {
        return Ok(met("nothing known stands in its way to the official index"));
    }
    Ok(found.iter().map(obstacle).collect())
}

/// An obstacle on the way as a need, with the way out.
fn obstacle(finding: &Finding) -> Need {
    let state = match (finding.code.as_str(), finding.weight) {
        // Somebody of this community, or time, takes these out of the way.
        ("no-credential" | "credential-expired" | "no-target" | "way-unknown", _) => NeedState::Waiting,
        (_, Weight::Error) => NeedState::Failed,
        (_, Weight::Warning) => NeedState::Met,
    };
    Need::new(NeedKind::Way, finding.code.as_str(), state, format!("{}; {}", finding.text, finding.fix))
}

/// The checks that a release does without, each with who waived it and why: what the record of a release names.
///
/// Told from what was kept and not from the policy: one that asks for less by now does not hide what was waived.
pub async fn waived(ctx: &Ctx, candidate: &Candidate) -> Result<Vec<Waived>, Problem> {
    let reader = ctx.store.read();
    let results = checks::results(&reader, &candidate.row.id).await?;
    let passed = |name: &str| {
        let of_it = results.iter().filter(|result| result.name == name);
        let latest = of_it.max_by_key(|result| (result.seen_at, result.verdict));
        latest.is_some_and(|result| result.verdict != CheckVerdict::Failed)
    };
    let mut waived: Vec<Waived> = Vec::new();
    // The last waiver of a check is the one that stands.
    for row in checks::waivers(&reader, &candidate.row.id).await?.into_iter().rev() {
        if !passed(&row.name) && !waived.iter().any(|known| known.name == row.name) {
            waived.push(Waived { name: row.name, by: row.by, reason: row.reason });
        }
    }
    waived.reverse();
    Ok(waived)
}

/// Looks at a candidate again and moves it to approved, or back to review; answers where it stands.
pub async fn settle(ctx: &Ctx, id: &CandidateId) -> Result<CandidateState, Problem> {
    for _ in 0..SETTLE_LOOKS_MAX {
        let seen = events::last(&ctx.store.read()).await?;
        let found = candidate::show(ctx, id).await?;
        let state = found.row.state;
        if !state.is_vetted() {
            return Ok(state);
        }
        let needs = of_policy(ctx, &found).await?;
        let next = match (needs.met, state) {
            (true, CandidateState::Staged | CandidateState::InReview) => CandidateState::Approved,
            (false, CandidateState::Approved) => CandidateState::InReview,
            _ => return Ok(state),
        };
        let tx = ctx.store.begin().await?;
        // What was said meanwhile may say otherwise: it is judged again before it is moved.
        if !stands(ctx, &tx, &needs, seen, id).await? {
            tx.rollback().await?;
            continue;
        }
        let moved = match moves::go(ctx, &tx, &found.row, next, &Origin::Timer, None).await {
            Ok(moved) => moved,
            // Somebody moved it at the same moment.
            Err(problem) if problem.code == "already-moved" => {
                tx.rollback().await?;
                continue;
            }
            Err(problem) => return Err(problem),
        };
        tx.commit().await?;
        ctx.changed();
        ctx.signals.compose.notify_one();
        return Ok(moved.state);
    }
    // Somebody writes all the time; whoever looks next settles it.
    Ok(candidate::show(ctx, id).await?.row.state)
}

/// Looks again at every candidate of a package, after something was said about it.
pub async fn settle_package(ctx: &Ctx, package: &Package) -> Result<(), Problem> {
    let Some(row) = packages::find(&ctx.store.read(), package).await? else { return Ok(()) };
    settle_those(ctx, Some(&BTreeSet::from([row.id]))).await.map(|_| ())
}

/// What [`settle_package`] does, for whoever has done already what they were asked for: that a look fails undoes nothing,
/// and the next timer looks again.
pub(crate) async fn settle_after(ctx: &Ctx, package: &Package) {
    told(settle_package(ctx, package).await);
}

/// The same for several packages by their rows, or for all of them.
pub(crate) async fn settle_after_many(ctx: &Ctx, packages: Option<&BTreeSet<i64>>) {
    if packages.is_none_or(|packages| !packages.is_empty()) {
        told(settle_those(ctx, packages).await.map(|_| ()));
    }
}

fn told(settled: Result<(), Problem>) {
    if let Err(problem) = settled {
        let cause = problem.cause.as_deref().unwrap_or_default();
        tracing::warn!(code = problem.code, cause, "candidates could not be looked at again: {problem}");
    }
}

/// Looks again at every candidate that waits, after something changed that is about many packages: an import, a policy.
/// Answers how many moved; at most [`SETTLED_AT_ONCE_MAX`] are looked at.
pub async fn settle_all(ctx: &Ctx) -> Result<usize, Problem> {
    settle_those(ctx, None).await
}

async fn settle_those(ctx: &Ctx, packages: Option<&BTreeSet<i64>>) -> Result<usize, Problem> {
    let mut rows = Vec::new();
    match packages {
        Some(packages) if packages.len() <= SETTLED_BY_PACKAGE_MAX => {
            for package in packages {
                rows.extend(waiting(ctx, Some(*package)).await?);
            }
        }
        // What many are about is looked up once.
        Some(packages) => {
            rows = waiting(ctx, None).await?;
            rows.retain(|row| packages.contains(&row.package_id));
        }
        None => rows = waiting(ctx, None).await?,
    }
    let mut moved = 0;
    for row in rows {
        if settle_one(ctx, &row.id).await.is_some_and(|state| state != row.state) {
            moved += 1;
        }
    }
    Ok(moved)
}

/// The candidates that wait for the policy, of one package or of all.
async fn waiting(ctx: &Ctx, package_id: Option<i64>) -> Result<Vec<CandidateRow>, Problem> {
    let states = CandidateState::ALL.iter().copied().filter(|state| state.is_vetted()).collect();
    let filter = candidates::Filter { package_id, states, uploader: None };
    Ok(candidates::list(&ctx.store.read(), &filter, 0, SETTLED_AT_ONCE_MAX).await?)
}

/// Settles one of several: that one of them cannot be looked at now keeps nobody from the others.
async fn settle_one(ctx: &Ctx, id: &CandidateId) -> Option<CandidateState> {
    // A future of its own: what calls this is called by nearly everything.
    let settled: Pin<Box<dyn Future<Output = Result<CandidateState, Problem>> + Send + '_>> = Box::pin(settle(ctx, id));
    match settled.await {
        Ok(state) => Some(state),
        Err(problem) => {
            let cause = problem.cause.as_deref().unwrap_or_default();
            tracing::warn!(candidate = %id, code = problem.code, cause, "a candidate could not be looked at again: {problem}");
            None
        }
    }
}
