//! What is wrong with an archive as such, with the way out of each.

use super::{Notice, Upload};
use crate::archive::{ArchiveError, ArchiveKind};

/// The notice for an error of the archive's reader. Every one refuses: readers would disagree about the archive, or it is
/// something else than it was said to be.
pub(super) fn notice(error: &ArchiveError, upload: &Upload<'_>) -> Notice {
    let notice = Notice::error(error.code(), capital(&error.to_string()), fix(error, upload));
    match place(error) {
        Some(path) => notice.at(path),
        None => notice,
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn place(error: &ArchiveError) -> Option<&str> {
    match error {
        ArchiveError::PathParts(path)
        | ArchiveError::AbsolutePath(path)
        | ArchiveError::Backslash(path)
        | ArchiveError::PathEncoding(path)
        | ArchiveError::PathControl(path)
        | ArchiveError::Link(path)
        | ArchiveError::SpecialFile(path)
        | ArchiveError::Sparse(path)
        | ArchiveError::DuplicateName(path)
        | ArchiveError::SeveralManifests(path)
        | ArchiveError::ReadersDisagree(path)
        | ArchiveError::RootFolder { found: path, .. }
        | ArchiveError::PaxSize { path, .. }
        | ArchiveError::ZipHeaders { path, .. }
        | ArchiveError::ManifestTooLong { path, .. }
        | ArchiveError::Manifest { path, .. }
        | ArchiveError::Record { path, .. } => Some(path),
        _ => None,
    }
}

fn fix(error: &ArchiveError, upload: &Upload<'_>) -> &'static str {
    match error {
        ArchiveError::OtherRelease { .. } | ArchiveError::RootFolder { .. } => {
            "build the archive of exactly this name and version, in their usual spelling, and hand that in"
        }
        ArchiveError::NoManifest(_) | ArchiveError::Manifest { .. } | ArchiveError::SeveralManifests(_) => match upload.kind {
            ArchiveKind::Crate => "build it with `cargo package`, which writes the manifest",
            ArchiveKind::Sdist | ArchiveKind::Wheel => "build it with `python -m build`, which writes the metadata",
            ArchiveKind::Tgz => "build it with `npm pack`, which takes the manifest along",
        },
        ArchiveError::Link(_) | ArchiveError::SpecialFile(_) | ArchiveError::Sparse(_) => {
            "leave it out, or put the file itself in its place"
        }
        ArchiveError::TooLarge(_) | ArchiveError::Ratio(_) | ArchiveError::TooManyEntries(_) => {
            "leave out what nobody needs who installs the package"
        }
        ArchiveError::Record { .. } => "build the wheel anew; files changed after RECORD was written are not accepted",
        _ => "build the archive anew with the ecosystem's own tool, and do not change it afterwards",
    }
}
