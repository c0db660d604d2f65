//! The posts of an audit: what it says, that it is withdrawn, why, and what is left when its text was erased.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use vetmoot_domain::{Audit, AuditKind, Depth, Severity, Timestamp};
use vetmoot_workflows::Ctx;
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::audit::AuditRow;

use super::tag::{self, Hashtag, Tag};
use super::withdrawal::{self, Taken, Withdrawn};
use super::{Post, context_of, html, post};
use crate::limits::{HEADLINE_CHARS_MAX, MODEL_CHARS_MAX, NOTES_SHOWN_CHARS_MAX};

/// The post of an audit. `published` is when it was first said.
pub fn audit(ctx: &Ctx, row: &AuditRow, record: &Value, withdrawn: Option<&Withdrawn<'_>>, published: &str) -> Value {
    let path = format!("/audits/{}", row.id);
    let version = row.audit.release().map(|release| release.version);
    let headline = headline(&row.audit, row.author_name.as_str());
    let mut content = String::new();
    if let Some(withdrawn) = withdrawn {
        content.push_str(&html::paragraph(&html::cut(&format!("Withdrawn: {headline}"), HEADLINE_CHARS_MAX)));
        content.push_str(&withdrawal::reason(withdrawn));
    } else {
        content.push_str(&html::paragraph(&html::cut(&headline, HEADLINE_CHARS_MAX)));
        content.push_str(&html::paragraph(&how(&row.audit, row.author_name.as_str())));
        if let Some(found) = found(&row.audit) {
            content.push_str(&html::paragraph(&found));
        }
    }
    let tags = [Tag::of_package(ctx, &row.audit.package), Tag::of_ours(ctx, Hashtag::Audits)];
    content.push_str(&tag::foot(&ctx.base_url.join(&path), &tags));
    let updated = withdrawn.map(|withdrawn| withdrawn.at.to_string());
    let mut records = vec![("audit", record)];
    records.extend(withdrawn.map(|withdrawn| ("withdrawal", withdrawn.record)));
    post(
        ctx,
        Post {
            path: &path,
            author: &LocalActor::Person(row.author_name.clone()),
            published,
            updated: updated.as_deref(),
            content,
            context: &context_of(&row.audit.package, version.as_ref()),
            in_reply_to: None,
            tags: tags.iter().map(Tag::object).collect(),
            records,
        },
    )
}

/// The post of a withdrawal: a reply to the audit's, by whoever withdrew it, with the reason.
pub fn withdrawal(ctx: &Ctx, row: &AuditRow, author: &LocalActor, withdrawn: &Withdrawn<'_>, published: &str) -> Value {
    let version = row.audit.release().map(|release| release.version);
    let who = withdrawal::who(ctx, author);
    let sentence = if who == row.author_name.as_str() {
        format!("{who} withdraws this audit of {}: it counts no longer.", subject(&row.audit))
    } else {
        format!("{who} withdraws the audit of {} by {}: it counts no longer.", subject(&row.audit), row.author_name)
    };
    let taken = Taken {
        path: &format!("/audits/{}", row.id),
        sentence: &sentence,
        package: &row.audit.package,
        tag: Hashtag::Audits,
        context: &context_of(&row.audit.package, version.as_ref()),
    };
    withdrawal::reply(ctx, &taken, author, withdrawn, published)
}

/// What stands in the place of a post whose text was erased, with the community's signed note about it.
pub fn tombstone(address: &str, deleted: Timestamp, erasure: Option<&Value>) -> Value {
    let mut tombstone = json!({ "type": "Tombstone", "id": address, "formerType": "Note", "deleted": deleted.to_string() });
    if let (Value::Object(tombstone), Some(erasure)) = (&mut tombstone, erasure) {
        tombstone.insert("erasure".to_owned(), erasure.clone());
    }
    tombstone
}

