//! What one testimony weighs under a policy: whose voice, at which level, for which claims, and why it may not count.

use std::borrow::Cow;

use vetmoot_domain::{
    Audit, AuditKind, Author, CriterionName, Evidence, Organisation, Package, Testimony, TestimonyOrigin, Timestamp,
};

use crate::limits::VOICES_MAX;
use crate::policy::Policy;
use crate::policy::model::{Criteria, EvidenceRules, ImportRule, Independence, Machines};

/// A testimony with its weight.
pub(crate) struct Weighed<'p> {
    pub(crate) testimony: &'p Testimony,
    /// The highest level of its authors; levels never add up.
    pub(crate) level: u8,
    /// The claims it makes, implied ones included; of a violation, those it denies and no more.
    pub(crate) criteria: u64,
    /// The voices of those of its authors whose level is enough.
    pub(crate) voices: u128,
    /// The first moment at which it is too old.
    pub(crate) expires: Option<Timestamp>,
    /// Why it does not count; it may be a violation all the same.
    pub(crate) uncounted: Option<Uncounted>,
    rule: Option<&'p ImportRule>,
}

/// Why a testimony does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Uncounted {
    NotImported,
    Excluded,
    Level,
    Criteria,
    SelfAudit,
    Machine,
    Depth,
    Unbound,
    Undated,
    Publisher,
}

impl Uncounted {
    /// The cause as the end of a sentence about an audit.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::NotImported => "comes by an import this policy does not name",
            Self::Excluded => "comes by an import that this policy excludes for the package",
            Self::Level => "is by authors below the level asked for",
            Self::Criteria => "claims nothing this policy knows",
            Self::SelfAudit => "is by the package's own people",
            Self::Machine => "was made by a machine",
            Self::Depth => "was not read closely enough",
            Self::Unbound => "names no digest",
            Self::Undated => "has no date of its own",
            Self::Publisher => "trusts a publisher, which this policy does not count",
        }
    }
}

impl Weighed<'_> {
    /// Whether its source has no say here at all, violations included.
    pub(crate) fn unheard(&self) -> bool {
        matches!(self.uncounted, Some(Uncounted::NotImported | Uncounted::Excluded))
    }
    /// The bodies its authors count for.
    pub(crate) fn organisations(&self) -> Vec<Cow<'_, str>> {
        organisations(self.rule, self.testimony)
    }
}

/// The bit of a voice; past [`VOICES_MAX`] voices share the last one, which can only make fewer of them.
pub(crate) fn bit(place: usize) -> u128 {
    1u128 << place.min(VOICES_MAX - 1)
}

/// Weighs every testimony, best first, and names the voices; both in an order that does not depend on the input's.
pub(crate) fn weigh_all<'p>(
    policy: &'p Policy,
    evidence: &'p Evidence,
    package: Option<&Package>,
) -> (Vec<Weighed<'p>>, Vec<String>) {
    let testimonies = evidence.testimonies.iter().filter(|one| package.is_none_or(|package| one.audit.package == *package));
    let mut weighed: Vec<(Weighed<'p>, Vec<Cow<'p, str>>)> = testimonies.map(|one| weigh(policy, one)).collect();
    // One entry reached twice counts once, by the way on which it counts most; which of two contents under one id stays
    // beyond that is settled by the contents alone.
    weighed.sort_unstable_by(|(a, _), (b, _)| {
        let (left, right) = (a.testimony, b.testimony);
        let contents =
            || if left == right { std::cmp::Ordering::Equal } else { format!("{left:?}").cmp(&format!("{right:?}")) };
        left.id.cmp(&right.id).then_with(|| weight(a).cmp(&weight(b))).then_with(contents)
    });
    weighed.dedup_by(|(a, _), (b, _)| a.testimony.id == b.testimony.id);
    let mut names: Vec<&str> = weighed.iter().flat_map(|(_, voices)| voices.iter().map(Cow::as_ref)).collect();
    names.sort_unstable();
    names.dedup();
    let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    for (one, voices) in &mut weighed {
        for voice in voices.iter() {
            if let Ok(place) = names.binary_search_by(|name| name.as_str().cmp(voice)) {
                one.voices |= bit(place);
            }
        }
    }
    let mut weighed: Vec<Weighed<'p>> = weighed.into_iter().map(|(one, _)| one).collect();
    weighed.sort_by(|a, b| preference(a).cmp(&preference(b)).then_with(|| a.testimony.id.cmp(&b.testimony.id)));
    (weighed, names)
}

/// What counts first, then what is heard at all, then higher levels.
fn weight(one: &Weighed<'_>) -> (bool, bool, u8) {
    (one.uncounted.is_some(), one.unheard(), 4 - one.level.min(4))
}

/// Own people first, then higher levels, then what names digests.
fn preference(one: &Weighed<'_>) -> (bool, u8, bool) {
    (one.testimony.origin != TestimonyOrigin::Local, 4 - one.level.min(4), unbound(&one.testimony.audit))
}

fn unbound(audit: &Audit) -> bool {
    match &audit.kind {
        AuditKind::Full { digests, .. } => digests.is_empty(),
        AuditKind::Delta { digests, from_digests, .. } => digests.is_empty() || from_digests.is_empty(),
        AuditKind::Publisher { .. } => true,
        AuditKind::Violation { .. } => false,
    }
}

