//! The age gate: a release waits before it is listed, unless an advisory names it as the fix.

use vetmoot_domain::Timestamp;

use super::{Answer, Case, Effect, Finding, Published, exact, except, reason, wait};

const RULE: &str = "gates.release-age";

/// Whether the artifact is old enough.
pub(crate) fn ask(case: &Case<'_>, now: Timestamp) -> Answer {
    let Some(gate) = &case.prepared.policy.gate_table().age else { return Answer::Nothing };
    let effect = Effect::Hold(case.prepared.policy.pending().release_age);
    let against = |reason| Answer::Against(Box::new(Finding { reason, effect }));
    match case.published {
        Published::At(at, how) => {
            if at.plus(gate.minimum) <= now {
                let text = format!("{how} {}; the {} that {} waits are over", at.day(), exact(gate.minimum), case.title());
                return Answer::For(reason("old-enough", RULE, text));
            }
            if let Some(advisory) = case.fix_of.filter(|_| at.plus(gate.security_fix) <= now) {
                let mut found = reason("security-fix", RULE, format!("it fixes {advisory}, so it does not wait"));
                found.statements.push(advisory.to_owned());
                return Answer::For(found);
            }
            let least = if case.fix_of.is_some() { gate.security_fix } else { gate.minimum };
            let until = at.plus(least);
            let text = format!("{how} {at}; {} waits {}, until {until}", case.title(), exact(least));
            let mut found = reason("release-too-young", RULE, text);
            found.remedy = Some(wait(until));
            against(found)
        }
        Published::FirstSight if gate.admit_first_sight => {
            let text = "it has no date, and stood in the first listing of its package read here".to_owned();
            Answer::For(reason("first-sight", RULE, text))
        }
        Published::FirstSight => {
            let text =
                "it has no date; it stood in the first listing of its package read here, and its age is unknown".to_owned();
            let mut found = reason("release-undated", RULE, text);
            found.remedy = Some(except());
            against(found)
        }
        Published::Unknown => {
            let text = format!("nobody here knows when it was published, and {} waits {}", case.title(), exact(gate.minimum));
            against(reason("release-date-unknown", RULE, text))
        }
    }
}

/// When the artifact will be old enough.
pub(crate) fn turns(case: &Case<'_>, turns: &mut Vec<Timestamp>) {
    if let (Some(gate), Published::At(at, _)) = (&case.prepared.policy.gate_table().age, case.published) {
        turns.push(at.plus(gate.minimum));
        if case.fix_of.is_some() {
            turns.push(at.plus(gate.security_fix));
        }
    }
}
