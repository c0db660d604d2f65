//! Which of the criteria a release needs are covered by audits, told from the decisions on its files.

use vetmoot_domain::{CriterionName, Decision, Need, NeedKind, NeedState, Reason, State};

use super::{AUDIT_CODES, is_link};
use crate::policy::ReleaseRules;

/// One need a criterion.
pub(super) fn of(rules: &ReleaseRules, decisions: &[Decision]) -> Vec<Need> {
    rules.criteria.iter().map(|(name, _)| need(name, decisions)).collect()
}

fn need(name: &CriterionName, decisions: &[Decision]) -> Need {
    let missing: Vec<(&Decision, Option<&Reason>)> =
        decisions.iter().filter_map(|decision| Some((decision, lacking(name, decision)?.0))).collect();
    if decisions.is_empty() {
        return Need::new(NeedKind::Audits, name.as_str(), NeedState::Waiting, format!("nothing is there to audit for {name}"));
    }
    let Some((first, reason)) = missing.first() else { return covered(name, decisions) };
    let mut text = match reason {
        Some(reason) => reason.text.clone(),
        None => format!("audits for {name} are not counted while something refuses it"),
    };
    if decisions.len() > 1 {
        let file = first.artifact.file_name.as_deref().unwrap_or_else(|| first.artifact.release.version.as_str());
        let there = decisions.len() - missing.len();
        text = format!("{there} of {} files are covered; {file}: {text}", decisions.len());
    }
    Need::new(NeedKind::Audits, name.as_str(), NeedState::Waiting, text)
}

/// That audits are missing on a file, with the reason that says so where the decision has one.
struct Lacking<'d>(Option<&'d Reason>);

/// Whether audits for the criterion are missing on a file, and the reason that says so where the decision has one.
fn lacking<'d>(name: &CriterionName, decision: &'d Decision) -> Option<Lacking<'d>> {
    match decision.state {
        State::Listed => None,
        // What is refused for good is not asked about its audits.
        State::Refused
            if !decision.reasons.iter().any(|reason| AUDIT_CODES.contains(&reason.code)) && decision.support.is_empty() =>
        {
            Some(Lacking(None))
        }
        State::Refused | State::Held => {
            let names = |reason: &&Reason| match &reason.remedy {
                Some(remedy) => remedy.criteria.contains(name),
                // Without a remedy the reason does not say which criterion it is about, so it is about each.
                None => true,
            };
            decision
                .reasons
                .iter()
                .filter(|reason| AUDIT_CODES.contains(&reason.code))
                .find(names)
                .map(|reason| Lacking(Some(reason)))
        }
    }
}

fn covered(name: &CriterionName, decisions: &[Decision]) -> Need {
    let mut authors: Vec<&str> = Vec::new();
    let mut link = None;
    for decision in decisions {
        for chain in decision.support.iter().filter(|support| support.criterion == *name).flat_map(|support| &support.chains) {
            // Whoever carries the last link of a chain is who vouches for this very version.
            let Some(last) = chain.last() else { continue };
            for author in &last.authors {
                if !authors.contains(&author.as_str()) {
                    authors.push(author);
                }
            }
            link = link.or_else(|| Some(&last.statement).filter(|id| is_link(id)));
        }
    }
    let by = (!authors.is_empty()).then(|| authors.join(", "));
    let text = match (&by, excepted(decisions)) {
        (Some(by), _) => format!("{name} is vouched for by {by}"),
        (None, Some(excepted)) => format!("no audit is asked for: {excepted}"),
        (None, None) => format!("{name} is vouched for"),
    };
    Need { by, link: link.cloned(), ..Need::new(NeedKind::Audits, name.as_str(), NeedState::Met, text) }
}

fn excepted(decisions: &[Decision]) -> Option<&str> {
    let mut reasons = decisions.iter().flat_map(|decision| &decision.reasons);
    reasons.find(|reason| reason.code == "excepted").map(|reason| reason.text.as_str())
}
