//! Changed bytes and violations: what no audit, publisher, exception or age outweighs.

use vetmoot_domain::{Bytes, Digests};

use super::{Case, Effect, Finding, reason};

/// Refuses an artifact whose bytes changed under its name or whose version lies in the range of a violation.
pub(crate) fn ask(case: &mut Case<'_>) {
    if let Some(incident) = &case.facts.incident {
        let text = format!(
            "other bytes appeared under this name on {}; first seen {}, then {}",
            incident.noticed.day(),
            short(&incident.pinned),
            short(&incident.seen),
        );
        case.refusals.push(reason("digest-changed", "digest", text));
    }
    let prepared = case.prepared;
    let graph = &prepared.graph;
    if graph.violations.is_empty() {
        return;
    }
    let criteria = prepared.policy.known_criteria();
    let concerned = prepared.required.iter().fold(0, |all, place| all | criteria.closure.get(*place).copied().unwrap_or(0));
    // A policy that asks for no claim still refuses what somebody it trusts found to fail one it knows.
    let concerned = if prepared.required.is_empty() { u64::MAX } else { concerned };
    // What a release asks for may be less than what its users ask for: a denial of either speaks against it.
    let concerned = match prepared.policy.denied_too() {
        Some([]) => u64::MAX,
        Some(also) => also.iter().fold(concerned, |all, place| all | criteria.closure.get(*place).copied().unwrap_or(0)),
        None => concerned,
    };
    let version = &case.subject.artifact.release.version;
    for violation in &graph.violations {
        let denied = violation.criteria & concerned;
        if denied == 0 {
            continue;
        }
        let names: Vec<&str> = criteria
            .described
            .iter()
            .enumerate()
            .filter(|(place, _)| denied & (1u64 << place) != 0)
            .map(|(_, one)| one.name.as_str())
            .collect();
        let by = if violation.voices.is_empty() { String::new() } else { format!(", says {}", violation.voices) };
        let rule = "evidence.violation";
        match case.facts.versions.in_range(violation.range, version) {
            Ok(false) => {}
            Ok(true) => {
                let text = format!("versions {} fail {}{by}", violation.range, names.join(" and "));
                let mut found = reason("violation", rule, text);
                found.statements.push(violation.id.to_owned());
                case.refusals.push(found);
            }
            // Nobody knows whether it is meant, so it is held until the range is written rightly.
            Err(_) => {
                let text = format!("a violation of {} names versions that cannot be read{by}", names.join(" and "));
                let mut found = reason("violation-unreadable", rule, text);
                found.statements.push(violation.id.to_owned());
                case.standing.push(Finding { reason: found, effect: Effect::Hold(Bytes::Refuse) });
            }
        }
    }
}

fn short(digests: &Digests) -> String {
    match digests.iter().next() {
        Some(digest) => {
            let hex = digest.hex();
            format!("{}:{}...", digest.algorithm(), hex.get(..12).unwrap_or(&hex))
        }
        None => "no digest".to_owned(),
    }
}
