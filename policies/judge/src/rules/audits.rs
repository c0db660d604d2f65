//! Audits: whether enough independent voices cover every claim the use requires, or a quiet time stands in for them.

use std::fmt::Write as _;

use vetmoot_domain::limits::PUBLISHER_WINDOW_DAYS_MAX;
use vetmoot_domain::{
    AdvisoryKind, AuditKind, CriterionName, DateSource, PublishTime, Reason, Remedy, RemedyKind, Step, Support, Timestamp,
};

use super::{Answer, Case, Effect, Finding, Published, cite, exact, reason, wait};
use crate::graph::search::{Ask, Hop};
use crate::graph::voices::Coverage;

/// Publisher trust that applies to the artifact: its publisher is known, and it appeared within the window.
pub(crate) fn trusts(case: &Case<'_>) -> Vec<u32> {
    let graph = &case.prepared.graph;
    let (Some(publisher), Some(at)) = (&case.facts.publisher, appeared(case)) else { return Vec::new() };
    let applies = |number: &u32| {
        let Some(weighed) = graph.weighed_at(*number) else { return false };
        let AuditKind::Publisher { publisher: trusted, start, end } = &weighed.testimony.audit.kind else { return false };
        // Nobody can promise more than a year ahead: a longer window ends there.
        let longest = weighed.testimony.recorded.map(|recorded| recorded.day().plus_days(PUBLISHER_WINDOW_DAYS_MAX));
        let last = longest.map_or(*end, |longest| longest.min(*end));
        trusted == publisher && start.start() <= at && at < last.plus_days(1).start()
    };
    graph.trusts.iter().copied().filter(applies).collect()
}

/// When the artifact appeared, as its index or file says; when it was first seen here says nothing about its publisher.
fn appeared(case: &Case<'_>) -> Option<Timestamp> {
    match (case.facts.uploaded, case.facts.publish) {
        (Some(uploaded), _) => Some(uploaded),
        (None, PublishTime::Dated { source: DateSource::FirstSeen, .. }) => None,
        (None, PublishTime::Dated { at, .. }) => Some(at),
        (None, PublishTime::PresentAtFirstSight | PublishTime::Unknown) => None,
    }
}

impl Case<'_> {
    /// What a chain for the criterion at `place` has to carry.
    pub(crate) fn ask_for(&self, place: usize, now: Timestamp) -> Ask<'_> {
        let closure = &self.prepared.policy.known_criteria().closure;
        Ask {
            criterion: 1u64 << place,
            closure: closure.get(place).copied().unwrap_or(0),
            now,
            max_chain: self.prepared.policy.evidence().max_chain,
            target: self.target,
            subject: self.subject,
            uploaded: self.facts.uploaded,
            trusts: &self.trusts,
            bound: true,
            or_at: None,
        }
    }
}

/// What speaks for the artifact or what is missing, and how far each criterion is met.
pub(crate) fn ask(case: &Case<'_>, now: Timestamp) -> (Result<Vec<Reason>, Vec<Finding>>, Vec<Support>) {
    let required = case.prepared.required;
    if required.is_empty() {
        return (Ok(Vec::new()), Vec::new());
    }
    let mut good = Vec::new();
    let mut missing = Vec::new();
    let mut support = Vec::with_capacity(required.len());
    let criteria = case.prepared.policy.known_criteria();
    for place in required {
        let Some(name) = criteria.name(*place) else { continue };
        let needed = case.prepared.policy.evidence().quorum_for(*place);
        let ask = case.ask_for(*place, now);
        let coverage = case.prepared.graph.coverage(&ask, needed);
        if coverage.voices >= needed {
            good.push(audited(case, name, &coverage));
        } else {
            let cited: Vec<&str> = coverage.chains.iter().flatten().filter_map(|hop| id(case, *hop)).collect();
            missing.push(unmet(case, *place, needed, coverage.voices, &cited, now));
        }
        let chains = coverage.chains.iter().map(|chain| steps(case, chain)).collect();
        support.push(Support { criterion: name.clone(), needed, chains });
    }
    if missing.is_empty() {
        return (Ok(good), support);
    }
    let mut findings = Vec::new();
    match quiet(case, now) {
        Answer::For(quiet) => {
            good.push(quiet);
            return (Ok(good), support);
        }
        Answer::Against(noise) => findings.push(*noise),
        Answer::Nothing => {}
    }
    (Err(missing.into_iter().chain(findings).collect()), support)
}

