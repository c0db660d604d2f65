//! What a post must be, and what a person reads of it (activity/create.rb, parser/status_parser.rb).

use serde_json::Value;
use vetmoot_domain::Timestamp;

use super::account::{authority, kinds};

/// Both spellings of the public and the full one.
const PUBLIC: [&str; 3] = ["https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"];

/// A post as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Post {
    /// Its id.
    pub id: String,
    /// The address of its author.
    pub author: String,
    /// What the link to it opens.
    pub url: String,
    /// The text, as HTML that Mastodon keeps.
    pub html: String,
    /// Hashtags, with `#`.
    pub hashtags: Vec<String>,
    /// Addresses of the mentioned.
    pub mentions: Vec<String>,
    /// The content warning it hides behind.
    pub warning: Option<String>,
    /// What it answers.
    pub in_reply_to: Option<String>,
    /// Whether it is public or unlisted.
    pub is_visible: bool,
    /// When it was published, in milliseconds.
    pub published_ms: i64,
    /// When it was edited, in milliseconds.
    pub updated_ms: Option<i64>,
}

impl Post {
    /// Reads an object of an author.
    ///
    /// # Errors
    /// The name of the rule it breaks.
    pub fn read(object: &Value, actor: &str) -> Result<Self, String> {
        let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
        if !kinds(object).iter().any(|kind| kind == "Note" || kind == "Question") {
            return Err(format!("object-type: {:?} is not shown in full", object.get("type")));
        }
        let id = text("id").ok_or("object-id: there is none")?;
        if authority(&id) != authority(actor) {
            return Err(format!("object-host: {id} is not on the host of {actor}"));
        }
        let author = text("attributedTo").unwrap_or_default();
        if author != actor {
            return Err(format!("attributed-to: {author} is not {actor}"));
        }
        let millis = |name: &str| text(name).and_then(|at| at.parse::<Timestamp>().ok()).map(Timestamp::millis);
        let published_ms = millis("published").ok_or("published: it cannot be read")?;
        let mapped = || object.get("contentMap")?.as_object()?.values().next()?.as_str().map(str::to_owned);
        let html = text("content").or_else(mapped).ok_or("content: there is none")?;
        let url = text("url").unwrap_or_else(|| id.clone());
        let tags = list(object.get("tag"));
        let of = |kind: &str, field: &str| {
            let tags = tags.iter().filter(|tag| tag.get("type").and_then(Value::as_str) == Some(kind));
            tags.filter_map(|tag| tag.get(field)?.as_str().map(str::to_owned)).collect::<Vec<_>>()
        };
        let (to, cc) = (list(object.get("to")), list(object.get("cc")));
        let is_visible = to.iter().chain(&cc).filter_map(Value::as_str).any(|whom| PUBLIC.contains(&whom));
        Ok(Self {
            hashtags: of("Hashtag", "name"),
            mentions: of("Mention", "href"),
            warning: text("summary").filter(|summary| !summary.is_empty()),
            in_reply_to: text("inReplyTo"),
            is_visible,
            published_ms,
            updated_ms: millis("updated"),
            html: kept(&html),
            id,
            author,
            url,
        })
    }

    /// The words of its first paragraph, without marks.
    pub fn headline(&self) -> String {
        words(self.html.split("</p>").next().unwrap_or_default())
    }

    /// All its words, without marks.
    pub fn words(&self) -> String {
        words(&self.html.replace("</p>", " ").replace("<br>", " ").replace("</li>", " "))
    }

    /// Targets of its links, in order.
    pub fn links(&self) -> Vec<String> {
        let parts = self.html.split("href=\"").skip(1);
        parts.filter_map(|part| part.split('"').next()).map(|link| link.replace("&amp;", "&")).collect()
    }
}

/// One or many, as a list.
fn list(value: Option<&Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(many)) => many.clone(),
        Some(Value::Null) | None => Vec::new(),
        Some(one) => vec![one.clone()],
    }
}

/// The elements Mastodon keeps since 4.2; of others only the words stay.
const KEPT: [&str; 16] =
    ["p", "span", "br", "a", "del", "pre", "code", "em", "strong", "b", "i", "u", "ul", "ol", "li", "blockquote"];

fn kept(html: &str) -> String {
    let mut out = String::new();
    for (number, part) in html.split('<').enumerate() {
        let Some((mark, rest)) = part.split_once('>').filter(|_| number > 0) else {
            out.push_str(part);
            continue;
        };
        let name: String = mark.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        if KEPT.contains(&name.to_ascii_lowercase().as_str()) {
            out.extend(["<", mark, ">"]);
        }
        out.push_str(rest);
    }
    out
}

fn words(html: &str) -> String {
    let mut out = String::new();
    let mut in_mark = false;
    for letter in html.chars() {
        match letter {
            '<' => in_mark = true,
            '>' => in_mark = false,
            _ if !in_mark => out.push(letter),
            _ => {}
        }
    }
    let plain =
        out.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#x27;", "'").replace("&#39;", "'");
    plain.replace("&amp;", "&").split_whitespace().collect::<Vec<_>>().join(" ")
}
