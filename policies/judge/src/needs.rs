//! What a policy wants of a candidate before the community may release it, and what of it is there.
//!
//! A candidate is judged by the code that judges any artifact, under the policy with `[release]` in the place of
//! `[require]`: violations, malware, advisories, rules and exceptions count as ever. What counts days from a publication
//! does not; the `wait` stands for it.

mod audits;
mod checks;

use vetmoot_domain::proof::Multikey;
use vetmoot_domain::{
    AuditKind, CheckVerdict, DateSource, Decision, Evidence, Facts, Need, NeedKind, NeedState, PublishTime, SourceState, State,
    Subject, Testimony, TestimonyOrigin, Timestamp, Use, Versions,
};

use crate::decide::Prepared;
use crate::policy::Policy;
use crate::rules::exact;

/// Codes of findings that say that audits are missing; every other finding speaks against the release.
const AUDIT_CODES: [&str; 3] = ["audits-missing", "digest-unmatched", "digest-unknown"];

/// A candidate, as far as it is judged.
#[derive(Debug, Clone, Copy)]
pub struct Staged<'a> {
    /// Its files, all of one release.
    pub files: &'a [StagedFile],
    /// When it was whole; none while files still come, and then nothing is met.
    pub staged: Option<Timestamp>,
    /// Every result of an outside check that came for these very files, in any order.
    pub checks: &'a [CheckFact],
    /// Every waiver of a check, in any order.
    pub waivers: &'a [WaiverFact],
    /// The names of the package's own people here: what they say of this version is a self audit, whatever they say it is.
    pub own_people: &'a [String],
}

/// A file of a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedFile {
    /// The artifact it will be, and its digests.
    pub subject: Subject,
    /// When it came.
    pub uploaded: Timestamp,
}

/// A verified result of an outside check about the files of a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckFact {
    /// The key that signed it, which says whose result it is.
    pub key: Multikey,
    /// What it says.
    pub verdict: CheckVerdict,
    /// When these signed words were first seen; the latest result of a check counts.
    pub at: Timestamp,
    /// Where to read more.
    pub url: Option<String>,
    /// What it says beside, in a line.
    pub detail: Option<String>,
}

/// A waiver of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverFact {
    /// The check's name.
    pub check: String,
    /// Who waived it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When; a result that fails after it asks for another.
    pub at: Timestamp,
}

/// What a policy wants of a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs {
    /// Whether everything is there.
    pub met: bool,
    /// Each thing it wants: audits first, then what speaks against it, the wait, the checks.
    pub needs: Vec<Need>,
    /// The decision on each file, in the order of the files.
    pub decisions: Vec<Decision>,
    /// The earliest moment at which time alone changes something.
    pub changes_at: Option<Timestamp>,
}

/// What the policy wants of the candidate at the moment `now`, and what of it is there: pure and total.
///
/// All of `evidence` is about the package of the files. `sources` are the instance's sources of advisories.
pub fn needs(
    policy: &Policy,
    evidence: &Evidence,
    staged: &Staged<'_>,
    now: Timestamp,
    sources: &[SourceState],
    versions: &dyn Versions,
) -> Needs {
    let rules = policy.release();
    let derived = policy.for_candidates();
    let evidence = heard(evidence, staged, versions);
    let prepared = Prepared::new(&derived, &evidence, versions, Use::Runtime);
    let decide = |file: &StagedFile| prepared.decide(&file.subject, &facts(file, staged.staged, now, sources, versions));
    let decisions: Vec<Decision> = staged.files.iter().map(decide).collect();
    let mut needs = audits::of(&rules, &decisions);
    needs.extend(clean(&decisions, staged));
    let wait = wait(policy, staged, now);
    needs.extend(wait.clone());
    needs.extend(rules.checks.iter().map(|check| checks::of(check, staged)));
    let lapses = decisions.iter().filter_map(|decision| decision.valid_until);
    let changes_at = lapses.chain(wait.and_then(|need| need.until)).filter(|at| *at > now).min();
    let met = staged.staged.is_some() && needs.iter().all(Need::is_met);
    Needs { met, needs, decisions, changes_at }
}

