//! The cheapest change that would admit a release, as a sentence with its link.

use vetmoot_domain::{CriterionName, Decision, Reason, Release, Remedy, RemedyKind, State};
use vetmoot_frontend::parts;
use vetmoot_frontend::parts::Link;

use super::Ground;
use crate::pages::links;
use crate::pages::moment::{day, when};

/// The cheapest change that would lift one reason of a decision.
pub fn remedy(decision: &Decision, reason: &Reason, ground: &Ground<'_>) -> Option<parts::Remedy> {
    let wanted = reason.remedy.as_ref()?;
    // Missing audits and a quiet time that is not over yet are one obstacle: either way out is enough.
    let either = |reason: &Reason| matches!(reason.code, "audits-missing" | "not-quiet");
    let quiet = usize::from(either(reason) && decision.reasons.iter().any(|reason| reason.code == "not-quiet"));
    let alone = decision.reasons.len().saturating_sub(quiet) <= 1;
    let release = &decision.artifact.release;
    Some(parts::Remedy {
        text: text(wanted, release, if alone { "admit it" } else { "lift this" }),
        // Lines are counted where both archives are at hand; this page fetches none.
        cost: None,
        until: wanted.until.map(|until| when(ground.now, until)),
        link: link(wanted, release, ground),
    })
}

/// The one change that a page shows beside the sentence: waiting where that is enough, else the first that helps.
pub fn cheapest(decision: &Decision, ground: &Ground<'_>) -> Option<parts::Remedy> {
    if decision.state == State::Listed {
        return None;
    }
    let with = || decision.reasons.iter().filter(|reason| reason.remedy.is_some());
    let waits = with().all(|reason| reason.remedy.as_ref().is_some_and(|remedy| remedy.kind == RemedyKind::Wait));
    let longest = with().max_by_key(|reason| reason.remedy.as_ref().and_then(|remedy| remedy.until));
    let other = with().find(|reason| reason.remedy.as_ref().is_some_and(|remedy| remedy.kind != RemedyKind::Wait));
    remedy(decision, if waits { longest? } else { other? }, ground)
}

fn text(remedy: &Remedy, release: &Release, effect: &str) -> String {
    match remedy.kind {
        RemedyKind::Wait => match remedy.until {
            Some(until) => format!("Time alone would {effect}, on {}.", day(until.day())),
            None => format!("Time alone would {effect}."),
        },
        RemedyKind::Audit => {
            let to = remedy.to.as_ref().unwrap_or(&release.version);
            let what = match &remedy.from {
                Some(from) => format!("of the change {from} \u{2192} {to}"),
                None => format!("of {to} as a whole"),
            };
            let level = remedy.level.map_or_else(String::new, |level| format!(" by somebody of level {level}"));
            let claim = claims(&remedy.criteria);
            format!("An audit {what}{claim}{level} would {effect}.")
        }
        RemedyKind::Review => format!("A review of what is there would {effect}."),
        RemedyKind::Exception => {
            format!("A dated exception with an owner and a reason, written into the policy by a steward, would {effect}.")
        }
    }
}

fn claims(criteria: &[CriterionName]) -> String {
    let names: Vec<&str> = criteria.iter().map(CriterionName::as_str).collect();
    if names.is_empty() { String::new() } else { format!(" for {}", names.join(" and ")) }
}

fn link(remedy: &Remedy, release: &Release, ground: &Ground<'_>) -> Option<Link> {
    if remedy.kind != RemedyKind::Audit || !ground.may_audit {
        return None;
    }
    let to = remedy.to.as_ref().map_or_else(|| release.clone(), |to| release.package.release(to.clone()));
    let mut href = links::record(&to, remedy.from.as_ref());
    for name in &remedy.criteria {
        href.push_str("&criteria=");
        href.push_str(&links::query(name.as_str()));
    }
    Some(Link::new("Record this audit", href))
}
