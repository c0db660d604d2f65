//! Files that are several here and one elsewhere: where case, accents or closing dots do not count, the later one wins.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization as _;

use super::{Notice, cut};
use crate::archive::FileFact;

/// A notice for the first file that takes another one's place on some systems, with how many there are.
pub(super) fn check(files: &[FileFact]) -> Option<Notice> {
    let mut seen: HashMap<String, &str> = HashMap::new();
    let mut clashes = Vec::new();
    for file in files {
        if let Some(other) = seen.insert(folded(&file.path), &file.path) {
            clashes.push((other, &file.path));
        }
    }
    // A file in the place of a folder.
    for file in files {
        let folders = file.path.match_indices('/').filter_map(|(at, _)| file.path.get(..at));
        clashes.extend(folders.filter_map(|folder| Some((*seen.get(&folded(folder))?, &file.path))));
    }
    let (one, other) = clashes.first()?;
    let text = format!(
        "`{}` and `{}` are one file on systems where case, accents or closing dots do not count; {} such files",
        cut(one),
        cut(other),
        clashes.len()
    );
    Some(Notice::error("names-clash", text, "give them names that differ in more than that").at(other))
}

/// The path as the least exact of systems keeps it: macOS folds case and composes, Windows folds case, drops closing dots and
/// blanks, and takes what follows a colon for a part of the file before it.
fn folded(path: &str) -> String {
    let plain: String = path.nfc().flat_map(char::to_lowercase).nfc().collect();
    let parts = plain.split('/').map(|part| {
        let part = part.split_once(':').map_or(part, |(file, _)| file);
        part.trim_end_matches(['.', ' '])
    });
    parts.collect::<Vec<&str>>().join("/")
}
