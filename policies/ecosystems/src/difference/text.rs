//! The text of one file, before and after: changed places with lines around them, as unified differences write them.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput};

use super::{Hunk, Line, LineKind, TextDifference};
use crate::limits::{DIFFERENCE_CONTEXT_LINES, DIFFERENCE_LINE_CHARS_MAX, DIFFERENCE_LINES_MAX, DIFFERENCE_LINES_SHOWN_MAX};

/// Bytes at the beginning in which a zero byte marks a file that is no text, as version control systems look.
const LOOKED_AT_FOR_ZERO: usize = 8_000;
/// How files end that tools run, compile or read settings from.
const SOURCE_ENDS: [&str; 34] = [
    "bat", "c", "cc", "cfg", "cjs", "cmake", "cpp", "css", "cts", "gyp", "gypi", "h", "hpp", "html", "in", "ini", "js", "json",
    "jsx", "m4", "mjs", "mk", "mts", "pl", "ps1", "pth", "py", "pyi", "pyx", "rs", "sh", "toml", "ts", "tsx",
];

/// How the text differs; none stands for a file that is not there.
pub(super) fn compare(path: &str, old: Option<&[u8]>, new: Option<&[u8]>) -> TextDifference {
    let is_source = is_source(path);
    let (old, new) = (text(old.unwrap_or_default(), is_source), text(new.unwrap_or_default(), is_source));
    let (Some(old), Some(new)) = (old, new) else { return TextDifference::Binary };
    let (old, new) = (old.as_ref(), new.as_ref());
    let input = InternedInput::new(old, new);
    if input.before.len().max(input.after.len()) > DIFFERENCE_LINES_MAX {
        return TextDifference::TooLong { bytes: u64::try_from(old.len().max(new.len())).unwrap_or(u64::MAX) };
    }
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let (added, removed) = (u64::from(diff.count_additions()), u64::from(diff.count_removals()));
    let changes: Vec<(Range<u32>, Range<u32>)> = diff.hunks().map(|hunk| (hunk.before, hunk.after)).collect();
    let texts = Texts { old: lines(&input, &input.before), new: lines(&input, &input.after) };
    let mut shown = 0_usize;
    let mut hunks = Vec::new();
    let mut cut = false;
    for group in groups(&changes) {
        let hunk = texts.hunk(group, &mut shown, &mut cut);
        hunks.extend(hunk);
        if cut {
            break;
        }
    }
    TextDifference::Lines { added, removed, hunks, cut }
}

/// Whether a file is run or compiled whatever bytes stand in its comments.
fn is_source(path: &str) -> bool {
    let end = path.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default();
    SOURCE_ENDS.contains(&end.as_str())
}

/// The bytes as text; none when they are something else. Of source files everything is shown, strange bytes replaced: a
/// zero byte in a comment would hide all of it.
fn text(bytes: &[u8], is_source: bool) -> Option<Cow<'_, str>> {
    if is_source {
        return Some(String::from_utf8_lossy(bytes));
    }
    if memchr::memchr(0, bytes.get(..LOOKED_AT_FOR_ZERO).unwrap_or(bytes)).is_some() {
        return None;
    }
    std::str::from_utf8(bytes).ok().map(Cow::Borrowed)
}

fn lines<'t>(input: &InternedInput<&'t str>, tokens: &[imara_diff::Token]) -> Vec<&'t str> {
    tokens.iter().map(|token| input.interner[*token]).collect()
}

/// Changes whose surroundings touch stand in one place.
fn groups(changes: &[(Range<u32>, Range<u32>)]) -> Vec<&[(Range<u32>, Range<u32>)]> {
    let apart = DIFFERENCE_CONTEXT_LINES * 2;
    changes.chunk_by(|a, b| b.0.start.saturating_sub(a.0.end) <= apart).collect()
}

/// Both texts by lines.
struct Texts<'t> {
    old: Vec<&'t str>,
    new: Vec<&'t str>,
}

impl Texts<'_> {
    /// The place of some changes that lie close to each other; `shown` counts lines over all places, `cut` says that
    /// they are used up.
    fn hunk(&self, changes: &[(Range<u32>, Range<u32>)], shown: &mut usize, cut: &mut bool) -> Option<Hunk> {
        let (first, last) = (changes.first()?, changes.last()?);
        let before = DIFFERENCE_CONTEXT_LINES.min(first.0.start);
        let (old_from, new_from) = (first.0.start - before, first.1.start.saturating_sub(before));
        let old_to = last.0.end.saturating_add(DIFFERENCE_CONTEXT_LINES).min(count(self.old.len()));
        let mut place = Place { texts: self, old: old_from, new: new_from, lines: Vec::new(), room: left(*shown) };
        for (old, new) in changes {
            place.context(old.start);
            place.removed(old.end);
            place.added(new.end);
        }
        place.context(old_to);
        let Place { old: old_end, new: new_end, lines, room, .. } = place;
        *shown += lines.len();
        *cut = room == 0;
        let start = |from: u32, to: u32| if to > from { from + 1 } else { from };
        Some(Hunk {
            old_start: start(old_from, old_end),
            old_lines: old_end - old_from,
            new_start: start(new_from, new_end),
            new_lines: new_end - new_from,
            lines,
        })
    }
}

fn left(shown: usize) -> usize {
    DIFFERENCE_LINES_SHOWN_MAX.saturating_sub(shown)
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// A place while its lines are written down.
struct Place<'p> {
    texts: &'p Texts<'p>,
    old: u32,
    new: u32,
    lines: Vec<Line>,
    room: usize,
}

impl Place<'_> {
    fn context(&mut self, to: u32) {
        while self.old < to && self.room > 0 {
            self.line(LineKind::Context, self.old, self.new);
            self.old += 1;
            self.new += 1;
        }
    }
    fn removed(&mut self, to: u32) {
        while self.old < to && self.room > 0 {
            self.line(LineKind::Removed, self.old, self.new);
            self.old += 1;
        }
    }
    fn added(&mut self, to: u32) {
        while self.new < to && self.room > 0 {
            self.line(LineKind::Added, self.old, self.new);
            self.new += 1;
        }
    }
    fn line(&mut self, kind: LineKind, old: u32, new: u32) {
        let (side, at) = if kind == LineKind::Added { (&self.texts.new, new) } else { (&self.texts.old, old) };
        let raw = usize::try_from(at).ok().and_then(|at| side.get(at)).copied().unwrap_or_default();
        let (text, cut) = shown(raw);
        let number = |at: u32, is_there: bool| is_there.then_some(at + 1);
        self.lines.push(Line {
            kind,
            old: number(old, kind != LineKind::Added),
            new: number(new, kind != LineKind::Removed),
            text,
            cut,
        });
        self.room -= 1;
    }
}

/// A line as it is shown: without its end, cut, nothing in it invisible.
fn shown(raw: &str) -> (String, bool) {
    let raw = raw.strip_suffix('\n').unwrap_or(raw);
    let raw = raw.strip_suffix('\r').unwrap_or(raw);
    let mut text = String::new();
    let mut chars = raw.chars();
    for c in chars.by_ref().take(DIFFERENCE_LINE_CHARS_MAX) {
        if c == '\t' || !is_hidden(c) {
            text.push(c);
        } else {
            // Writing into a string cannot fail.
            let _ = write!(text, "\\u{{{:x}}}", u32::from(c));
        }
    }
    (text, chars.next().is_some())
}

/// Control characters, marks that turn the direction of writing (Unicode TR36 section 3), and those without width.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}' | '\u{61c}')
}
