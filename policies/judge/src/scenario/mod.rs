//! A policy's own tests: a situation, what the policy is expected to say about it, and whether it does.

mod build;
mod plain;
mod read;
mod staged;

use vetmoot_domain::{
    AdvisoryKind, Artifact, Bytes, CriterionName, Decision, Depth, Digest, Evidence, Organisation, Phase, Publisher,
    RemedyKind, Severity, Span, State, Timestamp, Use, Version,
};

use crate::errors::PolicyErrors;
use crate::policy::Policy;

pub(crate) use build::sample;
pub use plain::DottedVersions;
pub(crate) use read::read_test;
use staged::{ExpectStaged, GivenStaged};

/// How one of a policy's own tests went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestOutcome {
    /// The test's name.
    pub name: String,
    /// What differed from what was expected, a sentence each; empty when it passed.
    pub failures: Vec<String>,
}

impl TestOutcome {
    /// Whether the test passed.
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// A test: `[[test]]` of a policy, or a file of `policies/cases`.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    name: String,
    given: Given,
    expect: Expect,
}

/// The situation.
#[derive(Debug, Clone)]
struct Given {
    artifact: Artifact,
    usage: Use,
    now: Timestamp,
    published: Published,
    /// How long ago this very file was uploaded.
    uploaded: Option<Span>,
    digest: Option<Digest>,
    listed_before: bool,
    changed_digest: bool,
    publisher: Option<Publisher>,
    sources: Vec<Source>,
    audits: Vec<GivenAudit>,
    advisories: Vec<GivenAdvisory>,
    /// Set when the artifact is a file of a candidate.
    staged: Option<GivenStaged>,
}

#[derive(Debug, Clone, Copy)]
enum Published {
    Ago(Span),
    FirstSight,
    Unknown,
}

#[derive(Debug, Clone)]
struct Source {
    name: String,
    age: Span,
    malware: bool,
}

/// Which digests an audit of a test names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    This,
    Other,
    None,
}

#[derive(Debug, Clone)]
struct GivenAudit {
    id: Option<String>,
    import: Option<String>,
    version: Option<Version>,
    from: Option<Version>,
    range: Option<String>,
    publisher: Option<Publisher>,
    /// For publisher trust: how many days before and after now its window reaches.
    window: (Span, Span),
    criteria: Vec<CriterionName>,
    by: Vec<String>,
    organisation: Option<Organisation>,
    level: u8,
    depth: Option<Depth>,
    digest: Named,
    age: Option<Span>,
    undated: bool,
    self_audit: bool,
    machine: Option<bool>,
}

#[derive(Debug, Clone)]
struct GivenAdvisory {
    id: String,
    kind: AdvisoryKind,
    severity: Option<Severity>,
    cvss_tenths: Option<u16>,
    introduced: String,
    fixed: Option<String>,
    withdrawn: bool,
    /// The followed community that issued it; an import's otherwise.
    community: Option<String>,
}

/// How long a decision is expected to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lasting {
    Ever,
    For(Span),
}

/// What the policy is expected to say; what is left out may be anything.
#[derive(Debug, Clone, Default)]
struct Expect {
    state: Option<State>,
    phase: Option<Phase>,
    bytes: Option<Bytes>,
    codes: Option<Vec<String>>,
    valid_for: Option<Lasting>,
    remedy: Option<RemedyKind>,
    remedy_from: Option<Version>,
    text: Option<String>,
    staged: ExpectStaged,
}

/// Runs one case file of a policy: TOML with `name`, `[given]` and `[expect]`, as docs/POLICIES.md describes tests.
pub fn run_case(policy: &Policy, toml: &str) -> Result<TestOutcome, PolicyErrors> {
    Ok(read::read_case(toml)?.run(policy))
}

