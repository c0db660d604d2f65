//! Static files, embedded, under names that hold their hash and may therefore be cached for ever.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use crate::limits::ASSET_HASH_CHARS;

/// One static file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Its name without hash: `style.css`.
    pub name: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
    /// Its media type, with charset where it is text.
    pub content_type: &'static str,
    /// Strong entity tag, in quotes (RFC 9110 section 8.8.3).
    pub etag: String,
    /// Its name with the hash of its bytes: `style.0123456789ab.css`.
    pub hashed: String,
}

static STYLE: LazyLock<String> = LazyLock::new(|| shrink(include_str!("../static/style.css")));

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    vec![
        load("style.css", "text/css; charset=utf-8", LazyLock::force(&STYLE).as_bytes()),
        load("page.js", "text/javascript; charset=utf-8", include_bytes!("../static/page.js")),
        load("favicon.svg", "image/svg+xml", include_bytes!("../static/favicon.svg")),
    ]
});

fn load(name: &'static str, content_type: &'static str, bytes: &'static [u8]) -> Asset {
    let hash: String = hex::encode(Sha256::digest(bytes)).chars().take(ASSET_HASH_CHARS).collect();
    let hashed = match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}.{hash}.{extension}"),
        None => format!("{name}.{hash}"),
    };
    Asset { name, bytes, content_type, etag: format!("\"{hash}\""), hashed }
}

/// The file whose hashed name follows `/static/` in a request. Another hash is another file: it is not found.
pub fn asset(hashed: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.hashed == hashed)
}

/// The URL of a file by its plain name, for example `asset_url("style.css")`; `None` if there is no such file.
pub fn asset_url(name: &str) -> Option<String> {
    ASSETS.iter().find(|asset| asset.name == name).map(|asset| format!("/static/{}", asset.hashed))
}

/// Hashed names of all files, for pre-loading and for tests.
pub fn asset_names() -> impl Iterator<Item = &'static str> {
    ASSETS.iter().map(|asset| asset.hashed.as_str())
}

/// A style sheet without comments and without the white space that only people need. Text in double quotes stays as it is.
pub(crate) fn shrink(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    for (at, piece) in css.split('"').enumerate() {
        if at.is_multiple_of(2) {
            squeeze(piece, &mut out);
        } else {
            out.push('"');
            out.push_str(piece);
            out.push('"');
        }
    }
    out
}

fn squeeze(css: &str, out: &mut String) {
    let mut rest = css;
    while let Some((before, comment)) = rest.split_once("/*") {
        squeeze_words(before, out);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    squeeze_words(rest, out);
}

fn squeeze_words(css: &str, out: &mut String) {
    let mut gap = false;
    for letter in css.chars() {
        if letter.is_ascii_whitespace() {
            gap = true;
            continue;
        }
        let closes = matches!(letter, '{' | '}' | ';' | ',');
        // A space after a colon stands in declarations alone; one before it may be the descendant combinator.
        if gap && !closes && !out.ends_with(['{', '}', ';', ',', ':']) && !out.is_empty() {
            out.push(' ');
        }
        if letter == '}' && out.ends_with(';') {
            out.pop();
        }
        out.push(letter);
        gap = false;
    }
}
