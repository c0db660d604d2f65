//! Posts: `Note`s that people read anywhere, each with the record inside that programs believe (decision 0011).

mod advisories;
mod advisory;
mod audit;
mod candidate;
mod candidates;
mod fork;
mod html;
mod policy;
pub mod serve;
mod tag;
#[cfg(test)]
mod tests;
mod withdrawal;

use serde_json::{Value, json};
use vetmoot_domain::{Package, Slug, Version};
use vetmoot_workflows::Ctx;
use vetmoot_workflows::actor::LocalActor;

pub use advisory::{advisory, advisory_withdrawal};
pub use audit::{audit, tombstone, withdrawal};
pub use candidate::{alarm, released, staged};
pub use fork::{fork, fork_author};
pub use policy::revision;
pub use withdrawal::Withdrawn;

use crate::activities::PUBLIC;

/// Everything posts differ in.
struct Post<'a> {
    /// The path of the post, which is the path of its page.
    path: &'a str,
    author: &'a LocalActor,
    published: &'a str,
    updated: Option<&'a str>,
    content: String,
    /// The path of the conversation it belongs to.
    context: &'a str,
    in_reply_to: Option<String>,
    tags: Vec<Value>,
    /// Records by the property that holds them.
    records: Vec<(&'static str, &'a Value)>,
}

/// The post as every server takes it (federation.md 2.6): one type as a string, arrays for addressing and tags, neither
/// `name` nor `attachment`.
fn post(ctx: &Ctx, post: Post<'_>) -> Value {
    let address = ctx.base_url.join(post.path);
    let community = ctx.base_url.join(&LocalActor::Community.to_string());
    let author = ctx.base_url.join(&post.author.to_string());
    let mut note = json!({
        "type": "Note",
        "id": address,
        "url": address,
        "attributedTo": author,
        "published": post.published,
        "to": [PUBLIC],
        "cc": [format!("{author}/followers"), community],
        "audience": community,
        "context": ctx.base_url.join(post.context),
        "content": post.content,
        "contentMap": { "en": post.content },
        "sensitive": false,
        "tag": post.tags,
        "interactionPolicy": { "canQuote": { "automaticApproval": [PUBLIC] } },
    });
    if let Value::Object(note) = &mut note {
        if let Some(updated) = post.updated {
            note.insert("updated".to_owned(), Value::from(updated));
        }
        if let Some(above) = post.in_reply_to {
            note.insert("inReplyTo".to_owned(), Value::from(above));
        }
        for (property, record) in post.records {
            note.insert(property.to_owned(), record.clone());
        }
    }
    note
}

/// The path of the conversation about a release, or about a package as a whole (FEP-7888).
pub fn context_of(package: &Package, version: Option<&Version>) -> String {
    let handle = vetmoot_domain::PackageHandle::of(package);
    match version {
        Some(version) => format!("/contexts/{handle}/{}", html::in_path(version.as_str())),
        None => format!("/contexts/{handle}"),
    }
}

/// The path of the conversation about a policy.
pub fn context_of_policy(slug: &Slug) -> String {
    format!("/contexts/policies/{slug}")
}
