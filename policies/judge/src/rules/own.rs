//! What the policy says of itself: the ecosystems it judges, and its own rules written in CEL.

use vetmoot_domain::Bytes;

use super::{Case, Effect, Finding, Published, except, reason};
use crate::cel::{self, Inputs, Outcome};

/// Holds what lies in an ecosystem the policy does not judge.
pub(crate) fn ecosystem(case: &mut Case<'_>) {
    let ecosystem = case.subject.artifact.release.package.ecosystem();
    if !case.prepared.policy.ecosystems().contains(&ecosystem) {
        let text = format!("{} judges nothing of {ecosystem}", case.title());
        let found = reason("ecosystem-not-covered", "policy.ecosystems", text);
        case.standing.push(Finding { reason: found, effect: Effect::Hold(Bytes::Refuse) });
    }
}

/// Asks every rule written in CEL.
pub(crate) fn ask(case: &mut Case<'_>) {
    let rules = case.prepared.policy.rules();
    if rules.is_empty() {
        return;
    }
    let (prepared, subject, facts) = (case.prepared, case.subject, case.facts);
    let graph = &prepared.graph;
    // What covers the bytes does not depend on the criterion or the moment.
    let ask = case.ask_for(0, facts.now);
    let audits = graph.links_into(case.target).iter().filter_map(|number| {
        let link = graph.link_at(*number)?;
        Some((graph.weighed_at(link.weighed)?, graph.covers(link, &ask)))
    });
    let uncounted = graph.uncounted_at(&subject.artifact.release.version);
    let inputs = Inputs {
        artifact: &subject.artifact,
        usage: prepared.usage,
        dated: matches!(case.published, Published::At(..)),
        publisher: facts.publisher.as_ref(),
        versions: facts.versions,
        criteria: prepared.policy.known_criteria(),
        audits: audits.chain(uncounted.map(|weighed| (weighed, false))).collect(),
        advisories: case.hits.clone(),
    };
    let outcomes = cel::evaluate(rules, &inputs);
    let mut found_all = Vec::new();
    for (rule, outcome) in rules.iter().zip(outcomes) {
        let path = format!("rule.{}", rule.id);
        let finding = match outcome {
            Outcome::Met => continue,
            Outcome::Unmet => {
                let mut found = reason("rule-unmet", &path, rule.message.clone());
                found.remedy = Some(except());
                let effect = if rule.refuse { Effect::Refuse } else { Effect::Hold(prepared.policy.pending().rules) };
                Finding { reason: found, effect }
            }
            Outcome::Error(error) => {
                let found = reason("rule-error", &path, format!("the rule could not be evaluated: {error}"));
                Finding { reason: found, effect: Effect::Hold(Bytes::Refuse) }
            }
        };
        found_all.push(finding);
    }
    case.standing.extend(found_all);
}
