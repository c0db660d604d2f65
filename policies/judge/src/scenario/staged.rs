//! Tests about candidates: `staged`, `checks` and `waivers` of a situation, `release` and `needs` of what is expected.

use vetmoot_domain::{CheckVerdict, Need, NeedState, Span};

use super::{DottedVersions, Given};
use crate::needs::{CheckFact, Needs, Staged, StagedFile, WaiverFact, needs};
use crate::policy::Policy;
use crate::read::cursor::Table;

/// What a situation says of a candidate.
#[derive(Debug, Clone)]
pub(super) struct GivenStaged {
    /// How long ago it was whole.
    staged: Span,
    checks: Vec<GivenCheck>,
    waivers: Vec<(String, Span)>,
    own_people: Vec<String>,
}

#[derive(Debug, Clone)]
struct GivenCheck {
    name: String,
    verdict: CheckVerdict,
    age: Span,
}

/// What is expected of a candidate.
#[derive(Debug, Clone, Default)]
pub(super) struct ExpectStaged {
    /// `ready`, or not.
    release: Option<bool>,
    /// Each need as `NAME STATE`, in any order.
    needs: Option<Vec<String>>,
}

/// Reads what a situation says of a candidate; none for an artifact of an index.
pub(super) fn given(table: &Table<'_, '_>) -> Option<GivenStaged> {
    let staged = table.span_of_time("staged");
    let checks = table.tables("checks").iter().filter_map(check).collect();
    let waivers = table.tables("waivers").iter().filter_map(waiver).collect();
    let own_people = table.texts("own-people").into_iter().map(|(name, _)| name.to_owned()).collect();
    Some(GivenStaged { staged: staged?, checks, waivers, own_people })
}

fn check(table: &Table<'_, '_>) -> Option<GivenCheck> {
    let name = table.need_text("name").map(str::to_owned);
    let verdict = match table.get("result") {
        Some(_) => table.word("result"),
        None => Some(CheckVerdict::Passed),
    };
    let age = table.span_of_time("age").unwrap_or_default();
    table.finish();
    Some(GivenCheck { name: name?, verdict: verdict?, age })
}

fn waiver(table: &Table<'_, '_>) -> Option<(String, Span)> {
    let name = table.need_text("check").map(str::to_owned);
    let age = table.span_of_time("age").unwrap_or_default();
    table.finish();
    Some((name?, age))
}

/// Reads what is expected of a candidate.
pub(super) fn expect(table: &Table<'_, '_>) -> ExpectStaged {
    let needs = table.get("needs").map(|_| table.texts("needs").into_iter().map(|(need, _)| need.to_owned()).collect());
    ExpectStaged { release: table.choice("release", &[("ready", true), ("waiting", false)]), needs }
}

impl Given {
    /// What the policy wants of the candidate of the situation, and the names of checks it does not ask for.
    pub(super) fn needs(&self, policy: &Policy, staged: &GivenStaged) -> (Needs, Vec<String>) {
        let rules = policy.release();
        let mut unknown = Vec::new();
        let mut checks = Vec::new();
        for given in &staged.checks {
            let asked = rules.checks.iter().find(|check| check.name == given.name);
            match asked.and_then(|check| check.keys.first()) {
                Some(key) => checks.push(CheckFact {
                    key: *key,
                    verdict: given.verdict,
                    at: self.now.minus(given.age),
                    url: None,
                    detail: None,
                }),
                None => unknown.push(format!("the policy asks for no check `{}`", given.name)),
            }
        }
        let waiver = |(check, age): &(String, Span)| WaiverFact {
            check: check.clone(),
            by: "a lead".to_owned(),
            reason: "a reason".to_owned(),
            at: self.now.minus(*age),
        };
        let waivers: Vec<WaiverFact> = staged.waivers.iter().map(waiver).collect();
        let at = self.now.minus(staged.staged);
        let files = [StagedFile { subject: self.subject(), uploaded: at }];
        let facts =
            Staged { files: &files, staged: Some(at), checks: &checks, waivers: &waivers, own_people: &staged.own_people };
        (needs(policy, &self.evidence(), &facts, self.now, &self.sources(), &DottedVersions), unknown)
    }
}

impl ExpectStaged {
    /// What differs, a sentence each.
    pub(super) fn compare(&self, got: &Needs) -> Vec<String> {
        let mut failures = Vec::new();
        if self.release.is_some_and(|ready| ready != got.met) {
            let word = |ready| if ready { "ready" } else { "waiting" };
            failures.push(format!("release is {}, not {}", word(got.met), word(!got.met)));
        }
        let tell = |need: &Need| format!("{} {}", need.name, NeedState::as_str(need.state));
        if let Some(wanted) = &self.needs {
            let (mut wanted, mut told) = (wanted.clone(), got.needs.iter().map(tell).collect::<Vec<_>>());
            wanted.sort_unstable();
            told.sort_unstable();
            if wanted != told {
                failures.push(format!("needs are [{}], not [{}]", told.join(", "), wanted.join(", ")));
            }
        }
        failures
    }
    /// Whether anything is expected of a candidate.
    pub(super) fn asks(&self) -> bool {
        self.release.is_some() || self.needs.is_some()
    }
}
