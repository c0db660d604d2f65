//! The post that takes a statement back: a reply to its post, by whoever withdrew it, with the reason.

use serde_json::Value;
use vetmoot_domain::{Package, Timestamp};
use vetmoot_workflows::Ctx;
use vetmoot_workflows::actor::LocalActor;

use super::tag::{self, Hashtag, Tag};
use super::{Post, html, post};
use crate::limits::{HEADLINE_CHARS_MAX, REASON_SHOWN_CHARS_MAX};

/// A withdrawal as posts show it.
pub struct Withdrawn<'a> {
    /// Why, in its author's words.
    pub reason: &'a str,
    /// When.
    pub at: Timestamp,
    /// The withdrawal's record.
    pub record: &'a Value,
}

/// What is taken back, as the reply speaks of it.
pub(super) struct Taken<'a> {
    /// The path of its post.
    pub(super) path: &'a str,
    /// That it counts no longer, in a sentence.
    pub(super) sentence: &'a str,
    /// What it is about.
    pub(super) package: &'a Package,
    /// The hashtag its post carries beside the package's.
    pub(super) tag: Hashtag,
    /// The path of the conversation it belongs to.
    pub(super) context: &'a str,
}

/// Who withdraws, as the reply says it.
pub(super) fn who(ctx: &Ctx, author: &LocalActor) -> String {
    match author {
        LocalActor::Person(name) => name.to_string(),
        _ => ctx.community.name.clone(),
    }
}

/// The reason as a paragraph.
pub(super) fn reason(withdrawn: &Withdrawn<'_>) -> String {
    html::paragraph(&format!("Reason: {}", html::cut(withdrawn.reason, REASON_SHOWN_CHARS_MAX)))
}

/// The reply.
pub(super) fn reply(ctx: &Ctx, taken: &Taken<'_>, author: &LocalActor, withdrawn: &Withdrawn<'_>, published: &str) -> Value {
    let above = ctx.base_url.join(taken.path);
    let tags = [Tag::of_package(ctx, taken.package), Tag::of_ours(ctx, taken.tag)];
    let sentence = html::paragraph(&html::cut(taken.sentence, HEADLINE_CHARS_MAX));
    let content = [sentence, reason(withdrawn), tag::foot(&above, &tags)];
    post(
        ctx,
        Post {
            path: &format!("{}/withdrawal", taken.path),
            author,
            published,
            updated: None,
            content: content.concat(),
            context: taken.context,
            in_reply_to: Some(above),
            tags: tags.iter().map(Tag::object).collect(),
            records: vec![("withdrawal", withdrawn.record)],
        },
    )
}