/// The decision on each of many staged files of a package, whatever candidates they are of: what is known against them,
/// without what a release of each needs beside. Pure and total.
pub fn of_staged(
    policy: &Policy,
    evidence: &Evidence,
    files: &[StagedFile],
    now: Timestamp,
    sources: &[SourceState],
    versions: &dyn Versions,
) -> Vec<Decision> {
    let derived = policy.for_candidates();
    let prepared = Prepared::new(&derived, evidence, versions, Use::Runtime);
    files.iter().map(|file| prepared.decide(&file.subject, &facts(file, None, now, sources, versions))).collect()
}

/// What is known of a file that only this community has.
fn facts<'a>(
    file: &StagedFile,
    staged: Option<Timestamp>,
    now: Timestamp,
    sources: &'a [SourceState],
    versions: &'a dyn Versions,
) -> Facts<'a> {
    Facts {
        now,
        publish: PublishTime::Dated { at: staged.unwrap_or(file.uploaded), source: DateSource::Index },
        uploaded: Some(file.uploaded),
        listed_before: false,
        incident: None,
        // Who will have published it is this community: nobody's trust in a publisher is about that.
        publisher: None,
        advisory_sources: sources,
        versions,
    }
}

/// The evidence as far as it can be about bytes that only this community has.
///
/// An audit of this version that names no digest is about something else: nobody elsewhere saw these bytes.
fn heard(evidence: &Evidence, staged: &Staged<'_>, versions: &dyn Versions) -> Evidence {
    let mut evidence = evidence.clone();
    let Some(file) = staged.files.first() else { return evidence };
    let version = &file.subject.artifact.release.version;
    let here = |testimony: &Testimony| match &testimony.audit.kind {
        AuditKind::Full { version: to, digests } | AuditKind::Delta { to, digests, .. } => {
            (versions.compare(to, version).is_eq()).then_some(digests.is_empty())
        }
        AuditKind::Violation { .. } | AuditKind::Publisher { .. } => None,
    };
    evidence.testimonies.retain(|testimony| here(testimony) != Some(true));
    for testimony in &mut evidence.testimonies {
        let own = testimony.authors.iter().any(|author| staged.own_people.contains(&author.name));
        if own && testimony.origin == TestimonyOrigin::Local && here(testimony).is_some() {
            testimony.audit.self_audit = true;
        }
    }
    evidence
}

/// Whether it was in the open long enough.
fn wait(policy: &Policy, staged: &Staged<'_>, now: Timestamp) -> Option<Need> {
    let span = policy.release().wait.filter(|span| span.millis() > 0)?;
    let words = exact(span);
    let Some(at) = staged.staged else {
        let text = format!("{} waits {words} from the moment all files are there", policy.title());
        return Some(Need::new(NeedKind::Wait, "wait", NeedState::Waiting, text));
    };
    let until = at.plus(span);
    if until <= now {
        let text = format!("staged {}; the {words} that {} waits are over", at.day(), policy.title());
        return Some(Need::new(NeedKind::Wait, "wait", NeedState::Met, text));
    }
    let text = format!("staged {at}; {} waits {words}, until {until}", policy.title());
    Some(Need { until: Some(until), ..Need::new(NeedKind::Wait, "wait", NeedState::Waiting, text) })
}

/// What speaks against it, one need a reason; one that is met when nothing does.
fn clean(decisions: &[Decision], staged: &Staged<'_>) -> Vec<Need> {
    let mut found: Vec<Need> = Vec::new();
    for decision in decisions.iter().filter(|decision| decision.state != State::Listed) {
        for reason in decision.reasons.iter().filter(|reason| !AUDIT_CODES.contains(&reason.code)) {
            // A source that is read again may say otherwise; everything else is a no until somebody changes it.
            let state = if reason.code == "advisories-stale" { NeedState::Waiting } else { NeedState::Failed };
            let link = reason.statements.first().filter(|id| is_link(id)).cloned();
            let need = Need { link, ..Need::new(NeedKind::Clean, reason.code, state, reason.text.clone()) };
            if !found.contains(&need) {
                found.push(need);
            }
        }
    }
    if !found.is_empty() {
        return found;
    }
    let (state, text) = if staged.files.is_empty() {
        (NeedState::Waiting, "it has no files yet")
    } else if staged.staged.is_none() {
        (NeedState::Waiting, "its files are still being handed in")
    } else {
        (NeedState::Met, "nothing known here speaks against it")
    };
    vec![Need::new(NeedKind::Clean, "clean", state, text)]
}

/// Whether the id of a statement is where it is read, too.
fn is_link(id: &str) -> bool {
    id.starts_with('/') || id.starts_with("https://") || id.starts_with("http://")
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
