//! Dated exceptions: somebody answers for an artifact, for a reason, until a day.

use vetmoot_domain::{Reason, Timestamp};

use super::{Case, Finding, LIFTABLE_CODES, reason};
use crate::policy::model::Exception;

fn ends(exception: &Exception) -> Timestamp {
    // Its last day counts whole.
    exception.until.plus_days(1).start()
}

fn applies(case: &Case<'_>, exception: &Exception) -> bool {
    let artifact = &case.subject.artifact;
    exception.package == artifact.release.package
        && exception.version.as_ref().is_none_or(|version| *version == artifact.release.version)
        && exception.file_name.as_ref().is_none_or(|name| artifact.file_name.as_ref() == Some(name))
        && exception
            .range
            .as_ref()
            .is_none_or(|range| case.facts.versions.in_range(range, &artifact.release.version).unwrap_or(false))
}

/// Takes away the findings that exceptions lift; the reasons tell which exceptions did.
pub(crate) fn lift(case: &Case<'_>, now: Timestamp, findings: &mut Vec<Finding>) -> Vec<Reason> {
    let all = case.prepared.policy.exceptions();
    if findings.is_empty() || all.is_empty() {
        return Vec::new();
    }
    let live: Vec<&Exception> = all.iter().filter(|one| now < ends(one) && applies(case, one)).collect();
    let mut used: Vec<&Exception> = Vec::new();
    findings.retain(|finding| {
        let code = finding.reason.code;
        let lifts = |one: &&&Exception| one.lifts.is_empty() || one.lifts.iter().any(|lifted| lifted == code);
        match live.iter().find(lifts).filter(|_| LIFTABLE_CODES.contains(&code)) {
            Some(exception) => {
                if !used.contains(exception) {
                    used.push(exception);
                }
                false
            }
            None => true,
        }
    });
    let tell = |one: &&Exception| {
        reason("excepted", "exception", format!("{} answers for it until {}: {}", one.owner, one.until, one.reason))
    };
    used.iter().map(tell).collect()
}

/// When exceptions end.
pub(crate) fn turns(case: &Case<'_>, turns: &mut Vec<Timestamp>) {
    let all = case.prepared.policy.exceptions().iter();
    turns.extend(all.filter(|one| one.package == case.subject.artifact.release.package).map(ends));
}
