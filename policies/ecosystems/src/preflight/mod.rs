//! Pre-flight: what is wrong with an archive before anybody spends time on it, all of it at once.
//!
//! [`look`] goes through an archive a single time, however large, and answers [`Notice`]s: errors for what the index it is
//! for would refuse or nobody should publish, warnings for what people should look at. Nothing here asks an index; what
//! others know is asked by the caller.

mod archive;
mod cargo;
mod clash;
mod file_name;
mod licence;
pub mod names;
mod npm;
mod npm_said;
mod pypi;
mod secrets;
pub mod source;

#[cfg(test)]
mod tests;

use serde_json::Value;
use vetmoot_domain::{Package, Version};

use crate::archive::{ArchiveKind, FileFact, Limits, Piece, Source, survey};
use crate::limits::{PREFLIGHT_NOTICES_MAX, PREFLIGHT_TEXT_CHARS_MAX};

/// One thing that was noticed, with the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// A stable kebab-case code.
    pub code: &'static str,
    /// Whether it refuses the upload; else people should look.
    pub is_error: bool,
    /// What is the matter, in a sentence.
    pub text: String,
    /// What to do about it, in a sentence.
    pub fix: String,
    /// The path inside of the archive, with a line where there is one; else the archive as a whole is meant.
    pub place: Option<String>,
}

impl Notice {
    /// Something that refuses the upload.
    pub fn error(code: &'static str, text: impl AsRef<str>, fix: impl AsRef<str>) -> Self {
        Self { code, is_error: true, text: bounded(text.as_ref()), fix: bounded(fix.as_ref()), place: None }
    }
    /// Something people should look at.
    pub fn warning(code: &'static str, text: impl AsRef<str>, fix: impl AsRef<str>) -> Self {
        Self { is_error: false, ..Self::error(code, text, fix) }
    }
    /// An error where the index would refuse it, a warning elsewhere.
    pub fn weighed(is_error: bool, code: &'static str, text: impl AsRef<str>, fix: impl AsRef<str>) -> Self {
        Self { is_error, ..Self::error(code, text, fix) }
    }
    /// The same about a place.
    #[must_use]
    pub fn at(mut self, place: impl AsRef<str>) -> Self {
        self.place = Some(bounded(place.as_ref()));
        self
    }
}

/// A text that holds foreign words, short enough for a message, on one line, and without anything secret in it.
fn bounded(text: &str) -> String {
    secrets::redacted(text).chars().take(PREFLIGHT_TEXT_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A foreign word short enough to stand in a sentence.
fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

/// A file that is handed in.
#[derive(Debug, Clone, Copy)]
pub struct Upload<'u> {
    /// The package, as the client names it.
    pub package: &'u Package,
    /// The version, as the client names it.
    pub version: &'u Version,
    /// The file's name on the index.
    pub file_name: &'u str,
    /// What kind of archive it is said to be.
    pub kind: ArchiveKind,
    /// Its size in bytes.
    pub size: u64,
    /// Whether it goes to the official index of its ecosystem, whose rules then hold.
    pub to_official: bool,
    /// Whether the index has the package already, or may have it: it may then have been given larger limits, which nobody
    /// can look up, and rules for new names do not count.
    pub is_known: bool,
    /// What the client said of it beside the bytes, in the form `crate::stage` reads.
    pub said: &'u Value,
}

/// What was found in an archive.
#[derive(Debug)]
pub struct Looked {
    /// What was noticed, errors first.
    pub notices: Vec<Notice>,
    /// The archive's files, as far as they were read.
    pub files: Vec<FileFact>,
}

/// Looks at a file from every side.
pub fn look(upload: &Upload<'_>, source: &mut dyn Source, limits: &Limits) -> Looked {
    let mut notices = file_name::check(upload);
    notices.extend(file_name::check_size(upload));
    notices.extend(file_name::check_name(upload));
    let mut scan = secrets::Scan::default();
    let mut on_piece = |piece: Piece<'_>| scan.piece(piece);
    let found = survey(upload.kind, (upload.package, upload.version), source, limits, &mut on_piece);
    notices.extend(found.errors.iter().map(|error| archive::notice(error, upload)));
    if let Some((path, content)) = &found.manifest {
        notices.extend(match upload.kind {
            ArchiveKind::Crate => cargo::check(upload, content, found.root.as_deref(), &found.files),
            ArchiveKind::Sdist | ArchiveKind::Wheel => pypi::check(upload, path, content),
            ArchiveKind::Tgz => npm::check(upload, content, &found.files),
        });
    }
    notices.extend(clash::check(&found.files));
    notices.extend(scan.finish());
    in_order(&mut notices);
    Looked { notices, files: found.files }
}

/// Errors first, each thing once, within bounds.
fn in_order(notices: &mut Vec<Notice>) {
    let mut kept: Vec<Notice> = Vec::new();
    for notice in notices.drain(..) {
        if !kept.contains(&notice) {
            kept.push(notice);
        }
    }
    kept.sort_by_key(|notice| !notice.is_error);
    let more = kept.len().saturating_sub(PREFLIGHT_NOTICES_MAX);
    kept.truncate(PREFLIGHT_NOTICES_MAX);
    if more > 0 {
        let text = format!("{more} more things were noticed and are not listed");
        kept.push(Notice::warning("more-findings", text, "mend these first and hand it in again"));
    }
    *notices = kept;
}