/// What an audit is about, in a few words: `serde 1.0.219 (cargo)`.
fn subject(audit: &Audit) -> String {
    let (name, world) = (audit.package.name(), audit.package.ecosystem());
    match &audit.kind {
        AuditKind::Full { version, .. } => format!("{name} {version} ({world})"),
        AuditKind::Delta { from, to, .. } => format!("{name} {from} to {to} ({world})"),
        AuditKind::Violation { range } => format!("{name} {range} ({world})"),
        AuditKind::Publisher { .. } => format!("{name} ({world})"),
    }
}

/// The first line (LOOK.md, "In a post").
fn headline(audit: &Audit, author: &str) -> String {
    let claims: Vec<String> = audit.criteria.iter().map(|criterion| criterion.to_string().replace('-', " ")).collect();
    let claims = html::joined(&claims);
    let unguided = audit.machine.as_ref().filter(|machine| !machine.guided);
    let read = match (unguided, audit.depth) {
        (Some(machine), _) => format!("{author} had {} read", html::cut(&machine.model, MODEL_CHARS_MAX)),
        (None, Some(Depth::Skim)) => format!("{author} skimmed"),
        (None, _) => format!("{author} read"),
    };
    match &audit.kind {
        AuditKind::Full { .. } => format!("{read} {}: {claims}", subject(audit)),
        AuditKind::Delta { .. } => format!("{read} the changes of {}: {claims}", subject(audit)),
        AuditKind::Violation { .. } => {
            let failed: Vec<String> = audit.criteria.iter().map(ToString::to_string).collect();
            format!("{author} found {} fails {}", subject(audit), html::joined(&failed))
        }
        AuditKind::Publisher { publisher, start, end } => {
            format!("{author} trusts what {publisher} publishes of {} from {start} to {end}: {claims}", subject(audit))
        }
    }
}

/// The second line: how deep, against what, and by what kind of reader.
fn how(audit: &Audit, author: &str) -> String {
    let depth = match audit.depth {
        Some(Depth::Skim) => "looked over for anything that stands out",
        Some(Depth::Read) => "read through",
        Some(Depth::Deep) => "read and reasoned about line by line",
        None => "how closely is not said",
    };
    let covered = match audit.digests().count() {
        0 => "It names no artifact by its digest.".to_owned(),
        1 => "It covers 1 artifact by its digest.".to_owned(),
        more => format!("It covers {more} artifacts by their digests."),
    };
    let mut line = match &audit.kind {
        AuditKind::Full { .. } => format!("The whole version, {depth}. {covered}"),
        AuditKind::Delta { from, .. } => format!("The changes since {from}, {depth}. {covered}"),
        AuditKind::Violation { .. } => "Every version in this range is refused by policies that count this audit.".to_owned(),
        AuditKind::Publisher { .. } => "This trusts a publisher for a time; nobody read what they release.".to_owned(),
    };
    if audit.self_audit {
        // Writing to a String cannot fail.
        let _ = write!(line, " A self-audit: {author} publishes or maintains this package.");
    }
    if let Some(machine) = &audit.machine {
        let guidance = if machine.guided { "guided by a person" } else { "guided by nobody" };
        let _ = write!(line, " A machine read it: {}, {guidance}.", html::cut(&machine.model, MODEL_CHARS_MAX));
    }
    line
}

/// The third line: what was found, in the auditor's words and in numbers.
fn found(audit: &Audit) -> Option<String> {
    let notes = html::cut(&audit.notes, NOTES_SHOWN_CHARS_MAX);
    let mut counts: BTreeMap<Severity, usize> = BTreeMap::new();
    for finding in &audit.findings {
        *counts.entry(finding.severity).or_default() += 1;
    }
    let counts: Vec<String> = counts.iter().rev().map(|(severity, count)| format!("{count} {severity}")).collect();
    let findings = match audit.findings.len() {
        0 => None,
        1 => Some(format!("1 finding: {}.", html::joined(&counts))),
        more => Some(format!("{more} findings: {}.", html::joined(&counts))),
    };
    let lines: Vec<String> = findings.into_iter().chain((!notes.is_empty()).then_some(notes)).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}
