//! The audits of one package as a graph: versions are nodes, audits are links, and nothing at all is where chains begin.

pub(crate) mod remedy;
pub(crate) mod search;
pub(crate) mod voices;
pub(crate) mod weigh;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use vetmoot_domain::{AuditKind, Digest, Ecosystem, Evidence, Package, Timestamp, Version, Versions};

use crate::policy::Policy;
use weigh::{Weighed, weigh_all};

/// The target of versions that no audit names; no link leads there.
pub(crate) const NOWHERE: u32 = u32::MAX;

/// A full audit or a delta that counts.
pub(crate) struct Link<'p> {
    /// Which weighed testimony it is.
    pub(crate) weighed: u32,
    pub(crate) from: Option<u32>,
    pub(crate) to: u32,
    pub(crate) criteria: u64,
    pub(crate) voices: u128,
    /// The first moment at which it is too old.
    pub(crate) expires: Option<Timestamp>,
    /// When it was recorded, for files uploaded before it.
    pub(crate) recorded: Option<Timestamp>,
    pub(crate) from_digests: Option<&'p BTreeSet<Digest>>,
    pub(crate) digests: &'p BTreeSet<Digest>,
}

/// A range of versions that fails criteria.
pub(crate) struct Violation<'p> {
    pub(crate) id: &'p str,
    pub(crate) range: &'p str,
    pub(crate) voices: String,
    /// The criteria it denies, without what they imply.
    pub(crate) criteria: u64,
}

/// Everything the evidence says, resolved for one policy.
pub(crate) struct Graph<'p> {
    pub(crate) weighed: Vec<Weighed<'p>>,
    pub(crate) voice_names: Vec<String>,
    pub(crate) links: Vec<Link<'p>>,
    pub(crate) violations: Vec<Violation<'p>>,
    /// Weighed publisher trust that counts.
    pub(crate) trusts: Vec<u32>,
    pub(crate) nodes: Vec<&'p Version>,
    /// Links out of each node, in the order of preference.
    pub(crate) out: Vec<Vec<u32>>,
    /// Links into each node.
    pub(crate) into: Vec<Vec<u32>>,
    /// Links from nothing at all.
    pub(crate) roots: Vec<u32>,
    /// For each node the criteria that some violation denies it.
    pub(crate) violated: Vec<u64>,
    /// Whether any link is ever too old.
    pub(crate) ages: bool,
    by_text: BTreeMap<&'p str, u32>,
    ordered: OnceLock<Vec<u32>>,
    /// For each criterion the covered versions, where no audit ever grows too old.
    covered: Vec<OnceLock<Vec<(usize, u32)>>>,
    versions: &'p dyn Versions,
    /// Whether two texts can be one version (`1.0` and `1.0.0` on the Python index).
    loose: bool,
    /// On the Python index, whether an audit covers files it does not name.
    pub(crate) covers_release: bool,
}

impl<'p> Graph<'p> {
    /// Weighs the evidence about one package and links what counts; testimonies about others than `package` are left out.
    pub(crate) fn new(
        policy: &'p Policy,
        evidence: &'p Evidence,
        versions: &'p dyn Versions,
        package: Option<&Package>,
    ) -> Self {
        let (weighed, voice_names) = weigh_all(policy, evidence, package);
        let ecosystem = weighed.first().map(|one| one.testimony.audit.package.ecosystem());
        let loose = ecosystem == Some(Ecosystem::Pypi);
        let mut graph = Self {
            violations: Vec::new(),
            links: Vec::with_capacity(weighed.len()),
            trusts: Vec::new(),
            nodes: Vec::new(),
            out: Vec::new(),
            into: Vec::new(),
            roots: Vec::new(),
            violated: Vec::new(),
            ages: false,
            by_text: BTreeMap::new(),
            ordered: OnceLock::new(),
            covered: vec![OnceLock::new(); policy.known_criteria().described.len()],
            versions,
            loose,
            covers_release: loose && policy.covers_release(),
            weighed,
            voice_names,
        };
        graph.place_nodes();
        graph.link();
        graph.violate(policy);
        graph
    }

