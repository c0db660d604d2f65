//! The post of a policy's revision, said by the policy itself.

use serde_json::Value;
use vetmoot_domain::Adoption;
use vetmoot_workflows::Ctx;
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::policy::history::PolicyRow;

use super::tag::{self, Hashtag, Tag};
use super::{Post, context_of_policy, html, post};
use crate::limits::{HEADLINE_CHARS_MAX, NOTES_SHOWN_CHARS_MAX};

/// The post of a revision. `record` says title and summary; `published` is when it was first said.
pub fn revision(ctx: &Ctx, row: &PolicyRow, record: &Value, published: &str) -> Value {
    let word = |field: &str| record.get(field).and_then(Value::as_str).unwrap_or_default();
    let title = match word("title") {
        "" => row.slug.to_string(),
        title => format!("{title} ({})", row.slug),
    };
    let path = format!("/policies/{}/revisions/{}", row.slug, row.revision);
    let first = match row.mode {
        Adoption::Enforce => {
            format!("{} adopted policy {title}, revision {}: it is in force", ctx.community.name, row.revision)
        }
        Adoption::Observe => {
            format!(
                "{} adopted policy {title}, revision {}: it observes and withholds nothing",
                ctx.community.name, row.revision
            )
        }
    };
    let mut content = html::paragraph(&html::cut(&first, HEADLINE_CHARS_MAX));
    let summary = html::cut(word("summary"), NOTES_SHOWN_CHARS_MAX);
    if !summary.is_empty() {
        content.push_str(&html::paragraph(&summary));
    }
    let tags = [Tag::of_ours(ctx, Hashtag::Policies)];
    content.push_str(&tag::foot(&ctx.base_url.join(&format!("/policies/{}", row.slug)), &tags));
    post(
        ctx,
        Post {
            path: &path,
            author: &LocalActor::Policy(row.slug.clone()),
            published,
            updated: None,
            content,
            context: &context_of_policy(&row.slug),
            in_reply_to: None,
            tags: tags.iter().map(Tag::object).collect(),
            records: vec![("policyRevision", record)],
        },
    )
}