fn rule(case: &Case<'_>) -> &'static str {
    if case.prepared.policy.denied_too().is_some() {
        return "release.criteria";
    }
    match case.prepared.usage {
        vetmoot_domain::Use::Runtime => "require.runtime",
        vetmoot_domain::Use::Build => "require.build",
        vetmoot_domain::Use::Dev => "require.dev",
    }
}

fn audited(case: &Case<'_>, name: &CriterionName, coverage: &Coverage) -> Reason {
    let graph = &case.prepared.graph;
    // Whoever carries the last link of a chain is who vouches for this very version.
    let last = coverage.chains.iter().filter_map(|chain| chain.last());
    let voices = last.fold(0, |all, hop| all | graph.voices_of(*hop));
    let mut found = reason("audited", rule(case), format!("{name} is vouched for by {}", graph.names_of(voices)));
    let ids = coverage.chains.iter().flatten().filter_map(|hop| id(case, *hop));
    found.statements = cite(ids);
    found
}

fn id<'a>(case: &'a Case<'_>, hop: Hop) -> Option<&'a str> {
    let graph = &case.prepared.graph;
    let weighed = match hop {
        Hop::Link(number) => graph.link_at(number)?.weighed,
        Hop::Trust(number) => number,
    };
    graph.weighed_at(weighed).map(|one| one.testimony.id.as_str())
}

fn steps(case: &Case<'_>, chain: &[Hop]) -> Vec<Step> {
    chain.iter().filter_map(|hop| step(case, *hop)).collect()
}

fn step(case: &Case<'_>, hop: Hop) -> Option<Step> {
    let graph = &case.prepared.graph;
    let (weighed, from, to) = match hop {
        Hop::Link(number) => {
            let link = graph.link_at(number)?;
            (link.weighed, link.from.and_then(|from| graph.version(from)), graph.version(link.to)?)
        }
        Hop::Trust(number) => (number, None, &case.subject.artifact.release.version),
    };
    let testimony = graph.weighed_at(weighed)?.testimony;
    Some(Step {
        statement: testimony.id.clone(),
        from: from.cloned(),
        to: to.clone(),
        authors: testimony.authors.iter().map(|author| author.name.clone()).collect(),
        voice: graph.names_of(graph.voices_of(hop)),
    })
}

/// Whether the quiet time stands in for audits.
fn quiet(case: &Case<'_>, now: Timestamp) -> Answer {
    const RULE: &str = "evidence.or-quiet";
    let policy = case.prepared.policy;
    let Some(span) = policy.evidence().or_quiet else { return Answer::Nothing };
    let hold = |reason| Answer::Against(Box::new(Finding { reason, effect: Effect::Hold(policy.pending().audits) }));
    let disturbs = |kind| matches!(kind, AdvisoryKind::Vulnerability | AdvisoryKind::Malware | AdvisoryKind::Unsound);
    let mut noise: Vec<&str> = case.hits.iter().filter(|one| disturbs(one.kind)).map(|one| one.id.as_str()).collect();
    noise.dedup();
    if !noise.is_empty() {
        let text =
            format!("affected by {}, so {} without an advisory do not stand in for audits", noise.join(", "), exact(span));
        let mut found = reason("not-quiet", RULE, text);
        found.statements = cite(noise.into_iter());
        return hold(found);
    }
    match case.published {
        Published::At(at, how) => {
            let until = at.plus(span);
            if until <= now {
                let text = format!("{how} {}, and {} passed without an advisory about it", at.day(), exact(span));
                return Answer::For(reason("quiet", RULE, text));
            }
            let text = format!("{how} {at}; without audits {} waits {}, until {until}", case.title(), exact(span));
            let mut found = reason("not-quiet", RULE, text);
            found.remedy = Some(wait(until));
            hold(found)
        }
        Published::FirstSight if policy.gate_table().age.as_ref().is_none_or(|gate| gate.admit_first_sight) => {
            let text = "it stood in the first listing of its package read here, and no advisory names it".to_owned();
            Answer::For(reason("quiet", RULE, text))
        }
        Published::FirstSight => Answer::Nothing,
        Published::Unknown => {
            let text = format!("nobody here knows when it was published, so its {} cannot be counted", exact(span));
            hold(reason("release-date-unknown", RULE, text))
        }
    }
}

fn unmet(case: &Case<'_>, place: usize, needed: u32, voices: u32, cited: &[&str], now: Timestamp) -> Finding {
    let policy = case.prepared.policy;
    let graph = &case.prepared.graph;
    let ask = case.ask_for(place, now);
    let name = policy.known_criteria().name(place);
    let named = name.map(CriterionName::as_str).unwrap_or_default();
    let other_bytes = !graph.links_into(case.target).is_empty() && graph.count(&Ask { bound: false, ..ask }, needed) >= needed;
    let (code, text, effect) = if other_bytes && case.subject.digests.is_empty() {
        let text = format!("audits cover {named} of this version by digest, and no digest of this artifact is known");
        ("digest-unknown", text, policy.pending().digest)
    } else if other_bytes {
        let what = if case.subject.artifact.file_name.is_some() { "other files of this release" } else { "other bytes" };
        ("digest-unmatched", format!("the audits of this version that claim {named} cover {what}"), policy.pending().digest)
    } else {
        ("audits-missing", lacking(case, named, needed, voices), policy.pending().audits)
    };
    let mut found = reason(code, rule(case), text);
    let version = &case.subject.artifact.release.version;
    let near = graph.uncounted_at(version).map(|one| one.testimony.id.as_str());
    found.statements = cite(cited.iter().copied().chain(near));
    if code != "digest-unknown" {
        let pair = graph.cheapest(&ask, version, voices);
        found.remedy = Some(Remedy {
            kind: RemedyKind::Audit,
            until: None,
            from: pair.from,
            to: pair.to,
            criteria: name.cloned().into_iter().collect(),
            level: Some(policy.evidence().level),
        });
    }
    Finding { reason: found, effect: Effect::Hold(effect) }
}

fn lacking(case: &Case<'_>, named: &str, needed: u32, voices: u32) -> String {
    let policy = case.prepared.policy;
    let level = policy.evidence().level;
    let body = policy.voice_word();
    let mut text = match (voices, needed) {
        (0, 1) => format!("no audit by level {level} or above covers {named}"),
        (0, _) => format!("no audit by level {level} or above covers {named}; {needed} independent {body}s are asked for"),
        _ => format!("{named} is vouched for by {voices} of {needed} independent {body}s"),
    };
    let mut causes: Vec<(crate::graph::weigh::Uncounted, usize)> = Vec::new();
    for cause in case.prepared.graph.uncounted_at(&case.subject.artifact.release.version).filter_map(|one| one.uncounted) {
        match causes.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, count)) => *count += 1,
            None => causes.push((cause, 1)),
        }
    }
    causes.sort_unstable();
    for (cause, count) in causes {
        let subject = if count == 1 { "one audit".to_owned() } else { format!("each of {count} audits") };
        let _ = write!(text, "; {subject} does not count: it {}", cause.words());
    }
    text
}

/// When audits grow too old and the quiet time is over.
pub(crate) fn turns(case: &Case<'_>, turns: &mut Vec<Timestamp>) {
    if case.prepared.required.is_empty() {
        return;
    }
    let graph = &case.prepared.graph;
    if graph.ages {
        turns.extend(graph.links.iter().filter_map(|link| link.expires));
    }
    turns.extend(case.trusts.iter().filter_map(|number| graph.weighed_at(*number)?.expires));
    if let (Some(span), Published::At(at, _)) = (case.prepared.policy.evidence().or_quiet, case.published) {
        turns.push(at.plus(span));
    }
}
