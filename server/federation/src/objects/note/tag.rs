//! Hashtags: at most two a post, legal on every server.

use serde_json::{Value, json};
use vetmoot_domain::Package;
use vetmoot_workflows::Ctx;
pub use vetmoot_workflows::statement::tag::Hashtag;

use super::html;

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
        Self { name: legal(package), href: ctx.base_url.join(&vetmoot_workflows::actor::page_of(package)) }
    }
    /// A tag of our own, which leads to the list of what carries it.
    pub fn of_ours(ctx: &Ctx, tag: Hashtag) -> Self {
        Self { name: tag.to_string(), href: ctx.base_url.join(&tag.path()) }
    }
    /// The tag for `tag`.
    pub fn object(&self) -> Value {
        json!({ "type": "Hashtag", "name": format!("#{}", self.name), "href": self.href })
    }
    /// The tag in the text, as Mastodon marks it.
    pub fn html(&self) -> String {
        format!(
            "<a href=\"{}\" class=\"mention hashtag\" rel=\"tag\">#<span>{}</span></a>",
            html::escaped(&self.href),
            self.name
        )
    }
}

/// The name of a package as a hashtag that every server takes: not digits alone, which would be a number.
pub fn legal(package: &Package) -> String {
    let plain: String = package.name().as_str().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    match plain.trim_matches('_') {
        "" => format!("{}_package", package.ecosystem()),
        digits if digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') => {
            format!("{}_{digits}", package.ecosystem())
        }
        name => name.to_owned(),
    }
}

/// The last paragraph of a post: the link to its page, and its tags.
pub fn foot(address: &str, tags: &[Tag]) -> String {
    let words: Vec<String> = std::iter::once(html::link(address)).chain(tags.iter().map(Tag::html)).collect();
    format!("<p>{}</p>", words.join(" "))
}
