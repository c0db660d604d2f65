//! Puts two archives beside each other: their lists of files first, then the text of what differs.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::text;
use super::{ArchiveDifference, Counts, Fate, FileDifference, FileState, TextDifference};
use crate::archive::{self, ArchiveError, ArchiveKind, FileFact, Limits, Source};
use crate::limits::{DIFFERENCE_FILES_MAX, DIFFERENCE_TEXT_BYTES_MAX, DIFFERENCE_TEXTS_BYTES_MAX};

/// One of the two archives: its facts from an earlier reading, and its bytes.
pub struct Side<'s> {
    /// Which archive it is.
    pub kind: ArchiveKind,
    /// Its files.
    pub files: &'s [FileFact],
    /// Its bytes, to be gone through once more.
    pub source: &'s mut dyn Source,
}

/// The texts of one side that are compared, by path.
type Texts = BTreeMap<String, Vec<u8>>;

/// How `new` differs from `old`; without an old one everything is new.
pub fn compare(old: Option<Side<'_>>, new: Side<'_>, limits: &Limits) -> Result<ArchiveDifference, ArchiveError> {
    let none: &[FileFact] = &[];
    let old_files = old.as_ref().map_or(none, |side| side.files);
    let (mut difference, texts) = sort(old_files, new.files);
    let new_texts = read(new, &texts, limits)?;
    let old_texts = match old {
        Some(side) => read(side, &texts, limits)?,
        None => Texts::new(),
    };
    for file in &mut difference.files {
        if !texts.contains(&file.path) {
            continue;
        }
        let side = |texts: &'_ Texts| texts.get(&file.path).cloned();
        file.text = text::compare(&file.path, side(&old_texts).as_deref(), side(&new_texts).as_deref());
        if let TextDifference::Lines { added, removed, .. } = &file.text {
            difference.counts.lines_added += added;
            difference.counts.lines_removed += removed;
        }
    }
    Ok(difference)
}

/// What became of each file, and the paths whose text is to be compared.
fn sort(old: &[FileFact], new: &[FileFact]) -> (ArchiveDifference, std::collections::BTreeSet<String>) {
    let mut paths: BTreeMap<&str, (Option<&FileFact>, Option<&FileFact>)> = BTreeMap::new();
    for file in old {
        paths.entry(&file.path).or_default().0 = Some(file);
    }
    for file in new {
        match paths.entry(&file.path) {
            Entry::Occupied(mut there) => there.get_mut().1 = Some(file),
            Entry::Vacant(free) => {
                free.insert((None, Some(file)));
            }
        }
    }
    let mut difference = ArchiveDifference::default();
    let mut texts = std::collections::BTreeSet::new();
    let mut budget = DIFFERENCE_TEXTS_BYTES_MAX;
    for (path, (old, new)) in paths {
        let Some(fate) = fate(old, new, &mut difference.counts) else { continue };
        if difference.files.len() >= DIFFERENCE_FILES_MAX {
            difference.left_out += 1;
            continue;
        }
        let text = plan(fate, old, new, &mut budget);
        if text.is_none() {
            texts.insert(path.to_owned());
        }
        difference.files.push(FileDifference {
            path: path.to_owned(),
            fate,
            old: old.map(state),
            new: new.map(state),
            text: text.unwrap_or(TextDifference::NotCompared),
        });
    }
    (difference, texts)
}

fn fate(old: Option<&FileFact>, new: Option<&FileFact>, counts: &mut Counts) -> Option<Fate> {
    let (fate, count) = match (old, new) {
        (None, _) => (Some(Fate::Added), &mut counts.added),
        (_, None) => (Some(Fate::Removed), &mut counts.removed),
        (Some(old), Some(new)) if old.sha256 != new.sha256 => (Some(Fate::Changed), &mut counts.changed),
        (Some(old), Some(new)) if old.executable != new.executable => (Some(Fate::Mode), &mut counts.changed),
        (Some(_), Some(_)) => (None, &mut counts.same),
    };
    *count += 1;
    fate
}

/// What is known of a file's text without reading it; none when it is to be read, which is charged to the budget.
fn plan(fate: Fate, old: Option<&FileFact>, new: Option<&FileFact>, budget: &mut u64) -> Option<TextDifference> {
    if fate == Fate::Mode {
        return Some(TextDifference::Same);
    }
    let size = |file: Option<&FileFact>| file.map_or(0, |file| file.size);
    let (longer, both) = (size(old).max(size(new)), size(old).saturating_add(size(new)));
    if longer > DIFFERENCE_TEXT_BYTES_MAX {
        return Some(TextDifference::TooLong { bytes: longer });
    }
    match budget.checked_sub(both) {
        Some(left) => {
            *budget = left;
            None
        }
        None => Some(TextDifference::NotCompared),
    }
}

fn state(file: &FileFact) -> FileState {
    FileState { size: file.size, executable: file.executable, sha256: hex::encode(file.sha256) }
}

fn read(side: Side<'_>, wanted: &std::collections::BTreeSet<String>, limits: &Limits) -> Result<Texts, ArchiveError> {
    let mut texts = Texts::new();
    if wanted.is_empty() {
        return Ok(texts);
    }
    // What was planned by the list of files is bounded; another size would be another archive.
    let mut is_wanted = |path: &str, size: u64| size <= DIFFERENCE_TEXT_BYTES_MAX && wanted.contains(path);
    archive::some_files(side.kind, side.source, limits, &mut is_wanted, &mut |path, content| {
        texts.insert(path.to_owned(), content);
    })?;
    Ok(texts)
}
