//! Malware and advisories: what is known to be wrong, and whether that knowledge is fresh.

use std::fmt::Write as _;

use vetmoot_domain::{Advisory, AdvisoryKind, Bytes, Span, Timestamp};

use super::{Case, Effect, Finding, cite, except, reason};
use crate::policy::model::AdvisoryGate;

/// Adds what the advisories that affect the artifact do to it.
pub(crate) fn ask(case: &mut Case<'_>) {
    if case.hits.is_empty() {
        return;
    }
    let gates = case.prepared.policy.gate_table();
    let pending = case.prepared.policy.pending();
    if let Some(gate) = &gates.malware {
        let malware: Vec<&Advisory> = case.hits.iter().copied().filter(|one| one.kind == AdvisoryKind::Malware).collect();
        if !malware.is_empty() {
            let mut found = reason("malware", "gates.malware", format!("known as malware: {}", names(&malware)));
            found.statements = cite(malware.iter().map(|one| one.id.as_str()));
            if gate.refuse {
                case.refusals.push(found);
            } else {
                case.standing.push(Finding { reason: found, effect: Effect::Hold(Bytes::Refuse) });
            }
        }
    }
    if let Some(gate) = &gates.advisories {
        let matched: Vec<&Advisory> = case.hits.iter().copied().filter(|one| matches(gate, one)).collect();
        if !matched.is_empty() {
            let mut found = reason("advisory-matched", "gates.advisories", format!("affected by {}", names(&matched)));
            found.statements = cite(matched.iter().map(|one| one.id.as_str()));
            found.remedy = Some(except());
            let effect = if gate.refuse { Effect::Refuse } else { Effect::Hold(pending.advisories) };
            case.standing.push(Finding { reason: found, effect });
        }
    }
}

fn names(advisories: &[&Advisory]) -> String {
    let mut names: Vec<String> = advisories
        .iter()
        .take(5)
        .map(|one| match one.severity {
            Some(severity) => format!("{} ({severity})", one.id),
            None => one.id.clone(),
        })
        .collect();
    // Two sources may carry one advisory.
    names.dedup();
    if advisories.len() > 5 {
        names.push(format!("{} more", advisories.len() - 5));
    }
    names.join(", ")
}

/// Whether the gate is about such an advisory; malware has a gate of its own.
fn matches(gate: &AdvisoryGate, advisory: &Advisory) -> bool {
    match advisory.kind {
        AdvisoryKind::Malware => false,
        AdvisoryKind::Vulnerability => bad_enough(gate, advisory),
        kind => gate.kinds.contains(&kind),
    }
}

fn bad_enough(gate: &AdvisoryGate, advisory: &Advisory) -> bool {
    if gate.severity.is_none() && gate.cvss_tenths.is_none() {
        return true;
    }
    let severity = gate.severity.zip(advisory.severity).map(|(least, severity)| severity >= least);
    let score = gate.cvss_tenths.zip(advisory.cvss_tenths).map(|(least, score)| score >= least);
    match (severity, score) {
        // Nobody scored it by the measure the gate knows: it may be the worst.
        (None, None) => gate.unscored,
        (severity, score) => severity == Some(true) || score == Some(true),
    }
}

/// The sources older than a gate admits, which hold what was never listed; what was listed stays.
pub(crate) fn stale(case: &Case<'_>, now: Timestamp) -> Option<Finding> {
    if case.facts.listed_before {
        return None;
    }
    let mut rule = "gates.advisories";
    let mut text = String::new();
    for (gate, limit, last_read, name) in limits(case) {
        if last_read.plus(limit) <= now {
            rule = gate;
            if !text.is_empty() {
                text.push_str("; ");
            }
            let _ = write!(text, "{name} was last read {last_read}, and {} old is too old", super::exact(limit));
        }
    }
    if text.is_empty() {
        return None;
    }
    let found = reason("advisories-stale", rule, text);
    Some(Finding { reason: found, effect: Effect::Hold(case.prepared.policy.pending().advisories) })
}

fn limits<'c>(case: &'c Case<'_>) -> impl Iterator<Item = (&'static str, Span, Timestamp, &'c str)> {
    let gates = case.prepared.policy.gate_table();
    let malware = gates.malware.as_ref().and_then(|gate| gate.max_staleness);
    let advisories = gates.advisories.as_ref().and_then(|gate| gate.max_staleness);
    case.facts.advisory_sources.iter().filter_map(move |source| {
        let for_malware = malware.filter(|_| source.malware).map(|limit| ("gates.malware", limit));
        let for_all = advisories.map(|limit| ("gates.advisories", limit));
        // Where both gates name a limit the stricter one tells it all.
        let strictest = for_malware.into_iter().chain(for_all).min_by_key(|(_, limit)| *limit);
        strictest.map(|(gate, limit)| (gate, limit, source.last_read, source.name.as_str()))
    })
}

/// When sources will be too old.
pub(crate) fn turns(case: &Case<'_>, turns: &mut Vec<Timestamp>) {
    if !case.facts.listed_before {
        turns.extend(limits(case).map(|(_, limit, last_read, _)| last_read.plus(limit)));
    }
}
