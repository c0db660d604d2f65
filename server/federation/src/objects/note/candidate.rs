//! The posts of a candidate: that it was handed in, that it was released, that an index serves other bytes.
//!
//! They are made of the records alone, so that a post never says more than its author signed.

use std::fmt::Write as _;

use serde_json::Value;
use vetmoot_domain::Release;
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::{Ctx, Problem};

use super::tag::{self, Hashtag, Tag};
use super::{Post, context_of, html, post};
use crate::limits::{FILES_NAMED_MAX, HEADLINE_CHARS_MAX, REASON_SHOWN_CHARS_MAX, WORD_CHARS_MAX};

/// What every record of a candidate says, read back.
struct Said<'a> {
    /// The path of its post.
    path: &'a str,
    author: LocalActor,
    release: Release,
    record: &'a Value,
}

impl<'a> Said<'a> {
    fn of(ctx: &Ctx, record: &'a Value) -> Result<Self, Problem> {
        let unreadable = || Problem::not_found("unreadable-record", "the record is none of a candidate of this instance");
        let ours = |field: &str| word(record, field).strip_prefix(ctx.base_url.as_str());
        Ok(Self {
            path: ours("id").and_then(|path| path.strip_suffix("/record")).ok_or_else(unreadable)?,
            author: ours("attributedTo").and_then(|path| path.parse().ok()).ok_or_else(unreadable)?,
            release: word(record, "release").parse().map_err(|_| unreadable())?,
            record,
        })
    }

    /// `demo 1.0.0 (cargo)`, with more in the brackets where there is more to say.
    fn subject(&self, more: &str) -> String {
        let package = &self.release.package;
        format!("{} {} ({}{more})", package.name(), self.release.version, package.ecosystem())
    }

    /// The post with these paragraphs; its own page is linked below them.
    fn post(&self, ctx: &Ctx, paragraphs: &[String], above: Option<String>, published: &str, property: &'static str) -> Value {
        let tags = [Tag::of_package(ctx, &self.release.package), Tag::of_ours(ctx, Hashtag::Releases)];
        // Release and alarm have no page of their own: they stand on the candidate's.
        let page = self.path.trim_end_matches("/release").trim_end_matches("/alarm");
        let mut content: String = paragraphs.iter().map(|text| html::paragraph(text)).collect();
        content.push_str(&tag::foot(&ctx.base_url.join(page), &tags));
        post(
            ctx,
            Post {
                path: self.path,
                author: &self.author,
                published,
                updated: None,
                content,
                context: &context_of(&self.release.package, Some(&self.release.version)),
                in_reply_to: above,
                tags: tags.iter().map(Tag::object).collect(),
                records: vec![(property, self.record)],
            },
        )
    }
}

/// The post of a candidate that was handed in whole.
///
/// # Errors
/// The record is none of a candidate of this instance.
pub fn staged(ctx: &Ctx, record: &Value, published: &str) -> Result<Value, Problem> {
    let said = Said::of(ctx, record)?;
    let who = name_of(&said.author);
    let files = listed(record);
    let count = match files.len() {
        1 => ", 1 file".to_owned(),
        more => format!(", {more} files"),
    };
    let policy = word(record, "policy");
    let policy = policy.split_once('@').map_or(policy, |(slug, _)| slug);
    let first = format!("{who} handed in {} to be vetted under {policy}", said.subject(&count));
    let mut second = named(files);
    let _ = write!(second, " Somebody else than {who} releases it, once the policy has what it asks for.");
    if !word(record, "uploadedAs").is_empty() {
        let program = html::cut(word(record, "uploadedAs"), WORD_CHARS_MAX);
        let _ = write!(second, " Uploaded by {program} in the name of {who}.");
    }
    Ok(said.post(ctx, &[html::cut(&first, HEADLINE_CHARS_MAX), second], None, published, "candidate"))
}

