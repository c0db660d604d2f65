//! `[evidence]`, `[gates]`, `[pending-bytes]` and `[pypi]`: what counts, what holds, and what is served meanwhile.

use std::collections::BTreeMap;

use toml::de::DeValue;
use vetmoot_domain::{AdvisoryKind, Bytes, Severity, Span};

use super::criteria::known;
use super::cursor::{Table, Value, number, parsed, text, wrong_type};
use crate::limits::{CHAIN_MAX, QUORUM_MAX};
use crate::policy::Policy;
use crate::policy::model::{AdvisoryGate, AgeGate, EvidenceRules, Gates, Independence, Machines, MalwareGate, PendingBytes};

pub(super) const COUNT: &[(&str, bool)] = &[("count", true), ("ignore", false)];
const EFFECT: &[(&str, bool)] = &[("hold", false), ("refuse", true)];
const BYTES: &[(&str, Bytes)] = &[("serve", Bytes::Serve), ("refuse", Bytes::Refuse)];

/// Reads the tables into the policy.
pub(super) fn read(root: &Table<'_, '_>, policy: &mut Policy) {
    let rules = root.table("evidence").map(|table| evidence(&table, policy)).unwrap_or_default();
    policy.set_evidence(rules);
    let gates = root.table("gates").map(|table| gates(&table)).unwrap_or_default();
    policy.set_gates(gates);
    let bytes = root.table("pending-bytes").map(|table| pending(&table)).unwrap_or_default();
    policy.set_pending(bytes);
    if let Some(table) = root.table("pypi") {
        let covers = table.choice("covers", &[("files", false), ("release", true)]);
        policy.set_covers_release(covers.unwrap_or(false));
        table.finish();
    }
}

fn evidence(table: &Table<'_, '_>, policy: &Policy) -> EvidenceRules {
    let mut rules = EvidenceRules::default();
    let level = |key, default| table.number(key, 0..=4).and_then(|level| u8::try_from(level).ok()).unwrap_or(default);
    rules.level = level("auditor-level", rules.level);
    rules.violation_level = level("violation-level", rules.violation_level);
    if let Some(read) = quorum(table, policy) {
        rules.quorum = read.default.unwrap_or(rules.quorum);
        rules.quorum_of = read.of;
    }
    let independence = [("organisation", Independence::Organisation), ("person", Independence::Person)];
    rules.independence = table.choice("independence", &independence).unwrap_or(rules.independence);
    rules.depth = table.word("depth");
    rules.max_age = positive(table, "max-age");
    rules.max_chain = table.number("max-chain", 1..=CHAIN_MAX).unwrap_or(rules.max_chain);
    rules.self_audits = table.choice("self-audits", COUNT).unwrap_or(rules.self_audits);
    let machines = [("ignore", Machines::Ignore), ("guided", Machines::Guided), ("count", Machines::Count)];
    rules.machines = table.choice("machine-audits", &machines).unwrap_or(rules.machines);
    rules.unbound = table.choice("unbound", COUNT).unwrap_or(rules.unbound);
    rules.undated = table.choice("undated", COUNT).unwrap_or(rules.undated);
    rules.publisher_trust = table.choice("publisher-trust", COUNT).unwrap_or(rules.publisher_trust);
    rules.or_quiet = positive(table, "or-quiet");
    table.finish();
    rules
}

pub(super) fn positive(table: &Table<'_, '_>, key: &'static str) -> Option<Span> {
    let span = table.span_of_time(key)?;
    if span.millis() == 0 {
        let place = table.get(key).map_or_else(|| table.span.clone(), toml::Spanned::span);
        table.errors().add("bad-span", &place, format!("`{}` of nothing means nothing; leave it out", table.path(key)));
        return None;
    }
    Some(span)
}

/// A quorum as it was read.
#[derive(Default)]
pub(super) struct Quorum {
    /// Voices needed where no criterion says otherwise.
    pub(super) default: Option<u32>,
    /// Voices needed by the criterion at that place.
    pub(super) of: BTreeMap<usize, u32>,
}

/// Reads `quorum`: a number, or a table with one for each criterion and a `default`.
pub(super) fn quorum(table: &Table<'_, '_>, policy: &Policy) -> Option<Quorum> {
    let value = table.get("quorum")?;
    let path = table.path("quorum");
    let bounds = 1..=QUORUM_MAX;
    let mut read = Quorum::default();
    if !matches!(value.get_ref(), DeValue::Table(_)) {
        read.default = number(value, &path, bounds, table.errors());
        return Some(read);
    }
    let each = Table::of(value, &path, table.errors())?;
    for (name, span, value) in each.entries() {
        let voices = number(value, &each.path(name), bounds.clone(), table.errors());
        let place = if name == "default" { None } else { known(name, &span, table, policy) };
        match (place, voices) {
            (Some(place), Some(voices)) => {
                read.of.insert(place, voices);
            }
            (None, Some(voices)) if name == "default" => read.default = Some(voices),
            _ => {}
        }
    }
    Some(read)
}

