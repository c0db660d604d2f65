//! A compiled policy: what it says, and the doors to what it says in words.

mod looser;
pub(crate) mod model;
mod release;
mod words;

use std::sync::Arc;

use vetmoot_domain::{CriterionName, Ecosystem, PolicyDigest, Use};

use crate::cel::Rule;
use crate::errors::PolicyErrors;
use crate::scenario::Scenario;
use model::{Criteria, EvidenceRules, Gates, Independence, PendingBytes};

pub use crate::scenario::TestOutcome;
pub use model::{Criterion, Exception, ImportRule};
pub use release::{ReleaseCheck, ReleaseRules};
pub(crate) use release::{ReleaseTable, loosened as loosened_release};
pub use words::GateWords;

/// Codes of reasons that mean "undecided for want of a fact", not "no".
pub const UNDECIDED_CODES: &[&str] = &["release-date-unknown", "digest-unknown"];

/// Where the bytes of policies that others extend are found.
pub trait PolicySource {
    /// The bytes of that policy, when they are at hand.
    fn bytes_of(&self, digest: &PolicyDigest) -> Option<Vec<u8>>;
}

/// A source that holds the policies of the shelf and no others.
pub struct ShelfAlone;

impl PolicySource for ShelfAlone {
    fn bytes_of(&self, digest: &PolicyDigest) -> Option<Vec<u8>> {
        let mut documents = crate::shelf().iter().map(|(_, toml)| toml.as_bytes());
        documents.find(|bytes| PolicyDigest::of(bytes) == *digest).map(<[u8]>::to_vec)
    }
}

impl<F: Fn(&PolicyDigest) -> Option<Vec<u8>>> PolicySource for F {
    fn bytes_of(&self, digest: &PolicyDigest) -> Option<Vec<u8>> {
        self(digest)
    }
}

/// A policy, read, checked and compiled; cheap to clone.
#[derive(Debug, Clone)]
pub struct Policy {
    digest: PolicyDigest,
    title: String,
    summary: String,
    inner: Arc<Inner>,
}

#[derive(Debug, Clone)]
struct Inner {
    read: bool,
    ecosystems: Vec<Ecosystem>,
    serve_use: Use,
    extends: Option<PolicyDigest>,
    criteria: Criteria,
    /// For runtime, build and dev the places of the criteria required.
    required: [Vec<usize>; 3],
    evidence: EvidenceRules,
    gates: Gates,
    pending: PendingBytes,
    covers_release: bool,
    imports: Vec<ImportRule>,
    exceptions: Vec<Exception>,
    rules: Vec<Rule>,
    release: ReleaseTable,
    /// Of a policy by which candidates are judged: the places of the criteria it asks for at run time, whose denial
    /// speaks against a release whatever `[release]` asks for.
    denied_too: Option<Vec<usize>>,
    /// How many imports, exceptions and rules came from the policy this one extends.
    inherited: [usize; 3],
    tests: Vec<Scenario>,
}

/// What everybody reads.
impl Policy {
    /// Reads, checks and compiles a policy; `base` finds the policies it extends.
    pub fn parse(bytes: &[u8], base: &dyn PolicySource) -> Result<Self, PolicyErrors> {
        crate::read::policy(bytes, base, 0)
    }
    /// The policy with further imports (the command's `--feed`); one whose name stands there already is left out.
    pub fn with_imports(&self, extra: Vec<ImportRule>) -> Self {
        let mut policy = self.clone();
        for import in extra {
            if !policy.imports().iter().any(|known| known.is(&import.name)) {
                policy.add_import(import);
            }
        }
        policy
    }
    /// The SHA-256 of the policy's exact bytes.
    pub fn digest(&self) -> PolicyDigest {
        self.digest
    }
    /// The title.
    pub fn title(&self) -> &str {
        &self.title
    }
    /// What the policy is for, in its author's words.
    pub fn summary(&self) -> &str {
        &self.summary
    }
    /// The ecosystems it judges, in the order of their names' declaration.
    pub fn ecosystems(&self) -> &[Ecosystem] {
        &self.inner.ecosystems
    }
    /// The use that the doors judge for.
    pub fn serve_use(&self) -> Use {
        self.inner.serve_use
    }
    /// The policy this one extends.
    pub fn extends(&self) -> Option<PolicyDigest> {
        self.inner.extends
    }
    /// The criteria it knows, the two built-ins first.
    pub fn criteria(&self) -> &[Criterion] {
        &self.inner.criteria.described
    }
    /// The criteria a use requires.
    pub fn requirements(&self, usage: Use) -> Vec<CriterionName> {
        let places = self.required_places(usage).iter();
        places.filter_map(|place| self.inner.criteria.name(*place)).cloned().collect()
    }
    /// Its exceptions, those of the policy it extends first.
    pub fn exceptions(&self) -> &[Exception] {
        &self.inner.exceptions
    }
    /// Its imports, those of the policy it extends first.
    pub fn imports(&self) -> &[ImportRule] {
        &self.inner.imports
    }
    /// Whether imported audits that name no digest count, where an import does not say otherwise.
    pub fn counts_unbound(&self) -> bool {
        self.inner.evidence.unbound
    }
    /// Whether imported audits without a date of their own count, where an import does not say otherwise.
    pub fn counts_undated(&self) -> bool {
        self.inner.evidence.undated
    }
    /// Runs the policy's own tests; whoever adopts it must see them pass.
    pub fn run_tests(&self) -> Vec<TestOutcome> {
        self.inner.tests.iter().map(|test| test.run(self)).collect()
    }
}