    /// The versions' order.
    pub(crate) fn versions(&self) -> &'p dyn Versions {
        self.versions
    }

    fn place_nodes(&mut self) {
        let mut named: Vec<&'p Version> = Vec::new();
        for weighed in self.weighed.iter().filter(|one| one.uncounted.is_none()) {
            match &weighed.testimony.audit.kind {
                AuditKind::Full { version, .. } => named.push(version),
                AuditKind::Delta { from, to, .. } => named.extend([from, to]),
                AuditKind::Violation { .. } | AuditKind::Publisher { .. } => {}
            }
        }
        named.sort_unstable();
        named.dedup();
        if self.loose {
            named.sort_by(|a, b| self.versions.compare(a, b).then_with(|| a.cmp(b)));
        }
        for version in named {
            let same = self.loose && self.nodes.last().is_some_and(|last| self.versions.compare(last, version).is_eq());
            if !same {
                self.nodes.push(version);
            }
            self.by_text.insert(version.as_str(), index(self.nodes.len() - 1));
        }
    }

    fn link(&mut self) {
        self.out.resize_with(self.nodes.len(), Vec::new);
        self.into.resize_with(self.nodes.len(), Vec::new);
        for (place, weighed) in self.weighed.iter().enumerate() {
            if weighed.uncounted.is_some() {
                continue;
            }
            let (from, from_digests, to, digests) = match &weighed.testimony.audit.kind {
                AuditKind::Full { version, digests } => (None, None, version, digests),
                AuditKind::Delta { from, from_digests, to, digests } => (Some(from), Some(from_digests), to, digests),
                AuditKind::Publisher { .. } => {
                    self.trusts.push(index(place));
                    continue;
                }
                AuditKind::Violation { .. } => continue,
            };
            let node = |version: &Version| self.by_text.get(version.as_str()).copied().unwrap_or(NOWHERE);
            let (from, to) = (from.map(node), node(to));
            if from == Some(to) {
                continue;
            }
            let number = index(self.links.len());
            match from.and_then(|from| usize::try_from(from).ok()).and_then(|from| self.out.get_mut(from)) {
                Some(out) => out.push(number),
                None => self.roots.push(number),
            }
            if let Some(into) = usize::try_from(to).ok().and_then(|to| self.into.get_mut(to)) {
                into.push(number);
            }
            self.ages |= weighed.expires.is_some();
            self.links.push(Link {
                weighed: index(place),
                from,
                to,
                criteria: weighed.criteria,
                voices: weighed.voices,
                expires: weighed.expires,
                recorded: weighed.testimony.recorded,
                from_digests,
                digests,
            });
        }
    }

    fn violate(&mut self, policy: &Policy) {
        for weighed in &self.weighed {
            let AuditKind::Violation { range } = &weighed.testimony.audit.kind else { continue };
            if weighed.level < policy.evidence().violation_level || weighed.unheard() {
                continue;
            }
            let voices = weighed.testimony.authors.iter().map(|author| author.name.as_str()).collect::<Vec<_>>().join(", ");
            self.violations.push(Violation { id: &weighed.testimony.id, range, voices, criteria: weighed.criteria });
        }
        self.violated = vec![0; self.nodes.len()];
        for violation in &self.violations {
            for (node, violated) in self.nodes.iter().zip(&mut self.violated) {
                // A range nobody can read is told as a reason of its own; it breaks no chain elsewhere.
                if self.versions.in_range(violation.range, node).unwrap_or(false) {
                    *violated |= violation.criteria;
                }
            }
        }
    }

    /// The node of a version, or [`NOWHERE`].
    pub(crate) fn node(&self, version: &Version) -> u32 {
        if let Some(node) = self.by_text.get(version.as_str()) {
            return *node;
        }
        if !self.loose {
            return NOWHERE;
        }
        // Nodes of a loose ecosystem were placed in the order of versions.
        let found = self.nodes.binary_search_by(|node| self.versions.compare(node, version));
        found.map_or(NOWHERE, index)
    }

    /// Nodes in the order of versions.
    pub(crate) fn ordered(&self) -> &[u32] {
        self.ordered.get_or_init(|| {
            let mut nodes: Vec<(u32, &Version)> = (0..).zip(self.nodes.iter().copied()).collect();
            nodes.sort_by(|(_, a), (_, b)| self.versions.compare(a, b).then_with(|| a.cmp(b)));
            nodes.into_iter().map(|(node, _)| node).collect()
        })
    }

    /// The covered versions of the criterion at a place, kept when they do not depend on the moment.
    pub(crate) fn kept(&self, place: usize, find: impl Fn() -> Vec<(usize, u32)>) -> Cow<'_, [(usize, u32)]> {
        match self.covered.get(place).filter(|_| !self.ages) {
            Some(kept) => Cow::Borrowed(kept.get_or_init(find)),
            None => Cow::Owned(find()),
        }
    }

    /// The version of a node.
    pub(crate) fn version(&self, node: u32) -> Option<&'p Version> {
        usize::try_from(node).ok().and_then(|node| self.nodes.get(node)).copied()
    }

    /// The link of that number.
    pub(crate) fn link_at(&self, number: u32) -> Option<&Link<'p>> {
        usize::try_from(number).ok().and_then(|number| self.links.get(number))
    }

    /// The weighed testimony of that number.
    pub(crate) fn weighed_at(&self, number: u32) -> Option<&Weighed<'p>> {
        usize::try_from(number).ok().and_then(|number| self.weighed.get(number))
    }

    /// Links into a node.
    pub(crate) fn links_into(&self, node: u32) -> &[u32] {
        usize::try_from(node).ok().and_then(|node| self.into.get(node)).map_or(&[], Vec::as_slice)
    }

    /// Links out of a node.
    pub(crate) fn links_out(&self, node: u32) -> &[u32] {
        usize::try_from(node).ok().and_then(|node| self.out.get(node)).map_or(&[], Vec::as_slice)
    }

    /// The criteria denied to a node.
    pub(crate) fn violated_at(&self, node: u32) -> u64 {
        usize::try_from(node).ok().and_then(|node| self.violated.get(node)).copied().unwrap_or(0)
    }

    /// Audits of a version that do not count.
    pub(crate) fn uncounted_at(&self, version: &Version) -> impl Iterator<Item = &Weighed<'p>> {
        self.weighed.iter().filter(move |one| {
            let target = match &one.testimony.audit.kind {
                AuditKind::Full { version, .. } | AuditKind::Delta { to: version, .. } => version,
                AuditKind::Violation { .. } | AuditKind::Publisher { .. } => return false,
            };
            let same = target == version || self.loose && self.versions.compare(target, version).is_eq();
            same && one.uncounted.is_some()
        })
    }

    /// The names of a set of voices.
    pub(crate) fn names_of(&self, voices: u128) -> String {
        let mut names = String::new();
        for (place, name) in self.voice_names.iter().enumerate() {
            if voices & weigh::bit(place) != 0 {
                if !names.is_empty() {
                    names.push_str(" and ");
                }
                names.push_str(name);
            }
        }
        names
    }
}

/// A position as the 32 bits links are numbered with; evidence about one package never nears them.
pub(crate) fn index(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(NOWHERE)
}
