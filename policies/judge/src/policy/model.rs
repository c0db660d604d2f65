//! What a compiled policy holds: tables already checked, words already resolved.

use std::collections::BTreeMap;

use vetmoot_domain::criterion::{SAFE_TO_DEPLOY, SAFE_TO_RUN};
use vetmoot_domain::{AdvisoryKind, Bytes, CriterionName, Day, Depth, Organisation, Package, Severity, Span, Version};

use crate::limits::CHAIN_DEFAULT;

/// A criterion as the policy describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Criterion {
    /// Its name.
    pub name: CriterionName,
    /// What an auditor claims with it.
    pub text: String,
    /// What it implies directly.
    pub implies: Vec<CriterionName>,
    /// A document that defines the same claim.
    pub same_as: Option<String>,
    /// How an auditor goes about it, in prose.
    pub guidance: Option<String>,
    /// What to look at, point by point.
    pub checklist: Vec<String>,
    /// The skill an auditor needs.
    pub skill: Option<String>,
    /// Examples of what meets it and what does not.
    pub examples: Vec<String>,
}

/// How much an import counts (`[[import]]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRule {
    /// The import's name here, as `TestimonyOrigin::Import` carries it.
    pub name: String,
    /// Where it is read from; a feed named by this URL on a command line is this import.
    pub url: Option<String>,
    /// The body all its authors count for.
    pub organisation: Organisation,
    /// The level its authors get, 0 to 4.
    pub level: u8,
    /// Foreign criteria and what they mean here; the built-ins mean themselves unless they stand here.
    pub criteria_map: BTreeMap<CriterionName, Vec<CriterionName>>,
    /// The depth of entries that do not say theirs.
    pub depth: Option<Depth>,
    /// Whether entries without a date of their own count; none follows `[evidence]`.
    pub undated: Option<bool>,
    /// Whether entries without digests count; none follows `[evidence]`.
    pub unbound: Option<bool>,
    /// Whether each author is a body of their own.
    pub authors_apart: bool,
    /// Packages for which this import does not count.
    pub exclude: Vec<Package>,
}

impl ImportRule {
    /// An import of that name that is an organisation of its own at a level from 0 to 4, with nothing mapped but the
    /// built-ins.
    pub fn new(name: &str, organisation: Organisation, level: u8) -> Self {
        Self {
            name: name.to_owned(),
            url: None,
            organisation,
            level: level.min(4),
            criteria_map: BTreeMap::new(),
            depth: None,
            undated: None,
            unbound: None,
            authors_apart: false,
            exclude: Vec::new(),
        }
    }
}

impl ImportRule {
    /// Whether a testimony's origin by that name is this import.
    pub fn is(&self, name: &str) -> bool {
        self.name == name || self.url.as_deref() == Some(name)
    }
}

/// A dated exception (`[[exception]]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The package.
    pub package: Package,
    /// The one version excepted.
    pub version: Option<Version>,
    /// The one file excepted.
    pub file_name: Option<String>,
    /// The versions excepted, in the ecosystem's range syntax.
    pub range: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// Its last day.
    pub until: Day,
    /// The codes of the reasons it lifts; empty lifts every reason that can be lifted.
    pub lifts: Vec<String>,
}

/// The criteria a policy knows, each a bit; a set of them is one word.
#[derive(Debug, Clone)]
pub(crate) struct Criteria {
    pub(crate) described: Vec<Criterion>,
    /// For each criterion, itself and everything it implies.
    pub(crate) closure: Vec<u64>,
}

impl Criteria {
    /// The two built-ins alone.
    pub(crate) fn builtins() -> Vec<Criterion> {
        let builtin = |name: &str, text: &str, implies: Vec<CriterionName>| Criterion {
            name: name.parse().expect("the built-in criteria are well-formed words"),
            text: text.to_owned(),
            implies,
            same_as: None,
            guidance: None,
            checklist: Vec::new(),
            skill: None,
            examples: Vec::new(),
        };
        let run = builtin(
            SAFE_TO_RUN,
            "Compiling, running and testing it on a workstation or in controlled automation does nothing surprising: it \
             leaves unrelated files alone, installs nothing, talks to no untrusted address and wastes no resources.",
            Vec::new(),
        );
        let deploy = builtin(
            SAFE_TO_DEPLOY,
            "It brings no serious security weakness into production software that handles untrusted input; everything \
             unsafe or powerful in it was reasoned about.",
            vec![run.name.clone()],
        );
        vec![run, deploy]
    }
    /// The place of a criterion.
    pub(crate) fn place(&self, name: &CriterionName) -> Option<usize> {
        self.described.iter().position(|criterion| criterion.name == *name)
    }
    /// The set that claims one criterion: itself and all it implies; empty for an unknown one.
    pub(crate) fn claims(&self, name: &CriterionName) -> u64 {
        self.place(name).and_then(|place| self.closure.get(place)).copied().unwrap_or(0)
    }
    /// The name at a place.
    pub(crate) fn name(&self, place: usize) -> Option<&CriterionName> {
        self.described.get(place).map(|criterion| &criterion.name)
    }
}