/// What judging reads.
impl Policy {
    pub(crate) fn known_criteria(&self) -> &Criteria {
        &self.inner.criteria
    }
    pub(crate) fn required_places(&self, usage: Use) -> &[usize] {
        let [runtime, build, dev] = &self.inner.required;
        match usage {
            Use::Runtime => runtime,
            Use::Build => build,
            Use::Dev => dev,
        }
    }
    pub(crate) fn evidence(&self) -> &EvidenceRules {
        &self.inner.evidence
    }
    pub(crate) fn gate_table(&self) -> &Gates {
        &self.inner.gates
    }
    pub(crate) fn pending(&self) -> &PendingBytes {
        &self.inner.pending
    }
    pub(crate) fn covers_release(&self) -> bool {
        self.inner.covers_release
    }
    pub(crate) fn release_table(&self) -> &ReleaseTable {
        &self.inner.release
    }
    /// Of a policy by which candidates are judged: what else a violation may deny.
    pub(crate) fn denied_too(&self) -> Option<&[usize]> {
        self.inner.denied_too.as_deref()
    }
    pub(crate) fn rules(&self) -> &[Rule] {
        &self.inner.rules
    }
    /// What an independent voice is called.
    pub(crate) fn voice_word(&self) -> &'static str {
        match self.inner.evidence.independence {
            Independence::Organisation => "organisation",
            Independence::Person => "person",
        }
    }
}

/// What reading writes.
impl Policy {
    /// A policy that says nothing yet.
    pub(crate) fn empty() -> Self {
        let inner = Inner {
            read: false,
            ecosystems: Ecosystem::ALL.to_vec(),
            serve_use: Use::Runtime,
            extends: None,
            criteria: Criteria { described: Vec::new(), closure: Vec::new() },
            required: Default::default(),
            evidence: EvidenceRules::default(),
            gates: Gates::default(),
            pending: PendingBytes::default(),
            covers_release: false,
            imports: Vec::new(),
            exceptions: Vec::new(),
            rules: Vec::new(),
            release: ReleaseTable::default(),
            denied_too: None,
            inherited: [0; 3],
            tests: Vec::new(),
        };
        Self { digest: PolicyDigest::of(&[]), title: String::new(), summary: String::new(), inner: Arc::new(inner) }
    }
    fn write(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.inner)
    }
    /// The digest of the base this one starts from, if it starts from one.
    pub(crate) fn digest_if_read(&self) -> Option<PolicyDigest> {
        self.inner.read.then_some(self.digest)
    }
    pub(crate) fn name(&mut self, digest: PolicyDigest, title: &str, summary: &str, extends: Option<PolicyDigest>) {
        self.digest = digest;
        title.clone_into(&mut self.title);
        summary.clone_into(&mut self.summary);
        let inner = self.write();
        inner.read = true;
        inner.extends = extends;
        if extends.is_some() {
            inner.inherited = [inner.imports.len(), inner.exceptions.len(), inner.rules.len()];
        }
    }
    pub(crate) fn set_ecosystems(&mut self, ecosystems: Vec<Ecosystem>) {
        self.write().ecosystems = ecosystems;
    }
    pub(crate) fn set_serve_use(&mut self, usage: Use) {
        self.write().serve_use = usage;
    }
    pub(crate) fn set_criteria(&mut self, criteria: Criteria) {
        self.write().criteria = criteria;
    }
    pub(crate) fn set_required(&mut self, required: [Vec<usize>; 3]) {
        self.write().required = required;
    }
    pub(crate) fn set_evidence(&mut self, evidence: EvidenceRules) {
        self.write().evidence = evidence;
    }
    pub(crate) fn set_gates(&mut self, gates: Gates) {
        self.write().gates = gates;
    }
    pub(crate) fn set_pending(&mut self, pending: PendingBytes) {
        self.write().pending = pending;
    }
    pub(crate) fn set_covers_release(&mut self, covers: bool) {
        self.write().covers_release = covers;
    }
    pub(crate) fn add_import(&mut self, import: ImportRule) {
        self.write().imports.push(import);
    }
    pub(crate) fn add_exception(&mut self, exception: Exception) {
        self.write().exceptions.push(exception);
    }
    pub(crate) fn add_rule(&mut self, rule: Rule) {
        self.write().rules.push(rule);
    }
    pub(crate) fn set_release(&mut self, release: ReleaseTable) {
        self.write().release = release;
    }
    pub(crate) fn set_release_loosened(&mut self, told: Vec<String>) {
        self.write().release.loosened = told;
    }
    pub(crate) fn set_tests(&mut self, tests: Vec<Scenario>) {
        self.write().tests = tests;
    }
}

#[cfg(test)]
mod tests;
