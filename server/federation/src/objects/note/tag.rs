//! Hashtags: at most two a post, legal on every server.

use serde_json::{Value, json};
use vetmoot_domain::Package;
use vetmoot_workflows::Ctx;

use super::html;

/// The hashtag of all audits.
pub const AUDITS: &str = "VetmootAudit";
/// The hashtag of all policies.
pub const POLICIES: &str = "VetmootPolicy";

/// A hashtag and where it leads.
pub struct Tag {
    /// The name without `#`: letters, digits and `_`, not digits alone.
    pub name: String,
    /// Where it leads.
    pub href: String,
}

impl Tag {
    /// The tag of a package: its name with every other character as `_`.
    pub fn of_package(ctx: &Ctx, package: &Package) -> Self {
        let plain: String =
            package.name().as_str().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let plain = plain.trim_matches('_');
        // Servers take digits alone for a number.
        let name = if plain.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
            format!("{}_{plain}", package.ecosystem())
        } else {
            plain.to_owned()
        };
        let path: Vec<String> = package.name().as_str().split('/').map(html::in_path).collect();
        Self { name, href: ctx.base_url.join(&format!("/packages/{}/{}", package.ecosystem(), path.join("/"))) }
    }
    /// A tag of our own, which leads to what the community says.
    pub fn of_ours(ctx: &Ctx, name: &str) -> Self {
        Self { name: name.to_owned(), href: ctx.base_url.join("/community") }
    }
    /// The tag for `tag`.
    pub fn object(&self) -> Value {
        json!({ "type": "Hashtag", "name": format!("#{}", self.name), "href": self.href })
    }
    /// The tag in the text, as Mastodon marks it.
    pub fn html(&self) -> String {
        format!("<a href=\"{}\" class=\"mention hashtag\" rel=\"tag\">#<span>{}</span></a>", html::escaped(&self.href), self.name)
    }
}

/// The last paragraph of a post: the link to its page, and its tags.
pub fn foot(address: &str, tags: &[Tag]) -> String {
    let tags: String = tags.iter().map(|tag| format!(" {}", tag.html())).collect();
    format!("<p>{}{tags}</p>", html::link(address))
}