impl Scenario {
    /// Judges the situation and compares.
    pub(crate) fn run(&self, policy: &Policy) -> TestOutcome {
        let mut failures = Vec::new();
        let decision = match &self.given.staged {
            Some(staged) => {
                let (needs, unknown) = self.given.needs(policy, staged);
                failures.extend(unknown);
                failures.extend(self.expect.staged.compare(&needs));
                needs.decisions.into_iter().next()
            }
            None => {
                if self.expect.staged.asks() {
                    failures.push("`release` and `needs` are asked of a candidate; say since when it is `staged`".to_owned());
                }
                Some(self.given.judge(policy))
            }
        };
        failures.extend(decision.into_iter().flat_map(|decision| self.expect.compare(&decision, self.given.now)));
        TestOutcome { name: self.name.clone(), failures }
    }
}

impl Expect {
    fn compare(&self, decision: &Decision, now: Timestamp) -> Vec<String> {
        let mut failures = Vec::new();
        let mut differ = |what: &str, wanted: Option<String>, got: String| {
            if let Some(wanted) = wanted.filter(|wanted| *wanted != got) {
                failures.push(format!("{what} is {got}, not {wanted}"));
            }
        };
        let word = |word: Option<&'static str>| word.unwrap_or("none").to_owned();
        differ("state", self.state.map(|state| state.to_string()), decision.state.to_string());
        differ("phase", self.phase.map(|phase| phase.to_string()), word(decision.phase.map(Phase::as_str)));
        differ("bytes", self.bytes.map(|bytes| bytes.to_string()), decision.bytes.to_string());
        let listed = |mut codes: Vec<&str>| {
            codes.sort_unstable();
            codes.dedup();
            format!("[{}]", codes.join(", "))
        };
        let wanted = self.codes.as_ref().map(|codes| listed(codes.iter().map(String::as_str).collect()));
        differ("codes", wanted, listed(decision.reasons.iter().map(|reason| reason.code).collect()));
        let lasting = |lasting| match lasting {
            Lasting::Ever => "for ever".to_owned(),
            Lasting::For(span) => span.to_string(),
        };
        let got = decision.valid_until.map_or(Lasting::Ever, |until| Lasting::For(until.since(now)));
        differ("valid-for", self.valid_for.map(lasting), lasting(got));
        let remedies = || decision.reasons.iter().filter_map(|reason| reason.remedy.as_ref());
        let first = remedies().next().map(|remedy| remedy.kind.as_str());
        differ("remedy", self.remedy.map(|kind| kind.to_string()), word(first));
        let from = remedies().find_map(|remedy| remedy.from.as_ref()).map_or("none".to_owned(), ToString::to_string);
        differ("remedy-from", self.remedy_from.as_ref().map(ToString::to_string), from);
        if let Some(part) = &self.text {
            let texts: Vec<&str> = decision.reasons.iter().map(|reason| reason.text.as_str()).collect();
            if !texts.iter().any(|text| text.contains(part.as_str())) {
                failures.push(format!("no reason says `{part}`; they say: {}", texts.join(" | ")));
            }
        }
        failures
    }
}

impl Given {
    fn judge(&self, policy: &Policy) -> Decision {
        let evidence: Evidence = self.evidence();
        let (subject, sources) = (self.subject(), self.sources());
        let facts = self.facts(&sources);
        crate::decide(policy, &subject, self.usage, &evidence, &facts)
    }
}

/// What a policy wants of the candidate of a case file's situation.
#[cfg(test)]
pub(crate) fn needs_of_case(policy: &Policy, toml: &str) -> Result<crate::needs::Needs, PolicyErrors> {
    let scenario = read::read_case(toml)?;
    let staged = scenario.given.staged.as_ref().expect("the case is about a candidate");
    Ok(scenario.given.needs(policy, staged).0)
}

/// The decision about a case file's situation, and the moment it is judged for.
#[cfg(test)]
pub(crate) fn judge_case(policy: &Policy, toml: &str) -> Result<(Decision, Timestamp), PolicyErrors> {
    let scenario = read::read_case(toml)?;
    Ok((scenario.given.judge(policy), scenario.given.now))
}

#[cfg(test)]
mod tests;
