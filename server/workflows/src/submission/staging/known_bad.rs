//! Which staged files are known to be bad: by a violation, malware, or a rule that refuses them. No door hands those out.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use vetmoot_domain::{CandidateId, Package, Slug, State, Timestamp};
use vetmoot_ecosystems::world;
use vetmoot_judge::StagedFile;

use super::super::vet;
use crate::ctx::Ctx;
use crate::problem::{Kind, Problem};
use crate::submission::{Candidate, FileRow, candidate};

/// A candidate's file, as it is told apart from the others of its package.
type Key = (CandidateId, String);

/// The staged files of a package that their policies refuse.
#[derive(Default)]
pub(crate) struct KnownBad {
    /// Why each is refused, in a line.
    lines: BTreeMap<Key, String>,
    /// The state of the world in which it was found.
    generation: u64,
    /// The candidates it is about.
    about: [u8; 32],
    /// When time alone changes something.
    until: Option<Timestamp>,
}

impl KnownBad {
    /// Why this file is refused, in a line; none when nothing known speaks against it.
    pub(super) fn line(&self, one: &Candidate, file: &FileRow) -> Option<String> {
        self.lines.get(&key(one, file)).cloned()
    }

    /// Refuses where the file is known to be bad.
    pub(super) fn check(&self, ctx: &Ctx, one: &Candidate, file: &FileRow) -> Result<(), Problem> {
        let Some(line) = self.line(one, file) else { return Ok(()) };
        let text = format!("{} is not handed out: {line} ({})", file.file_name, candidate::page(ctx, &one.row.id));
        Err(Problem::new(Kind::Forbidden, "candidate-refused", text))
    }

    /// Changes when what is refused does.
    pub(super) fn tag(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for ((id, file), line) in &self.lines {
            hash.update(format!("{id} {file} {line}\n"));
        }
        hash.finalize().into()
    }

    fn holds(&self, ctx: &Ctx, about: &[u8; 32]) -> bool {
        self.generation == ctx.generation() && self.about == *about && self.until.is_none_or(|until| ctx.clock.now() < until)
    }
}

/// What is known against the candidates, kept until anything changes.
pub(super) async fn of(ctx: &Ctx, package: &Package, live: &[Candidate]) -> Result<Arc<KnownBad>, Problem> {
    if live.is_empty() {
        return Ok(Arc::default());
    }
    let about = about(live);
    if let Some(known) = ctx.registry.known_bad.get(package).filter(|known| known.holds(ctx, &about)) {
        return Ok(known);
    }
    // Taken before anything is read: what is written meanwhile makes the next look read again.
    let generation = ctx.generation();
    let (lines, until) = judged(ctx, package, live).await?;
    let known = Arc::new(KnownBad { lines, generation, about, until });
    ctx.registry.known_bad.insert(package.clone(), known.clone());
    Ok(known)
}

/// Judges every file under the policy that vets its candidate, whether it is enforced or observed.
async fn judged(
    ctx: &Ctx,
    package: &Package,
    live: &[Candidate],
) -> Result<(BTreeMap<Key, String>, Option<Timestamp>), Problem> {
    let evidence = Arc::new(vet::evidence_of(ctx, package).await?);
    let (sources, now) = (ctx.sources(), ctx.clock.now());
    let mut by_policy: BTreeMap<Slug, Vec<(Key, StagedFile)>> = BTreeMap::new();
    for one in live {
        let files = one.files.iter().map(|file| (key(one, file), vet::staged_file(one, file)));
        by_policy.entry(one.row.policy.clone()).or_default().extend(files);
    }
    let (mut lines, mut until) = (BTreeMap::new(), None::<Timestamp>);
    for (slug, files) in by_policy {
        // Without a policy nothing is approved, and nothing is known to be bad either.
        let Some(adopted) = ctx.book.newest(&slug) else { continue };
        let (evidence, sources, ecosystem) = (evidence.clone(), sources.clone(), package.ecosystem());
        let (keys, files): (Vec<Key>, Vec<StagedFile>) = files.into_iter().unzip();
        let work = move || {
            let versions = world(ecosystem).versions();
            vetmoot_judge::of_staged(&adopted.policy, &evidence, &files, now, &sources.states, versions)
        };
        // A package with hundreds of releases takes milliseconds; the workers that answer requests do not wait for it.
        let decisions = tokio::task::spawn_blocking(work).await.map_err(|panic| {
            let text = "the candidates could not be judged; the operator finds the cause in the log";
            Problem::new(Kind::Internal, "judging-failed", text).because(panic)
        })?;
        for (key, decision) in keys.into_iter().zip(decisions) {
            until = until.into_iter().chain(decision.valid_until.filter(|at| *at > now)).min();
            if decision.state == State::Refused {
                let why = decision.reasons.first().map_or("no reason was recorded", |reason| reason.text.as_str());
                lines.insert(key, format!("refused by {slug}: {why}"));
            }
        }
    }
    Ok((lines, until))
}

fn key(one: &Candidate, file: &FileRow) -> Key {
    (one.row.id.clone(), file.file_name.clone())
}

/// What the candidates are told apart from others by.
fn about(live: &[Candidate]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for one in live {
        hash.update(one.row.id.as_str());
        for file in &one.files {
            hash.update(file.digests.sha256.unwrap_or_default());
        }
    }
    hash.finalize().into()
}