fn weigh<'p>(policy: &'p Policy, testimony: &'p Testimony) -> (Weighed<'p>, Vec<Cow<'p, str>>) {
    let rules = policy.evidence();
    let import = match &testimony.origin {
        TestimonyOrigin::Local => None,
        TestimonyOrigin::Import(name) => Some(policy.imports().iter().find(|rule| rule.is(name))),
    };
    let level_of = |author: &Author| import.map_or(author.level, |rule| rule.map_or(0, |rule| rule.level));
    let rule = import.flatten();
    let no_author = rule.map_or(0, |rule| rule.level);
    let level = testimony.authors.iter().map(level_of).max().unwrap_or(no_author);
    let claims = claims(policy.known_criteria(), &testimony.audit, rule);
    let heard = match (&import, rule) {
        (Some(_), None) => Some(Uncounted::NotImported),
        (_, Some(rule)) if rule.exclude.contains(&testimony.audit.package) => Some(Uncounted::Excluded),
        _ => None,
    };
    let uncounted = heard.or_else(|| uncounted(rules, rule, testimony, level, claims));
    let mut weighed =
        Weighed { testimony, level, criteria: claims, voices: 0, expires: expires(rules, testimony), uncounted, rule };
    // With a longest age, what nobody can date cannot be young enough.
    if rules.max_age.is_some() && testimony.recorded.is_none() && weighed.uncounted.is_none() {
        weighed.uncounted = Some(Uncounted::Undated);
    }
    let voices = match weighed.uncounted {
        Some(_) => Vec::new(),
        None => voices(rules, rule, testimony, level_of),
    };
    (weighed, voices)
}

fn expires(rules: &EvidenceRules, testimony: &Testimony) -> Option<Timestamp> {
    Some(testimony.recorded?.plus(rules.max_age?))
}

fn uncounted(
    rules: &EvidenceRules,
    rule: Option<&ImportRule>,
    testimony: &Testimony,
    level: u8,
    claims: u64,
) -> Option<Uncounted> {
    let audit = &testimony.audit;
    if matches!(audit.kind, AuditKind::Violation { .. }) {
        return None;
    }
    let depth = audit.depth.or_else(|| rule.and_then(|rule| rule.depth));
    let machine = match (&audit.machine, rules.machines) {
        (None, _) | (_, Machines::Count) => false,
        (Some(machine), Machines::Guided) => !machine.guided,
        (Some(_), Machines::Ignore) => true,
    };
    let counts_unbound = rule.and_then(|rule| rule.unbound).unwrap_or(rules.unbound);
    let counts_undated = rule.and_then(|rule| rule.undated).unwrap_or(rules.undated);
    let publisher = matches!(audit.kind, AuditKind::Publisher { .. });
    [
        (level < rules.level, Uncounted::Level),
        (claims == 0, Uncounted::Criteria),
        (publisher && !rules.publisher_trust, Uncounted::Publisher),
        (audit.self_audit && !rules.self_audits, Uncounted::SelfAudit),
        (machine, Uncounted::Machine),
        (rules.depth.is_some_and(|least| depth.is_none_or(|depth| depth < least)), Uncounted::Depth),
        (!counts_unbound && unbound(audit), Uncounted::Unbound),
        (!counts_undated && (!testimony.dated || testimony.recorded.is_none()), Uncounted::Undated),
    ]
    .into_iter()
    .find_map(|(holds, cause)| holds.then_some(cause))
}

/// The claims in this policy's own criteria.
fn claims(known: &Criteria, audit: &Audit, rule: Option<&ImportRule>) -> u64 {
    let violation = matches!(audit.kind, AuditKind::Violation { .. });
    let one = |name: &CriterionName| match known.place(name) {
        // A violation denies what it names; what that implies may hold all the same.
        Some(place) if violation => 1u64 << place,
        Some(_) => known.claims(name),
        None => 0,
    };
    let Some(rule) = rule else { return audit.criteria.iter().fold(0, |set, name| set | one(name)) };
    audit.criteria.iter().fold(0, |set, name| match rule.criteria_map.get(name) {
        Some(ours) => ours.iter().fold(set, |set, name| set | one(name)),
        None if name.is_builtin() => set | one(name),
        // A foreign criterion means nothing until it is mapped.
        None => set,
    })
}

fn organisations<'p>(rule: Option<&'p ImportRule>, testimony: &'p Testimony) -> Vec<Cow<'p, str>> {
    let mut all: Vec<Cow<'p, str>> = match rule {
        Some(rule) if rule.authors_apart && !testimony.authors.is_empty() => {
            testimony.authors.iter().map(|author| apart(&rule.organisation, author)).collect()
        }
        Some(rule) => vec![Cow::Borrowed(rule.organisation.as_str())],
        None => testimony.authors.iter().map(|author| Cow::Borrowed(author.organisation.as_str())).collect(),
    };
    all.sort_unstable();
    all.dedup();
    all
}

fn apart<'p>(organisation: &Organisation, author: &Author) -> Cow<'p, str> {
    Cow::Owned(format!("{organisation}/{}", author.name))
}

fn voices<'p>(
    rules: &EvidenceRules,
    rule: Option<&'p ImportRule>,
    testimony: &'p Testimony,
    level_of: impl Fn(&Author) -> u8,
) -> Vec<Cow<'p, str>> {
    let enough = testimony.authors.iter().filter(|author| level_of(author) >= rules.level);
    match (rules.independence, rule) {
        (Independence::Organisation, None) => enough.map(|author| Cow::Borrowed(author.organisation.as_str())).collect(),
        (Independence::Organisation, Some(rule)) if !rule.authors_apart => {
            vec![Cow::Borrowed(rule.organisation.as_str())]
        }
        (Independence::Person, None) => enough.map(|author| Cow::Borrowed(author.name.as_str())).collect(),
        (_, Some(rule)) if testimony.authors.is_empty() => vec![Cow::Borrowed(rule.organisation.as_str())],
        (_, Some(rule)) => enough.map(|author| apart(&rule.organisation, author)).collect(),
    }
}
