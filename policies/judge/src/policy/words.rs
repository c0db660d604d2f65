//! A policy in plain words: one sentence a thing it does.

use std::fmt::Write as _;

use vetmoot_domain::{Bytes, CriterionName, Depth, SourceState, Use};

use super::Policy;
use super::model::{Exception, ImportRule, Machines};
use crate::rules::exact;

/// A gate of a policy in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateWords {
    /// The gate's path: `gates.release-age`.
    pub rule: &'static str,
    /// What it does, in one sentence.
    pub text: String,
}

impl Policy {
    /// Its gates in words.
    pub fn gates(&self) -> Vec<GateWords> {
        let gates = self.gate_table();
        let mut words = Vec::new();
        if let Some(gate) = &gates.age {
            let fix = match gate.security_fix.millis() {
                0 => "the fix of an advisory does not wait".to_owned(),
                _ => format!("the fix of an advisory waits {}", exact(gate.security_fix)),
            };
            let sight = if gate.admit_first_sight { "are admitted" } else { "are held" };
            let text = format!(
                "A release waits {} after it was published; {fix}; undated releases of a package's first listing {sight}.",
                exact(gate.minimum)
            );
            words.push(GateWords { rule: "gates.release-age", text });
        }
        if let Some(gate) = &gates.malware {
            let effect = if gate.refuse { "refused" } else { "held" };
            words.push(GateWords { rule: "gates.malware", text: format!("Known malware is {effect}.") });
        }
        if let Some(gate) = &gates.advisories {
            let least = match (gate.severity, gate.cvss_tenths) {
                (None, None) => "any severity".to_owned(),
                (Some(severity), None) => format!("severity {severity} or worse"),
                (None, Some(tenths)) => format!("a CVSS score of {}.{} or more", tenths / 10, tenths % 10),
                (Some(severity), Some(tenths)) => {
                    format!("severity {severity} or worse, or a CVSS score of {}.{} or more", tenths / 10, tenths % 10)
                }
            };
            let kinds = gate.kinds.iter().fold(String::new(), |mut all, kind| {
                let _ = write!(all, ", and notices of kind {kind}");
                all
            });
            let effect = if gate.refuse { "refuse" } else { "hold" };
            let fresh = gate.max_staleness.map(|limit| format!(" Advisories older than {} hold what is new.", exact(limit)));
            let text = format!("Vulnerabilities of {least}{kinds} {effect} a release.{}", fresh.unwrap_or_default());
            words.push(GateWords { rule: "gates.advisories", text });
        }
        words
    }

    /// The gates that lack a source on an instance that has these: they change nothing there.
    pub fn not_configured(&self, sources: &[SourceState]) -> Vec<GateWords> {
        let gates = self.gate_table();
        let mut lacking = Vec::new();
        if gates.malware.is_some() && !sources.iter().any(|source| source.malware) {
            let text = "No import here reports malware, so this gate refuses nothing.".to_owned();
            lacking.push(GateWords { rule: "gates.malware", text });
        }
        if gates.advisories.is_some() && sources.is_empty() {
            let text = "No import here brings advisories, so this gate withholds nothing.".to_owned();
            lacking.push(GateWords { rule: "gates.advisories", text });
        }
        if self.evidence().or_quiet.is_some() && sources.is_empty() {
            let text = "No import here brings advisories, so the quiet time is age alone.".to_owned();
            lacking.push(GateWords { rule: "evidence.or-quiet", text });
        }
        lacking
    }

    /// What this policy loosens of the one it extends, a sentence each.
    pub fn loosened(&self) -> Vec<String> {
        if self.extends().is_none() {
            return Vec::new();
        }
        let [imports, exceptions, _] = self.inner.inherited;
        let imports = self.imports().iter().skip(imports).map(import);
        let release = self.release_table().loosened.iter().cloned();
        imports.chain(self.exceptions().iter().skip(exceptions).map(exception)).chain(release).collect()
    }

