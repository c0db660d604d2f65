//! What templates can do with values beyond showing them: shorten digests, group and count numbers, cut bars.

use minijinja::value::Serde;
use minijinja::{Environment, Error, ErrorKind, Output, State, Value, escape_formatter};
use serde::Serialize;

use crate::limits::{DIGEST_HEAD_CHARS, DIGEST_TAIL_CHARS, FOREIGN_CHARS_MAX, FOREIGN_TEXT_CHARS_MAX, WHY_DEPTH_MAX};

/// Makes the filters and functions known to the templates.
pub(crate) fn register(templates: &mut Environment<'static>) {
    templates.add_filter("short_digest", short_digest);
    templates.add_filter("grouped", grouped);
    templates.add_filter("counted", counted);
    templates.add_filter("ecosystem_name", ecosystem_name);
    templates.add_filter("tame", tame);
    templates.add_filter("tame_lines", tame_lines);
    templates.add_filter("spans", spans);
    templates.add_function("segments", segments);
    templates.add_global("why_depth_max", WHY_DEPTH_MAX);
}

/// Writes a value into a page: escapes text, shows nothing for an absent value. The engine's own escaping also turns
/// every slash into six characters, which HTML does not ask for and which makes pages full of links a tenth longer.
pub(crate) fn escape(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    if value.is_none() {
        return Ok(());
    }
    let Some(text) = value.as_str().filter(|_| !value.is_safe()) else {
        return escape_formatter(out, state, value);
    };
    let mut rest = text;
    while let Some((clean, special, after)) = next_special(rest) {
        out.write_str(clean).and_then(|()| out.write_str(special)).map_err(Error::from)?;
        rest = after;
    }
    out.write_str(rest).map_err(Error::from)
}

fn next_special(text: &str) -> Option<(&str, &'static str, &str)> {
    let at = text.find(['<', '>', '&', '"', '\''])?;
    let (clean, from) = text.split_at_checked(at)?;
    let mut rest = from.chars();
    let special = match rest.next()? {
        '<' => "&lt;",
        '>' => "&gt;",
        '&' => "&amp;",
        '"' => "&quot;",
        _ => "&#39;",
    };
    Some((clean, special, rest.as_str()))
}

/// Words of others on one line: without control characters and without those that turn the direction of writing
/// (Unicode Standard Annex 9, section 2), cut where no honest name is so long.
pub fn tame(text: &str) -> String {
    let kept = text.chars().map(|letter| if letter.is_whitespace() { ' ' } else { letter }).filter(|letter| shown(*letter));
    let mut tamed: String = kept.take(FOREIGN_CHARS_MAX + 1).collect();
    if tamed.chars().count() > FOREIGN_CHARS_MAX {
        tamed = tamed.chars().take(FOREIGN_CHARS_MAX).chain(std::iter::once('\u{2026}')).collect();
    }
    tamed
}

/// The same for a text of several lines, which may be longer.
pub(crate) fn tame_lines(text: &str) -> String {
    text.chars().filter(|letter| *letter == '\n' || shown(*letter)).take(FOREIGN_TEXT_CHARS_MAX).collect()
}

/// A piece of a text: plain, or what stood between backticks.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Span {
    code: bool,
    text: String,
}

/// A text in pieces, so that what stands in backticks is shown as code; a backtick without its second one stays.
pub(crate) fn spans(text: &str) -> Value {
    Value::from(Serde(split_spans(text)))
}

pub(crate) fn split_spans(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut rest = text;
    while let Some((before, code, after)) = next_code(rest) {
        spans.push(Span { code: false, text: before.to_owned() });
        spans.push(Span { code: true, text: code.to_owned() });
        rest = after;
    }
    spans.push(Span { code: false, text: rest.to_owned() });
    spans.retain(|span| !span.text.is_empty());
    spans
}

fn next_code(text: &str) -> Option<(&str, &str, &str)> {
    let (before, from) = text.split_once('`')?;
    let (code, after) = from.split_once('`')?;
    Some((before, code, after))
}

/// Whether a character may stand on a page; marks of direction and invisible ones may not.
fn shown(letter: char) -> bool {
    let invisible = matches!(
        letter,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
    );
    !letter.is_control() && !invisible
}

/// `sha256:0123456789…cdef01`: the algorithm, then the digest shortened in the middle.
pub(crate) fn short_digest(digest: &str) -> String {
    let (algorithm, value) = digest.split_once(':').map_or(("", digest), |(a, v)| (a, v));
    let length = value.chars().count();
    if length <= DIGEST_HEAD_CHARS + DIGEST_TAIL_CHARS + 1 {
        return digest.to_owned();
    }
    let head: String = value.chars().take(DIGEST_HEAD_CHARS).collect();
    let tail: String = value.chars().skip(length - DIGEST_TAIL_CHARS).collect();
    let colon = if algorithm.is_empty() { "" } else { ":" };
    format!("{algorithm}{colon}{head}\u{2026}{tail}")
}

/// `12480` as `12,480`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 audit`, `2 audits`, `1 entry`, `2 entries`: the word comes in the singular, an irregular plural as the second argument.
pub(crate) fn counted(number: u64, one: &str, many: Option<&str>) -> String {
    match (number, many) {
        (1, _) => format!("1 {one}"),
        (_, Some(many)) => format!("{} {many}", grouped(number)),
        (_, None) => format!("{} {one}s", grouped(number)),
    }
}

/// The name people use for an ecosystem; an unknown one stays as it is.
pub(crate) fn ecosystem_name(ecosystem: &str) -> String {
    match ecosystem {
        "pypi" => "PyPI",
        other => other,
    }
    .to_owned()
}

/// One piece of a stacked bar, in thousandths of its width.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Segment {
    state: &'static str,
    count: u64,
    x: u64,
    width: u64,
}

/// The pieces of a bar over `Counts`, with their edges rounded so that they meet. Empty pieces are left out.
pub(crate) fn segments(counts: &Value) -> Result<Value, Error> {
    let mut all = Vec::new();
    for state in ["listed", "held", "refused", "unknown"] {
        let count =
            u64::try_from(counts.get_attr(state)?).map_err(|e| Error::new(ErrorKind::InvalidOperation, e.to_string()))?;
        all.push((state, count));
    }
    Ok(Value::from(Serde(cut(&all))))
}

pub(crate) fn cut(counts: &[(&'static str, u64)]) -> Vec<Segment> {
    let total: u64 = counts.iter().map(|(_, count)| count).sum();
    let edge = |sum: u64| sum.saturating_mul(1000).checked_div(total).unwrap_or(0);
    let mut before = 0;
    let mut pieces = Vec::new();
    for (state, count) in counts {
        let (x, end) = (edge(before), edge(before + count));
        before += count;
        if *count > 0 {
            pieces.push(Segment { state, count: *count, x, width: end - x });
        }
    }
    pieces
}
