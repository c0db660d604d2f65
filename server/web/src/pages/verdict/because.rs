//! The half sentence behind "because": who read it, who objects, how old it is.

use std::collections::BTreeSet;

use vetmoot_domain::{AuditKind, Decision, Depth, Reason, State, Step, Support, Testimony, TestimonyOrigin};

use super::Ground;
use crate::pages::moment::{age, number};

/// Reasons told in a sentence; the page below has them all.
const TOLD: usize = 3;

/// Why the policy says so, in plain words without a full stop:
/// "one auditor read it, nobody objects, it is 24 days old".
pub fn because(decision: &Decision, ground: &Ground<'_>) -> String {
    if decision.state == State::Listed {
        return listed(decision, ground).join(", ");
    }
    let mut told: Vec<String> = Vec::new();
    for reason in &decision.reasons {
        let phrase = against(reason, ground);
        if told.len() < TOLD && !told.contains(&phrase) {
            told.push(phrase);
        }
    }
    let left = decision.reasons.len().saturating_sub(TOLD);
    if left > 0 && told.len() == TOLD {
        told.push(format!("and {left} more"));
    }
    told.join("; ")
}

/// The first of those reasons alone, where a sentence has to be short.
pub fn briefly(decision: &Decision, ground: &Ground<'_>) -> String {
    match decision.state {
        State::Listed => because(decision, ground),
        _ => decision.reasons.first().map(|reason| against(reason, ground)).unwrap_or_default(),
    }
}

fn listed(decision: &Decision, ground: &Ground<'_>) -> Vec<String> {
    let has = |code: &str| decision.reasons.iter().any(|reason| reason.code == code);
    let mut told = Vec::new();
    if has("audited") {
        told.extend(decision.support.iter().find(|support| !support.chains.is_empty()).map(|support| readers(support, ground)));
        told.push("nobody objects".to_owned());
    }
    if has("quiet") {
        told.push("no advisory names it".to_owned());
    }
    if has("first-sight") {
        told.push("it has no date and stood there when its index was first read here".to_owned());
    } else if let Some(at) = ground.published.filter(|_| has("old-enough") || has("quiet")) {
        told.push(format!("it is {} old", age(ground.now, at)));
    }
    let said = ["audited", "quiet", "first-sight", "old-enough"];
    for reason in decision.reasons.iter().filter(|reason| !said.contains(&reason.code)) {
        let text = plain(&reason.text);
        if told.len() < TOLD + 1 && !told.contains(&text) {
            told.push(text);
        }
    }
    if told.is_empty() {
        // A date without a gate's own words, for one.
        told.extend(decision.reasons.first().map(|reason| plain(&reason.text)));
    }
    told
}

/// Who vouches for the release itself: the last link of each chain.
fn readers(support: &Support, ground: &Ground<'_>) -> String {
    let last: Vec<&Step> = support.chains.iter().filter_map(|chain| chain.last()).collect();
    let voices: BTreeSet<&str> = last.iter().map(|step| step.voice.as_str()).collect();
    match (last.as_slice(), voices.len()) {
        ([step, ..], 0 | 1) => one_reader(step, ground),
        (_, count) => format!("{} independent voices vouch for it", number(count)),
    }
}

fn one_reader(step: &Step, ground: &Ground<'_>) -> String {
    let testimony = ground.evidence.testimonies.iter().find(|one| one.id == step.statement);
    let who = match testimony.map(|one| &one.origin) {
        Some(TestimonyOrigin::Import(_)) => step.voice.clone(),
        _ if step.authors.len() > 1 => format!("{} auditors together", number(step.authors.len())),
        _ => "one auditor".to_owned(),
    };
    match testimony.map(|one| &one.audit.kind) {
        Some(AuditKind::Publisher { .. }) => format!("{who} trusts who published it"),
        Some(AuditKind::Delta { from, .. }) => format!("{who} {} the change from {from}", read(testimony)),
        _ => match &step.from {
            Some(from) => format!("{who} {} the change from {from}", read(testimony)),
            None => format!("{who} {} it", read(testimony)),
        },
    }
}

fn read(testimony: Option<&Testimony>) -> &'static str {
    match testimony.and_then(|one| one.audit.depth) {
        Some(Depth::Skim) => "skimmed",
        Some(Depth::Deep) => "read in depth",
        Some(Depth::Read) | None => "read",
    }
}

/// A reason that holds or refuses, as a phrase.
pub fn against(reason: &Reason, ground: &Ground<'_>) -> String {
    let until = reason.remedy.as_ref().and_then(|remedy| remedy.until).filter(|until| *until > ground.now);
    match (reason.code, ground.published, until) {
        ("release-too-young", Some(at), Some(until)) => {
            format!("it is {} old and {} waits {} more", age(ground.now, at), ground.title, until.since(ground.now).in_words())
        }
        ("not-quiet", Some(at), Some(until)) => format!(
            "it is {} old, and without audits {} waits {} more",
            age(ground.now, at),
            ground.title,
            until.since(ground.now).in_words()
        ),
        _ => plain(&reason.text),
    }
}

/// A reason's text as part of a sentence.
fn plain(text: &str) -> String {
    text.trim().trim_end_matches('.').to_owned()
}