    /// The whole policy in plain words, a sentence each.
    pub fn plain_words(&self) -> Vec<String> {
        let mut words: Vec<String> = Use::ALL.iter().filter_map(|usage| self.requirement(*usage)).collect();
        if words.is_empty() {
            words.push("No audits are asked for.".to_owned());
        } else {
            words.push(self.what_counts());
            words.extend(self.evidence().or_quiet.map(|span| {
                format!("{} after its publication without an advisory about it stand in for missing audits.", exact(span))
            }));
        }
        words.extend(self.gates().into_iter().map(|gate| gate.text));
        words.push("A violation refuses every version in its range, whoever else trusts it.".to_owned());
        words.extend(self.rules().iter().map(|rule| {
            let effect = if rule.refuse { "refuses" } else { "holds" };
            format!("The rule `{}` {effect} a release: {}", rule.id, rule.message)
        }));
        words.extend(self.imports().iter().map(import));
        words.extend(self.exceptions().iter().map(exception));
        words.push(self.pending_words());
        words.extend(self.release_words());
        words
    }

    fn requirement(&self, usage: Use) -> Option<String> {
        let required = self.required_places(usage);
        // Uses that ask for the same are told once, with the first of them.
        let told = Use::ALL.iter().take_while(|one| **one != usage).any(|one| self.required_places(*one) == required);
        if required.is_empty() || told {
            return None;
        }
        let uses: Vec<&str> = Use::ALL
            .iter()
            .filter(|one| self.required_places(**one) == required)
            .map(|one| match one {
                Use::Runtime => "at run time",
                Use::Build => "while building",
                Use::Dev => "in development",
            })
            .collect();
        let claims: Vec<String> = required
            .iter()
            .filter_map(|place| {
                let name = self.known_criteria().name(*place)?;
                let voices = self.evidence().quorum_for(*place);
                let body = self.voice_word();
                let voices = if voices == 1 { format!("one {body}") } else { format!("{voices} independent {body}s") };
                Some(format!("{name} by {voices}"))
            })
            .collect();
        Some(format!("What is used {} needs audits for {}.", uses.join(" or "), claims.join(" and ")))
    }

    fn what_counts(&self) -> String {
        let rules = self.evidence();
        let mut text = format!("Audits count from level {} on", rules.level);
        if let Some(depth) = rules.depth {
            let least = match depth {
                Depth::Skim => "at least skimmed",
                Depth::Read => "read or deeply read",
                Depth::Deep => "deeply read",
            };
            let _ = write!(text, ", {least}");
        }
        if let Some(age) = rules.max_age {
            let _ = write!(text, ", for {}", exact(age));
        }
        if !rules.unbound {
            text.push_str(", if they name the digests they cover");
        }
        let machines = match rules.machines {
            Machines::Ignore => "audits by machines do not count",
            Machines::Guided => "audits by machines count where a person guided them",
            Machines::Count => "audits by machines count",
        };
        let own = if rules.self_audits { "a package's own people count" } else { "a package's own people do not count" };
        let _ = write!(text, "; {machines}; {own}.");
        text
    }

    fn pending_words(&self) -> String {
        let pending = self.pending();
        let rows = [
            ("its age", pending.release_age),
            ("its digest", pending.digest),
            ("missing audits", pending.audits),
            ("advisories", pending.advisories),
            ("rules", pending.rules),
        ];
        let served: Vec<&str> = rows.iter().filter(|(_, bytes)| *bytes == Bytes::Serve).map(|(word, _)| *word).collect();
        if served.is_empty() {
            return "Nothing that is held is served, unless it was listed before.".to_owned();
        }
        format!("What is held for {} alone is not listed, but its bytes are served to who asks.", served.join(" or "))
    }
}

pub(super) fn import(import: &ImportRule) -> String {
    let mut text = format!("Audits of `{}` count as {} at level {}", import.name, import.organisation, import.level);
    let map: Vec<String> = import
        .criteria_map
        .iter()
        .map(|(theirs, ours)| {
            let ours: Vec<&str> = ours.iter().map(CriterionName::as_str).collect();
            let ours = if ours.is_empty() { "nothing".to_owned() } else { ours.join(" and ") };
            format!("their {theirs} means {ours}")
        })
        .collect();
    if !map.is_empty() {
        let _ = write!(text, "; {}", map.join("; "));
    }
    text.push('.');
    text
}

pub(super) fn exception(exception: &Exception) -> String {
    let what = match (&exception.version, &exception.range) {
        (Some(version), _) => format!("{}@{version}", exception.package),
        (None, Some(range)) => format!("{} {range}", exception.package),
        (None, None) => exception.package.to_string(),
    };
    format!("{what} is excepted until {}: {} ({}).", exception.until, exception.reason, exception.owner)
}