/// The post of a release: a reply to its candidate's, by the lead, with every check that was waived.
///
/// # Errors
/// One of the records is none of a candidate of this instance.
pub fn released(ctx: &Ctx, record: &Value, candidate: Option<&Value>, published: &str) -> Result<Value, Problem> {
    let said = Said::of(ctx, record)?;
    let place = if word(record, "target") == "community" { "this community's own index" } else { "the official index" };
    let mut first = format!("{} released {} to {place}: the bytes that were vetted", name_of(&said.author), said.subject(""));
    if let Some(candidate) = candidate {
        let _ = write!(first, ", handed in by {}", name_of(&Said::of(ctx, candidate)?.author));
    }
    let mut paragraphs = vec![html::cut(&first, HEADLINE_CHARS_MAX), named(listed(record))];
    let waived: Vec<String> = entries(record, "waived").iter().map(|one| waiver(ctx, one)).collect();
    if !waived.is_empty() {
        paragraphs.push(format!("Waived: {}", waived.join("; ")));
    }
    Ok(said.post(ctx, &paragraphs, above(record), published, "released"))
}

/// The post of an alarm: a reply to the candidate's, by the package itself.
///
/// # Errors
/// The record is none of a candidate of this instance.
pub fn alarm(ctx: &Ctx, record: &Value, published: &str) -> Result<Value, Problem> {
    let said = Said::of(ctx, record)?;
    let first = format!("ALARM: the official index serves other bytes of {} than those that were vetted", said.subject(""));
    let file = listed(record).first();
    let name = file.map(|file| word(file, "name")).unwrap_or_default();
    let vetted = file.and_then(|file| file.get("digests")).map(digest).unwrap_or_default();
    let seen = record.get("seen").map(digest).unwrap_or_default();
    let second = format!(
        "{name} was vetted as {vetted} and is served as {seen}. Do not install it until {} says what happened.",
        ctx.community.name
    );
    Ok(said.post(ctx, &[html::cut(&first, HEADLINE_CHARS_MAX), second], above(record), published, "releaseAlarm"))
}

fn word<'a>(record: &'a Value, field: &str) -> &'a str {
    record.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn entries<'a>(record: &'a Value, field: &str) -> &'a [Value] {
    record.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn listed(record: &Value) -> &[Value] {
    entries(record, "files")
}

/// The post a record is a reply to: that of the record it is about.
fn above(record: &Value) -> Option<String> {
    word(record, "object").strip_suffix("/record").map(str::to_owned)
}

/// How posts call an actor of ours.
fn name_of(actor: &LocalActor) -> String {
    match actor {
        LocalActor::Person(name) => name.to_string(),
        other => other.to_string().rsplit('/').next().unwrap_or_default().to_owned(),
    }
}

/// The files by name, as many as a post can name.
fn named(files: &[Value]) -> String {
    let mut names: Vec<String> = files.iter().take(FILES_NAMED_MAX).map(|file| word(file, "name").to_owned()).collect();
    if files.len() > FILES_NAMED_MAX {
        names.push(format!("{} more", files.len() - FILES_NAMED_MAX));
    }
    format!("{}.", html::joined(&names))
}

/// `ci (bob: the runner is down)`.
fn waiver(ctx: &Ctx, one: &Value) -> String {
    let by = word(one, "by").strip_prefix(ctx.base_url.as_str()).and_then(|path| path.parse().ok());
    let by = by.map_or_else(String::new, |by: LocalActor| name_of(&by));
    format!("{} ({by}: {})", word(one, "name"), html::cut(word(one, "reason"), REASON_SHOWN_CHARS_MAX))
}

/// The first digest of a map of digests, with its algorithm; SHA-256 stands first.
fn digest(digests: &Value) -> String {
    let first = digests.as_object().and_then(|digests| digests.iter().next());
    first.map(|(algorithm, hex)| format!("{algorithm} {}", hex.as_str().unwrap_or_default())).unwrap_or_default()
}
