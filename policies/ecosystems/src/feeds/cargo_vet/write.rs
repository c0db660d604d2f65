//! Writes entries back as an `audits.toml` that cargo-vet's own formatter leaves as it is.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use vetmoot_domain::{AuditKind, CriterionName, Publisher, Version};

use super::{Entry, FeedCriterion};

/// Lists whose line would be longer than this are written one item a line, in characters.
const LIST_CHARS_MAX: usize = 80;

/// The file with these criteria and entries, in cargo-vet's order and spelling. Authors are written as their feed wrote
/// them, mail addresses included.
pub fn write<'a>(
    criteria: impl IntoIterator<Item = &'a FeedCriterion>,
    entries: impl IntoIterator<Item = &'a Entry>,
) -> String {
    let mut text = "\n# cargo-vet audits file\n".to_owned();
    let definitions: BTreeMap<&str, &FeedCriterion> = criteria.into_iter().map(|one| (one.name.as_str(), one)).collect();
    let mut empty = true;
    for (name, criterion) in &definitions {
        empty = false;
        definition(&mut text, name, criterion);
    }
    let (mut wildcards, mut audits) = (BTreeMap::<&str, Vec<&Entry>>::new(), BTreeMap::<&str, Vec<&Entry>>::new());
    for entry in entries {
        let section = if matches!(entry.audit.kind, AuditKind::Publisher { .. }) { &mut wildcards } else { &mut audits };
        section.entry(entry.audit.package.name().as_str()).or_default().push(entry);
    }
    for (section, crates) in [("wildcard-audits", &mut wildcards), ("audits", &mut audits)] {
        for (name, entries) in crates {
            entries.sort_by(|left, right| order(left, right));
            for entry in entries.iter() {
                empty = false;
                let _ = writeln!(text, "\n[[{section}.{name}]]");
                fields(&mut text, entry);
            }
        }
    }
    if empty {
        // The formatter wants a section to be there even when nothing is in it.
        text.push_str("\n[audits]\n");
    }
    text
}

fn definition(text: &mut String, name: &str, criterion: &FeedCriterion) {
    let key = if name.contains('.') { quoted(name) } else { name.to_owned() };
    let _ = writeln!(text, "\n[criteria.{key}]");
    if let Some(description) = &criterion.description {
        line(text, "description", &quoted(description));
    }
    if let Some(url) = &criterion.description_url {
        line(text, "description-url", &quoted(url));
    }
    list(text, "implies", criterion.implies.iter().map(CriterionName::as_str));
    list(text, "aggregated-from", criterion.aggregated_from.iter().map(String::as_str));
}

fn fields(text: &mut String, entry: &Entry) {
    list(text, "who", entry.who.iter().map(|who| who.written()));
    list(text, "criteria", entry.criteria.iter().map(CriterionName::as_str));
    match &entry.audit.kind {
        AuditKind::Full { version, .. } => line(text, "version", &quoted(version.as_str())),
        AuditKind::Delta { from, to, .. } => line(text, "delta", &quoted(&format!("{from} -> {to}"))),
        AuditKind::Violation { range } => line(text, "violation", &quoted(range)),
        AuditKind::Publisher { publisher, start, end } => {
            match publisher.as_str().strip_prefix("user:") {
                Some(id) => line(text, "user-id", id),
                None => line(text, "trusted-publisher", &quoted(publisher.as_str())),
            }
            line(text, "start", &quoted(&start.to_string()));
            line(text, "end", &quoted(&end.to_string()));
        }
    }
    if let Some(renew) = entry.renew {
        line(text, "renew", if renew { "true" } else { "false" });
    }
    if !entry.audit.notes.is_empty() {
        line(text, "notes", &quoted(&entry.audit.notes));
    }
    list(text, "aggregated-from", entry.aggregated_from.iter().map(String::as_str));
}

fn line(text: &mut String, key: &str, value: &str) {
    let _ = writeln!(text, "{key} = {value}");
}

/// One item stands alone, several in a list, none not at all.
fn list<'a>(text: &mut String, key: &str, items: impl Iterator<Item = &'a str>) {
    let items: Vec<String> = items.map(quoted).collect();
    match items.as_slice() {
        [] => {}
        [one] => line(text, key, one),
        many => {
            let flat = format!("[{}]", many.join(", "));
            if key.chars().count() + flat.chars().count() + 3 <= LIST_CHARS_MAX {
                return line(text, key, &flat);
            }
            let _ = writeln!(text, "{key} = [\n    {},\n]", many.join(",\n    "));
        }
    }
}

fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

/// cargo-vet's order of entries: kind, criteria, authors, notes; of publishers authors first.
fn order(left: &Entry, right: &Entry) -> Ordering {
    let who = |entry: &Entry| entry.who.iter().map(|who| who.written().to_owned()).collect::<Vec<_>>();
    let notes = |entry: &Entry| (!entry.audit.notes.is_empty()).then(|| entry.audit.notes.clone());
    let first = match (&left.audit.kind, &right.audit.kind) {
        (
            AuditKind::Publisher { publisher: a, start: a_start, end: a_end },
            AuditKind::Publisher { publisher: b, start: b_start, end: b_end },
        ) => who(left)
            .cmp(&who(right))
            .then_with(|| left.criteria.cmp(&right.criteria))
            .then_with(|| publisher_key(a).cmp(&publisher_key(b)))
            .then_with(|| (a_start, a_end).cmp(&(b_start, b_end)))
            .then_with(|| left.renew.cmp(&right.renew)),
        (a, b) => kinds(a, b).then_with(|| left.criteria.cmp(&right.criteria)).then_with(|| who(left).cmp(&who(right))),
    };
    first.then_with(|| notes(left).cmp(&notes(right)))
}

/// Accounts go by number and before trusted publishers.
fn publisher_key(publisher: &Publisher) -> (bool, u64, &str) {
    match publisher.as_str().strip_prefix("user:").and_then(|id| id.parse().ok()) {
        Some(id) => (false, id, ""),
        None => (true, 0, publisher.as_str()),
    }
}

fn kinds(left: &AuditKind, right: &AuditKind) -> Ordering {
    let rank = |kind: &AuditKind| match kind {
        AuditKind::Full { .. } => 0_u8,
        AuditKind::Delta { .. } => 1,
        AuditKind::Violation { .. } => 2,
        AuditKind::Publisher { .. } => 3,
    };
    match (left, right) {
        (AuditKind::Full { version: a, .. }, AuditKind::Full { version: b, .. }) => versions(a, b),
        (AuditKind::Delta { from: a, to: a_to, .. }, AuditKind::Delta { from: b, to: b_to, .. }) => {
            versions(a, b).then_with(|| versions(a_to, b_to))
        }
        (AuditKind::Violation { range: a }, AuditKind::Violation { range: b }) => a.cmp(b),
        (a, b) => rank(a).cmp(&rank(b)),
    }
}

fn versions(left: &Version, right: &Version) -> Ordering {
    let parts = |version: &Version| {
        let text = version.as_str();
        let (number, revision) = text.split_once("@git:").map_or((text, None), |(number, hash)| (number, Some(hash)));
        (semver::Version::parse(number).ok(), revision.map(str::to_owned))
    };
    parts(left).cmp(&parts(right))
}
