//! A release from its artifacts: listed when at least one of them is.

use vetmoot_domain::{Artifact, Bytes, Decision, Phase, Reason, Release, State, Use};

use crate::limits::CITED_MAX;

/// The decision about a release from those about its artifacts.
///
/// It is listed when at least one artifact is, and then names those that are not; refused when all are; held otherwise.
/// A release of a single artifact without a file name keeps that artifact's decision. `valid_until` is the earliest.
pub fn release_of(release: &Release, usage: Use, mut decisions: Vec<Decision>) -> Decision {
    let whole = decisions.len() == 1 && decisions.first().is_some_and(|only| only.artifact.file_name.is_none());
    if let Some(only) = decisions.pop_if(|_| whole) {
        return only;
    }
    decisions.sort_by(|a, b| a.artifact.cmp(&b.artifact));
    let all = |state| !decisions.is_empty() && decisions.iter().all(|one: &Decision| one.state == state);
    let state = if decisions.iter().any(|one| one.state == State::Listed) {
        State::Listed
    } else if all(State::Refused) {
        State::Refused
    } else {
        State::Held
    };
    let lapsed = decisions.iter().any(|one| one.phase == Some(Phase::Lapsed));
    let phase = (state == State::Held).then_some(if lapsed { Phase::Lapsed } else { Phase::Pending });
    let served = decisions.iter().any(|one| one.bytes == Bytes::Serve);
    let best = decisions.iter().find(|one| one.state == state).or(decisions.first());
    Decision {
        artifact: Artifact { release: release.clone(), file_name: None },
        usage,
        state,
        phase,
        bytes: if served { Bytes::Serve } else { Bytes::Refuse },
        valid_until: decisions.iter().filter_map(|one| one.valid_until).min(),
        reasons: reasons(state, &decisions),
        support: best.map(|one| one.support.clone()).unwrap_or_default(),
        artifacts: decisions.iter().flat_map(|one| one.artifacts.iter().cloned()).collect(),
    }
}

fn reasons(state: State, decisions: &[Decision]) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    for decision in decisions.iter().filter(|one| one.state == state) {
        for reason in &decision.reasons {
            if !reasons.contains(reason) {
                reasons.push(reason.clone());
            }
        }
    }
    let withheld: Vec<&Decision> = decisions.iter().filter(|one| one.state != State::Listed).collect();
    if state == State::Listed && !withheld.is_empty() {
        let names: Vec<String> = withheld.iter().take(CITED_MAX).map(|one| file(one)).collect();
        let more = withheld.len().saturating_sub(CITED_MAX);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let listed = decisions.len() - withheld.len();
        let text = format!("{listed} of {} files are listed; withheld: {}{more}", decisions.len(), names.join(", "));
        reasons.push(Reason {
            code: "some-files-withheld",
            rule: "release".to_owned(),
            text,
            statements: Vec::new(),
            remedy: None,
        });
    }
    if decisions.is_empty() {
        let text = "no artifact of this release is known here".to_owned();
        reasons.push(Reason { code: "no-artifacts", rule: "release".to_owned(), text, statements: Vec::new(), remedy: None });
    }
    reasons
}

fn file(decision: &Decision) -> String {
    let name = decision.artifact.file_name.clone().unwrap_or_else(|| decision.artifact.to_string());
    match decision.reasons.first() {
        Some(reason) => format!("{name} ({})", reason.code),
        None => name,
    }
}

#[cfg(test)]
mod tests;
