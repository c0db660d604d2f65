//! How two archives of a package differ: files, sizes, executable bits, and text within bounds of work and memory.
//!
//! The two are gone through once for their lists of files and, where anything differs, once more for the text of what
//! differs. Work is bounded by counts alone (bytes, lines, files), never by a clock: the same two archives give the same
//! difference on every machine.

mod compare;
mod text;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use compare::{Side, compare};

/// How one document of this name differs from the one before it, within the same bounds.
pub fn of_texts(name: &str, old: &[u8], new: &[u8]) -> TextDifference {
    text::compare(name, Some(old), Some(new))
}

/// How one archive differs from the one before it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ArchiveDifference {
    /// How many files there are of each fate.
    pub counts: Counts,
    /// Every file that was added, removed or changed, by path; at most
    /// [`DIFFERENCE_FILES_MAX`](crate::limits::DIFFERENCE_FILES_MAX).
    pub files: Vec<FileDifference>,
    /// Files that differ and are not listed, because there are too many.
    pub left_out: usize,
}

/// How many files there are of each fate, and lines of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Files the new archive alone has.
    pub added: usize,
    /// Files the old archive alone has.
    pub removed: usize,
    /// Files with other bytes, or another executable bit.
    pub changed: usize,
    /// Files with the same bytes and bit.
    pub same: usize,
    /// Lines added, in the files whose text was compared.
    pub lines_added: u64,
    /// Lines removed, in the files whose text was compared.
    pub lines_removed: u64,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Its bytes are others.
    Changed,
    /// Its bytes are the same; whether it may be executed is not.
    Mode,
}

vetmoot_domain::word_enum!(Fate, "fate of a file", {
    Added => "added", Removed => "removed", Changed => "changed", Mode => "mode",
});

/// A file that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDifference {
    /// Its path below the archive's one folder.
    pub path: String,
    /// What became of it.
    pub fate: Fate,
    /// How it was; none when it is new.
    pub old: Option<FileState>,
    /// How it is; none when it is gone.
    pub new: Option<FileState>,
    /// Its text, as far as it is shown.
    pub text: TextDifference,
}

/// One side of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileState {
    /// Its bytes, counted.
    pub size: u64,
    /// Whether it may be executed once unpacked.
    pub executable: bool,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
}

/// How the text of a file differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum TextDifference {
    /// The changed places, with some lines around each. A new file is one place with added lines alone, a removed one
    /// with removed lines alone.
    Lines {
        /// Lines added.
        added: u64,
        /// Lines removed.
        removed: u64,
        /// The changed places, from top to bottom.
        hunks: Vec<Hunk>,
        /// Whether more places follow that are not shown: `added` and `removed` count them nevertheless.
        cut: bool,
    },
    /// It is no text; the digests are all there is to compare.
    Binary,
    /// It is longer than what is compared, in bytes.
    TooLong {
        /// The longer side's bytes.
        bytes: u64,
    },
    /// The texts before it used up what is compared altogether; look at it by itself.
    NotCompared,
    /// The bytes are the same.
    Same,
}

/// One changed place of a text, as unified differences write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hunk {
    /// The first line of the old text, counted from 1; 0 when there is none.
    pub old_start: u32,
    /// How many lines of the old text.
    pub old_lines: u32,
    /// The first line of the new text, counted from 1; 0 when there is none.
    pub new_start: u32,
    /// How many lines of the new text.
    pub new_lines: u32,
    /// The lines.
    pub lines: Vec<Line>,
}

/// One line of a changed place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Whether it was there, is there, or both.
    pub kind: LineKind,
    /// Its number in the old text.
    pub old: Option<u32>,
    /// Its number in the new text.
    pub new: Option<u32>,
    /// Its text without the line's end; control characters and the marks that turn the direction of writing are written
    /// out as `\u{..}`, since they can hide what a line does.
    pub text: String,
    /// Whether the line is longer than what `text` shows.
    pub cut: bool,
}

/// Whether a line was there, is there, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineKind {
    /// In both texts.
    Context,
    /// In the new text alone.
    Added,
    /// In the old text alone.
    Removed,
}

vetmoot_domain::word_enum!(LineKind, "kind of line", { Context => "context", Added => "added", Removed => "removed" });
