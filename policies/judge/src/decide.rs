//! The judgement: every rule asked for one artifact, and the earliest moment at which one of them will answer otherwise.

use std::cmp::Ordering;

use vetmoot_domain::{
    Advisory, Bytes, Decision, Evidence, Facts, JudgedArtifact, Phase, Reason, State, Subject, Support, Timestamp, Use,
    Versions,
};

use crate::advisory::Board;
use crate::graph::Graph;
use crate::policy::Policy;
use crate::rules::{self, Answer, Case, Effect, Finding};

/// The evidence about one package, resolved once for a policy and a use, so that its artifacts are judged quickly.
pub struct Prepared<'p> {
    pub(crate) policy: &'p Policy,
    pub(crate) usage: Use,
    pub(crate) graph: Graph<'p>,
    pub(crate) advisories: Board<'p>,
    /// The places of the criteria the use requires.
    pub(crate) required: &'p [usize],
}

/// What a judgement comes to, its artifact and its time apart.
#[derive(PartialEq, Eq)]
struct Outcome {
    state: State,
    phase: Option<Phase>,
    bytes: Bytes,
    reasons: Vec<Reason>,
    support: Vec<Support>,
}

impl<'p> Prepared<'p> {
    /// Resolves audits, violations and advisories; all of `evidence` is about one package.
    pub fn new(policy: &'p Policy, evidence: &'p Evidence, versions: &'p dyn Versions, usage: Use) -> Self {
        Self::of(policy, evidence, versions, usage, None)
    }

    fn of(
        policy: &'p Policy,
        evidence: &'p Evidence,
        versions: &'p dyn Versions,
        usage: Use,
        subject: Option<&Subject>,
    ) -> Self {
        let package = subject.map(|subject| &subject.artifact.release.package);
        // What a followed community says weighs nothing until the policy imports it, advisories like audits.
        let counts = |one: &Advisory| !one.of_peer || policy.imports().iter().any(|rule| rule.is(&one.source));
        let about = |one: &&Advisory| counts(one) && package.is_none_or(|package| one.package == *package);
        let mut advisories: Vec<&'p Advisory> = evidence.advisories.iter().filter(about).collect();
        advisories.sort_by(|a, b| in_order(a, b));
        Self {
            policy,
            usage,
            graph: Graph::new(policy, evidence, versions, package),
            advisories: Board::new(advisories.into_iter(), versions),
            required: policy.required_places(usage),
        }
    }

    /// Judges one artifact of the package: pure and total.
    pub fn decide(&self, subject: &Subject, facts: &Facts<'_>) -> Decision {
        let case = Case::new(self, subject, facts);
        let outcome = outcome(&case, facts.now);
        let valid_until = case.turns(facts.now).into_iter().find(|turn| outcome_differs(&case, *turn, &outcome));
        Decision {
            artifacts: vec![JudgedArtifact {
                artifact: subject.artifact.clone(),
                digests: subject.digests.clone(),
                state: outcome.state,
                bytes: outcome.bytes,
            }],
            artifact: subject.artifact.clone(),
            usage: self.usage,
            state: outcome.state,
            phase: outcome.phase,
            bytes: outcome.bytes,
            valid_until,
            reasons: outcome.reasons,
            support: outcome.support,
        }
    }
}

/// By id, then by source; what agrees in both is ordered by its contents alone.
fn in_order(a: &Advisory, b: &Advisory) -> Ordering {
    let contents = || if a == b { Ordering::Equal } else { format!("{a:?}").cmp(&format!("{b:?}")) };
    (&a.id, &a.source).cmp(&(&b.id, &b.source)).then_with(contents)
}

/// Judges one artifact: pure and total. Callers with many artifacts of one package keep a [`Prepared`].
pub fn decide(policy: &Policy, subject: &Subject, usage: Use, evidence: &Evidence, facts: &Facts<'_>) -> Decision {
    Prepared::of(policy, evidence, facts.versions, usage, Some(subject)).decide(subject, facts)
}

fn outcome_differs(case: &Case<'_>, turn: Timestamp, now: &Outcome) -> bool {
    outcome(case, turn) != *now
}

fn outcome(case: &Case<'_>, now: Timestamp) -> Outcome {
    if !case.refusals.is_empty() {
        let reasons = case.refusals.clone();
        return Outcome { state: State::Refused, phase: None, bytes: Bytes::Refuse, reasons, support: Vec::new() };
    }
    let mut good: Vec<Reason> = Vec::new();
    let mut findings: Vec<Finding> = case.standing.clone();
    findings.extend(rules::advisories::stale(case, now));
    match rules::release_age::ask(case, now) {
        Answer::For(reason) => good.push(reason),
        Answer::Against(finding) => findings.push(*finding),
        Answer::Nothing => {}
    }
    let (audited, support) = rules::audits::ask(case, now);
    match audited {
        Ok(reasons) => good.extend(reasons),
        Err(missing) => findings.extend(missing),
    }
    let lifted = rules::exceptions::lift(case, now, &mut findings);
    findings.sort_by_key(|finding| finding.effect != Effect::Refuse);
    let refused = findings.iter().any(|finding| finding.effect == Effect::Refuse);
    let pending = findings.iter().any(|finding| finding.effect == Effect::Hold(Bytes::Refuse));
    let held = !findings.is_empty();
    if !held {
        let reasons = rules::listed(case, lifted, good);
        return Outcome { state: State::Listed, phase: None, bytes: Bytes::Serve, reasons, support };
    }
    let reasons = findings.into_iter().map(|finding| finding.reason).collect();
    let (state, phase, bytes) = match (refused, case.facts.listed_before) {
        (true, _) => (State::Refused, None, Bytes::Refuse),
        // What was listed before is in lock files: withholding its bytes would break builds that were fine.
        (false, true) => (State::Held, Some(Phase::Lapsed), Bytes::Serve),
        (false, false) if pending => (State::Held, Some(Phase::Pending), Bytes::Refuse),
        (false, false) => (State::Held, Some(Phase::Pending), Bytes::Serve),
    };
    Outcome { state, phase, bytes, reasons, support }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
