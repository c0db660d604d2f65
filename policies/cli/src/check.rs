//! `vetmoot check`: judge every release of a lock file.

use std::collections::HashSet;
use std::path::Path;
use std::time::Instant;

use vetmoot_domain::Package;

use crate::answer::{self, Checked, Hit};
use crate::args::{CheckArgs, JudgingArgs};
use crate::baseline::Baseline;
use crate::evidence::{Gathered, gather};
use crate::exit::{Exit, Failure};
use crate::limits::UNKNOWN_LINES_SHOWN;
use crate::lock::Lock;
use crate::place::Place;
use crate::view::Judged;
use crate::{Ctx, instance, judge};

/// Judges, says what came of it, and ends accordingly.
pub(crate) fn run(args: &CheckArgs, ctx: &Ctx) -> Result<Exit, Failure> {
    let begun = Instant::now();
    let lock = Lock::read(args.lock.as_deref(), ctx)?;
    let baseline = baseline(args.baseline.as_deref(), &lock, ctx)?;
    let mut checked = judged(&lock, &args.judging, ctx)?;
    if let Some(baseline) = &baseline {
        checked.other_bytes.extend(baseline.apply(&mut checked.judged, &lock.file.entries));
    }
    if args.timings {
        let (judging, all) = (checked.judging.as_micros(), begun.elapsed().as_micros());
        ctx.terminal.note(&format!("judged in {judging} us, everything in {all} us"));
    }
    let text = if ctx.json { answer::json(&checked, &lock) } else { answer::human(&checked, &lock, &ctx.terminal) };
    ctx.terminal.answer(&text);
    notes(&checked, &lock, ctx);
    Ok(exit(&checked, &lock))
}

/// What a policy says about a lock file, baseline apart.
pub(crate) fn judged(lock: &Lock, args: &JudgingArgs, ctx: &Ctx) -> Result<Checked, Failure> {
    let place = Place::find(&args.policy, ctx)?;
    let entries = &lock.file.entries;
    let wanted: HashSet<&Package> = entries.iter().map(|entry| &entry.release.package).collect();
    let mut checked = match place {
        Place::Instance(instance) => {
            if let Some(feed) = args.feed.first() {
                let base = &instance.base;
                let words = format!(
                    "--feed {feed}: {base} decides by its own imports; import the feed there, or name a policy document"
                );
                return Err(Failure::Usage(words));
            }
            let gathered = gather(&[], &args.advisories, &wanted, ctx)?;
            let answers = instance::ask(&instance, entries, ctx)?;
            let mut checked = Checked::new(instance.policy.slug.to_string(), answers.judged);
            checked.policy_digest = answers.policy_digest;
            checked.missing = answers.missing;
            checked.other_bytes = answers.other_bytes;
            checked.hits = hits(lock, &gathered);
            checked
        }
        Place::Here { name, policy } => {
            let mut gathered = gather(&args.feed, &args.advisories, &wanted, ctx)?;
            let policy = policy.with_imports(std::mem::take(&mut gathered.imports));
            let (judged, took) = judge::judge(&policy, &name, entries, &mut gathered, ctx.now)?;
            let mut checked = Checked::new(name, judged);
            checked.policy_digest = Some(policy.digest().to_string());
            checked.hits = hits(lock, &gathered);
            checked.judging = took;
            checked
        }
    };
    checked.advisories_read = !args.advisories.is_empty();
    Ok(checked)
}

fn hits(lock: &Lock, gathered: &Gathered) -> Vec<Hit> {
    let found = lock.file.entries.iter().flat_map(|entry| {
        judge::advisories(gathered, &entry.release).into_iter().map(|advisory| Hit {
            release: entry.release.clone(),
            line: entry.line,
            id: advisory.id.clone(),
            kind: advisory.kind,
            severity: advisory.severity,
            summary: advisory.summary.clone(),
        })
    });
    found.collect()
}

fn baseline(given: Option<&Path>, lock: &Lock, ctx: &Ctx) -> Result<Option<Baseline>, Failure> {
    let usual = lock.baseline();
    match given {
        Some(path) => Baseline::read(path, ctx).map(Some),
        None if usual.is_file() => Baseline::read(&usual, ctx).map(Some),
        None => Ok(None),
    }
}

/// What is wrong beyond decisions, on standard error.
fn notes(checked: &Checked, lock: &Lock, ctx: &Ctx) {
    let note = |text: String| ctx.terminal.note(&text);
    for purl in &checked.other_bytes {
        ctx.terminal.alarm(&format!("{purl}: the lock file pins other bytes than those known under this name"));
    }
    for purl in &checked.missing {
        note(format!("undecided: {purl}: the instance said nothing about it"));
    }
    let name = lock.name();
    for unknown in lock.file.unknown.iter().take(UNKNOWN_LINES_SHOWN) {
        note(format!("{name}:{}: not understood: `{}`: {}", unknown.line, unknown.text, unknown.why));
    }
    let more = lock.file.unknown.len().saturating_sub(UNKNOWN_LINES_SHOWN);
    if more > 0 {
        note(format!("{name}: {more} more lines were not understood"));
    }
    let facts: HashSet<&str> = checked.judged.iter().filter(|one| one.is_undecided()).flat_map(lacking).collect();
    let mut facts: Vec<&str> = facts.into_iter().collect();
    facts.sort_unstable();
    for fact in facts {
        note(format!("undecided: {fact}"));
    }
}

/// The facts that were lacking, in words.
fn lacking(judged: &Judged) -> impl Iterator<Item = &'static str> {
    judged.view.reasons.iter().filter_map(|reason| match reason.code.as_str() {
        "release-date-unknown" => {
            Some("the policy needs to know when each release was published (release-age), which a lock file does not say and an instance knows")
        }
        "digest-unknown" => Some("the policy needs the digest of each artifact, which this lock file does not pin and an instance knows"),
        "not-evaluated" => Some("the instance could not look at every release, since its own upstream did not answer"),
        _ => None,
    })
}

/// The worst of what was found. A lock file that was not understood whole is no pass, even when all the rest is listed.
fn exit(checked: &Checked, lock: &Lock) -> Exit {
    if !checked.other_bytes.is_empty() {
        Exit::Integrity
    } else if checked.judged.iter().any(Judged::has_failed) {
        Exit::Failed
    } else if !lock.file.unknown.is_empty() {
        Exit::Usage
    } else if !checked.missing.is_empty() || checked.undecided().next().is_some() {
        Exit::Undecided
    } else {
        Exit::Fine
    }
}