/// What makes two voices independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Independence {
    Organisation,
    Person,
}

/// Which audits made by machines count, fewest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Machines {
    Ignore,
    Guided,
    Count,
}

/// What evidence counts (`[evidence]`).
#[derive(Debug, Clone)]
pub(crate) struct EvidenceRules {
    pub(crate) level: u8,
    pub(crate) violation_level: u8,
    /// Voices needed where no criterion says otherwise.
    pub(crate) quorum: u32,
    /// Voices needed by the criterion at that place.
    pub(crate) quorum_of: BTreeMap<usize, u32>,
    pub(crate) independence: Independence,
    pub(crate) depth: Option<Depth>,
    pub(crate) max_age: Option<Span>,
    pub(crate) max_chain: u32,
    pub(crate) self_audits: bool,
    pub(crate) machines: Machines,
    pub(crate) unbound: bool,
    pub(crate) undated: bool,
    pub(crate) publisher_trust: bool,
    pub(crate) or_quiet: Option<Span>,
}

impl Default for EvidenceRules {
    fn default() -> Self {
        Self {
            level: 2,
            violation_level: 1,
            quorum: 1,
            quorum_of: BTreeMap::new(),
            independence: Independence::Organisation,
            depth: None,
            max_age: None,
            max_chain: CHAIN_DEFAULT,
            self_audits: false,
            machines: Machines::Ignore,
            unbound: true,
            undated: true,
            publisher_trust: true,
            or_quiet: None,
        }
    }
}

impl EvidenceRules {
    /// The voices the criterion at `place` needs.
    pub(crate) fn quorum_for(&self, place: usize) -> u32 {
        self.quorum_of.get(&place).copied().unwrap_or(self.quorum)
    }
}

/// The gates (`[gates]`).
#[derive(Debug, Clone, Default)]
pub(crate) struct Gates {
    pub(crate) age: Option<AgeGate>,
    pub(crate) malware: Option<MalwareGate>,
    pub(crate) advisories: Option<AdvisoryGate>,
}

/// Waits before a release is listed.
#[derive(Debug, Clone)]
pub(crate) struct AgeGate {
    pub(crate) minimum: Span,
    pub(crate) admit_first_sight: bool,
    pub(crate) security_fix: Span,
}

/// Withholds known malware.
#[derive(Debug, Clone)]
pub(crate) struct MalwareGate {
    pub(crate) refuse: bool,
    pub(crate) max_staleness: Option<Span>,
}

/// Withholds what advisories name.
#[derive(Debug, Clone)]
pub(crate) struct AdvisoryGate {
    pub(crate) severity: Option<Severity>,
    pub(crate) cvss_tenths: Option<u16>,
    /// Whether vulnerabilities without any score match.
    pub(crate) unscored: bool,
    pub(crate) kinds: Vec<AdvisoryKind>,
    pub(crate) refuse: bool,
    pub(crate) max_staleness: Option<Span>,
}

/// What happens to pending bytes, by the rule that holds them (`[pending-bytes]`).
#[derive(Debug, Clone)]
pub(crate) struct PendingBytes {
    pub(crate) release_age: Bytes,
    pub(crate) digest: Bytes,
    pub(crate) audits: Bytes,
    pub(crate) advisories: Bytes,
    pub(crate) rules: Bytes,
}

impl Default for PendingBytes {
    fn default() -> Self {
        Self {
            release_age: Bytes::Refuse,
            digest: Bytes::Refuse,
            audits: Bytes::Serve,
            advisories: Bytes::Refuse,
            rules: Bytes::Refuse,
        }
    }
}
