//! Small words for the HTML of posts: everything from people is escaped, and cut where it grows long.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands unescaped in one segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'+');

/// Text as one segment of a path.
pub fn in_path(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// Marks that turn the direction of text: with them a post can show something else than it says.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Plain text as HTML. Characters that no text needs (controls other than line ends, turns of direction) are left out.
pub fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' => html.push_str("<br>"),
            c if c.is_control() || is_direction(c) => {}
            c => html.push(c),
        }
    }
    html
}

/// The first `max` characters of a text, with an ellipsis when there are more.
pub fn cut(text: &str, max: usize) -> String {
    let text = text.trim();
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some(_) => {
            let kept: String = text.chars().take(max.saturating_sub(1)).collect();
            format!("{}\u{2026}", kept.trim_end())
        }
    }
}

/// A paragraph of plain text.
pub fn paragraph(text: &str) -> String {
    format!("<p>{}</p>", escaped(text))
}

/// A link that shows its address without the scheme.
pub fn link(address: &str) -> String {
    let shown = address.split_once("://").map_or(address, |(_, rest)| rest);
    format!("<a href=\"{}\">{}</a>", escaped(address), escaped(shown))
}

/// Names joined as a sentence joins them: `a`, `a and b`, `a, b and c`.
pub fn joined(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
