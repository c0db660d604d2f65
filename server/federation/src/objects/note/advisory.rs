//! The posts of an advisory: what is wrong with which versions, and that it is withdrawn.

use serde_json::Value;
use vetmoot_domain::{Advisory, AdvisoryKind, RangeEvent};
use vetmoot_workflows::Ctx;
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::advisory::{AdvisoryRow, addresses, show};

use super::tag::{self, Hashtag, Tag};
use super::withdrawal::{self, Taken, Withdrawn};
use super::{Post, context_of, html, post};
use crate::limits::{HEADLINE_CHARS_MAX, NOTES_SHOWN_CHARS_MAX};

/// The post of an advisory. `published` is when it was first said.
pub fn advisory(ctx: &Ctx, row: &AdvisoryRow, record: &Value, withdrawn: Option<&Withdrawn<'_>>, published: &str) -> Value {
    let path = addresses::path(&row.id);
    let read = show::advisory(row);
    let first = headline(row, read.as_ref());
    let mut content = String::new();
    match withdrawn {
        Some(withdrawn) => {
            content.push_str(&html::paragraph(&html::cut(&format!("Withdrawn: {first}"), HEADLINE_CHARS_MAX)));
            content.push_str(&withdrawal::reason(withdrawn));
        }
        None => {
            content.push_str(&html::paragraph(&html::cut(&first, HEADLINE_CHARS_MAX)));
            if let Some(read) = &read {
                content.push_str(&html::paragraph(&html::cut(&affected(read), NOTES_SHOWN_CHARS_MAX)));
            }
        }
    }
    let tags = [Tag::of_package(ctx, &row.package), Tag::of_ours(ctx, Hashtag::Advisories)];
    content.push_str(&tag::foot(&ctx.base_url.join(&path), &tags));
    let updated = withdrawn.map(|withdrawn| withdrawn.at.to_string());
    let mut records = vec![("advisory", record)];
    records.extend(withdrawn.map(|withdrawn| ("withdrawal", withdrawn.record)));
    post(
        ctx,
        Post {
            path: &path,
            author: &LocalActor::Person(row.author_name.clone()),
            published,
            updated: updated.as_deref(),
            content,
            context: &context_of(&row.package, None),
            in_reply_to: None,
            tags: tags.iter().map(Tag::object).collect(),
            records,
        },
    )
}

/// The post of its withdrawal: a reply, by whoever withdrew it, with the reason.
pub fn advisory_withdrawal(
    ctx: &Ctx,
    row: &AdvisoryRow,
    author: &LocalActor,
    withdrawn: &Withdrawn<'_>,
    published: &str,
) -> Value {
    let (name, world) = (row.package.name(), row.package.ecosystem());
    let who = withdrawal::who(ctx, author);
    let taken = Taken {
        path: &addresses::path(&row.id),
        sentence: &format!("{who} withdraws this advisory about {name} ({world}): it counts no longer."),
        package: &row.package,
        tag: Hashtag::Advisories,
        context: &context_of(&row.package, None),
    };
    withdrawal::reply(ctx, &taken, author, withdrawn, published)
}

/// The first line: `ada warns of serde (cargo), high: A sentence.`
fn headline(row: &AdvisoryRow, read: Option<&Advisory>) -> String {
    let (who, name, world) = (&row.author_name, row.package.name(), row.package.ecosystem());
    let Some(read) = read else { return format!("{who} issued an advisory about {name} ({world})") };
    let bad = read.severity.map(|severity| format!(", {severity}")).unwrap_or_default();
    match read.kind {
        AdvisoryKind::Malware => format!("{who} reports malware in {name} ({world}): {}", read.summary),
        AdvisoryKind::Vulnerability => format!("{who} warns of {name} ({world}){bad}: {}", read.summary),
        AdvisoryKind::Unmaintained => format!("{who} says that nobody maintains {name} ({world}): {}", read.summary),
        AdvisoryKind::Unsound | AdvisoryKind::Notice => format!("{who} notes of {name} ({world}){bad}: {}", read.summary),
    }
}

/// Which versions, in words: `Affected: 0 up to 1.2.3 (fixed), 2.0.0`.
fn affected(read: &Advisory) -> String {
    let mut parts: Vec<String> = Vec::new();
    for range in &read.ranges {
        for event in &range.events {
            match event {
                RangeEvent::Introduced(from) if from == "0" => parts.push("every version".to_owned()),
                RangeEvent::Introduced(from) => parts.push(format!("from {from}")),
                RangeEvent::Fixed(to) => end(&mut parts, &format!("before {to}, which fixes it")),
                RangeEvent::LastAffected(to) => end(&mut parts, &format!("up to and with {to}")),
                RangeEvent::Limit(to) => end(&mut parts, &format!("before {to}")),
            }
        }
    }
    parts.extend(read.versions.iter().take(20).map(ToString::to_string));
    format!("Affected: {}.", parts.join(", "))
}

fn end(parts: &mut Vec<String>, words: &str) {
    match parts.last_mut() {
        Some(last) => {
            last.push(' ');
            last.push_str(words);
        }
        None => parts.push(words.to_owned()),
    }
}