fn gates(table: &Table<'_, '_>) -> Gates {
    let gates = Gates {
        age: table.get("release-age").and_then(|value| age(value, table)),
        malware: table.get("malware").and_then(|value| malware(value, table)),
        advisories: table.table("advisories").and_then(|inner| advisories(&inner)),
    };
    table.finish();
    gates
}

fn age(value: &Value<'_>, table: &Table<'_, '_>) -> Option<AgeGate> {
    let path = "gates.release-age";
    if let DeValue::String(written) = value.get_ref() {
        let minimum = parsed(written, &value.span(), "bad-span", table.errors())?;
        return Some(AgeGate { minimum, admit_first_sight: true, security_fix: Span::default() });
    }
    let inner = Table::of(value, path, table.errors())?;
    inner.need("minimum");
    let minimum = inner.span_of_time("minimum");
    let admit = inner.choice("first-sight", &[("admit", true), ("hold", false)]).unwrap_or(true);
    let fix = inner.span_of_time("security-fix").unwrap_or_default();
    inner.finish();
    let minimum = minimum?;
    if fix > minimum {
        let message = "`gates.release-age.security-fix` is longer than `minimum`: a fix would wait longer than the rest";
        table.errors().add("out-of-bounds", &inner.span, message);
    }
    Some(AgeGate { minimum, admit_first_sight: admit, security_fix: fix })
}

fn malware(value: &Value<'_>, table: &Table<'_, '_>) -> Option<MalwareGate> {
    let path = "gates.malware";
    match value.get_ref() {
        DeValue::String(_) => {
            let refuse = table.choice("malware", EFFECT)?;
            Some(MalwareGate { refuse, max_staleness: None })
        }
        DeValue::Table(_) => {
            let inner = Table::of(value, path, table.errors())?;
            let refuse = inner.choice("effect", EFFECT).unwrap_or(true);
            let max_staleness = positive(&inner, "max-staleness");
            inner.finish();
            Some(MalwareGate { refuse, max_staleness })
        }
        other => {
            wrong_type(table.errors(), value, path, "`hold`, `refuse` or a table", other);
            None
        }
    }
}

fn advisories(table: &Table<'_, '_>) -> Option<AdvisoryGate> {
    let severity = table.word::<Severity>("severity-at-least");
    let cvss_tenths = table.get("cvss-at-least").and_then(|value| score(value, table));
    let unscored = table.choice("unscored", COUNT).unwrap_or(true);
    let informational = table.texts("informational");
    let kinds = informational.iter().filter_map(|(word, span)| {
        let kind: AdvisoryKind = parsed(word, span, "bad-word", table.errors())?;
        if matches!(kind, AdvisoryKind::Malware | AdvisoryKind::Vulnerability) {
            let message = format!("`{kind}` is not informational; vulnerabilities always match, malware has `gates.malware`");
            table.errors().add("unknown-word", span, message);
            return None;
        }
        Some(kind)
    });
    let kinds: Vec<AdvisoryKind> = kinds.collect();
    let effect = table.choice("effect", EFFECT);
    table.need("effect");
    let max_staleness = positive(table, "max-staleness");
    table.finish();
    Some(AdvisoryGate { severity, cvss_tenths, unscored, kinds, refuse: effect?, max_staleness })
}

/// A CVSS score from 0 to 10 with at most one decimal, as tenths.
fn score(value: &Value<'_>, table: &Table<'_, '_>) -> Option<u16> {
    let written = match value.get_ref() {
        DeValue::Integer(number) => number.as_str(),
        DeValue::Float(number) => number.as_str(),
        _ => text(value, "gates.advisories.cvss-at-least", table.errors())?,
    };
    let (whole, tenth) = written.split_once('.').unwrap_or((written, "0"));
    let digits = |text: &str| text.parse::<u16>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    let tenths = match (digits(whole), tenth.len(), digits(tenth)) {
        (Some(whole), 1, Some(tenth)) if whole <= 10 => Some(whole * 10 + tenth).filter(|tenths| *tenths <= 100),
        _ => None,
    };
    if tenths.is_none() {
        let message = "`gates.advisories.cvss-at-least` is a score from 0.0 to 10.0 with one decimal";
        table.errors().add("out-of-bounds", &value.span(), message);
    }
    tenths
}

fn pending(table: &Table<'_, '_>) -> PendingBytes {
    let default = PendingBytes::default();
    let read = |key, default| table.choice(key, BYTES).unwrap_or(default);
    let bytes = PendingBytes {
        release_age: read("release-age", default.release_age),
        digest: read("digest", default.digest),
        audits: read("audits", default.audits),
        advisories: read("advisories", default.advisories),
        rules: read("rules", default.rules),
    };
    if let Some(Bytes::Serve) = table.choice("not-evaluated", BYTES) {
        let place = table.get("not-evaluated").map_or_else(|| table.span.clone(), toml::Spanned::span);
        table.errors().add("unevaluated-bytes", &place, "what was never evaluated is never served");
    }
    table.finish();
    bytes
}
