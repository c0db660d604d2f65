//! What a policy asks of releases of the community's own packages (`[release]`), stated and resolved.

use std::collections::BTreeMap;
use std::sync::Arc;

use vetmoot_domain::proof::Multikey;
use vetmoot_domain::{CriterionName, Depth, Span, Use};

use super::Policy;
use crate::rules::exact;

/// `[release]` as it was read: what is left out follows the rest of the policy.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReleaseTable {
    /// Whether the policy, or one it extends, has the section at all.
    pub(crate) stated: bool,
    pub(crate) wait: Option<Span>,
    /// The places of the criteria; none follows `[require]` for runtime.
    pub(crate) criteria: Option<Vec<usize>>,
    pub(crate) level: Option<u8>,
    pub(crate) depth: Option<Depth>,
    pub(crate) quorum: Option<u32>,
    pub(crate) quorum_of: BTreeMap<usize, u32>,
    pub(crate) self_audits: Option<bool>,
    pub(crate) checks: Vec<ReleaseCheck>,
    /// What an extension asks less for than its base, a sentence each.
    pub(crate) loosened: Vec<String>,
}

/// An outside check a release has to pass (`[[release.check]]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseCheck {
    /// Its name.
    pub name: String,
    /// The keys whose signed results are its results; no key is of two checks.
    pub keys: Vec<Multikey>,
    /// Whether people may waive it, with a reason.
    pub waivable: bool,
}

/// What a release of the community's own packages needs, every default filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseRules {
    /// Whether the policy says so itself; otherwise it follows from `[require]` and `[evidence]`.
    pub stated: bool,
    /// How long a candidate is staged before it may go; none asks for no time.
    pub wait: Option<Span>,
    /// The criteria every file needs audits for, each with the independent voices asked for.
    pub criteria: Vec<(CriterionName, u32)>,
    /// The least level of an author whose audit counts.
    pub level: u8,
    /// The least depth of every audit.
    pub depth: Option<Depth>,
    /// Whether audits by the package's own people count.
    pub self_audits: bool,
    /// Outside checks.
    pub checks: Vec<ReleaseCheck>,
}

impl Policy {
    /// What a release of the community's own packages needs.
    pub fn release(&self) -> ReleaseRules {
        let table = self.release_table();
        let evidence = self.evidence();
        let places = self.release_places();
        let criteria = places.iter().filter_map(|place| {
            let name = self.known_criteria().name(*place)?;
            Some((name.clone(), self.release_quorum(*place)))
        });
        ReleaseRules {
            stated: table.stated,
            wait: table.wait,
            criteria: criteria.collect(),
            level: table.level.unwrap_or(evidence.level),
            depth: table.depth.or(evidence.depth),
            self_audits: table.self_audits.unwrap_or(evidence.self_audits),
            checks: table.checks.clone(),
        }
    }

    fn release_places(&self) -> &[usize] {
        self.release_table().criteria.as_deref().unwrap_or_else(|| self.required_places(Use::Runtime))
    }

    fn release_quorum(&self, place: usize) -> u32 {
        let table = self.release_table();
        table.quorum_of.get(&place).copied().or(table.quorum).unwrap_or_else(|| self.evidence().quorum_for(place))
    }

    /// The policy by which candidates are judged: its own rules with what `[release]` says in the place of `[require]`
    /// and `[evidence]`.
    ///
    /// Nothing in it counts days from a publication: nobody uses what is staged, so its quiet says nothing, and its age is
    /// what `wait` is about.
    pub(crate) fn for_candidates(&self) -> Self {
        let rules = self.release();
        let places = self.release_places().to_vec();
        let quorum_of = places.iter().map(|place| (*place, self.release_quorum(*place))).collect();
        let also = self.required_places(Use::Runtime).to_vec();
        let mut derived = self.clone();
        let inner = Arc::make_mut(&mut derived.inner);
        inner.denied_too = Some(also);
        inner.required = [places.clone(), places.clone(), places];
        inner.evidence.level = rules.level;
        inner.evidence.depth = rules.depth;
        inner.evidence.self_audits = rules.self_audits;
        inner.evidence.quorum_of = quorum_of;
        inner.evidence.or_quiet = None;
        inner.gates.age = None;
        derived
    }

    /// What `[release]` asks for in plain words; nothing where the policy has no such section.
    pub(crate) fn release_words(&self) -> Option<String> {
        let rules = self.release();
        if !rules.stated {
            return None;
        }
        let mut wants: Vec<String> = rules.wait.map(|span| format!("{} in the open", exact(span))).into_iter().collect();
        let level = rules.level;
        wants.extend(rules.criteria.iter().map(|(name, voices)| {
            let body = self.voice_word();
            let voices = if *voices == 1 { format!("one {body}") } else { format!("{voices} independent {body}s") };
            format!("audits for {name} by {voices} from level {level} on")
        }));
        wants.extend(rules.checks.iter().map(|check| {
            let waivable = if check.waivable { "" } else { ", which nobody can waive" };
            format!("the check `{}`{waivable}", check.name)
        }));
        if wants.is_empty() {
            return Some(
                "A release of the community's own packages needs nothing but that nothing speaks against it.".to_owned(),
            );
        }
        Some(format!("A release of the community's own packages needs {}.", wants.join("; ")))
    }
}

/// What the extension's resolved rules ask less for than its base's, a sentence each.
pub(crate) fn loosened(base: &ReleaseRules, own: &ReleaseRules) -> Vec<String> {
    let mut told = Vec::new();
    let span = |span: Option<Span>| span.map_or("no time".to_owned(), exact);
    if own.wait.unwrap_or_default() < base.wait.unwrap_or_default() {
        told.push(format!("Releases of our own wait {} in place of {}.", span(own.wait), span(base.wait)));
    }
    for (name, voices) in &base.criteria {
        match own.criteria.iter().find(|(other, _)| other == name) {
            None => told.push(format!("Releases of our own need no audits for {name} any more.")),
            Some((_, fewer)) if fewer < voices => {
                told.push(format!("Releases of our own need {fewer} in place of {voices} voices for {name}."));
            }
            Some(_) => {}
        }
    }
    if own.level < base.level {
        told.push(format!("Audits of releases of our own count from level {} on, in place of {}.", own.level, base.level));
    }
    if own.depth < base.depth {
        let word = |depth: Option<Depth>| depth.map_or("any", Depth::as_str);
        told.push(format!("Audits of releases of our own have depth {} in place of {}.", word(own.depth), word(base.depth)));
    }
    if own.self_audits && !base.self_audits {
        told.push("Audits by a package's own people count for releases of our own.".to_owned());
    }
    for check in &base.checks {
        let Some(ours) = own.checks.iter().find(|other| other.name == check.name) else { continue };
        if ours.waivable && !check.waivable {
            told.push(format!("The check `{}` may be waived.", check.name));
        }
        if ours.keys.iter().any(|key| !check.keys.contains(key)) {
            told.push(format!("The check `{}` takes results of other keys.", check.name));
        }
    }
    told
}
