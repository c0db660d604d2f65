//! Advisories after the OSV schema (1.7): one record, a file of many, an archive of many.
//!
//! Records come as JSON or YAML. A record that cannot be read is dropped and named; a file that breaks off is an error, and
//! the caller keeps nothing of it.

mod pieces;
mod record;
mod severity;
mod wire;
mod zipped;

use serde::Serialize;

use super::limits::RECORDS_MAX;
use super::{DropReason, Dropped};

/// The name the OSV schema has for an ecosystem.
pub fn ecosystem_name(ecosystem: vetmoot_domain::Ecosystem) -> &'static str {
    match ecosystem {
        vetmoot_domain::Ecosystem::Cargo => crates_name(),
        vetmoot_domain::Ecosystem::Pypi => "PyPI",
        vetmoot_domain::Ecosystem::Npm => "npm",
    }
}

pub use pieces::{Raw, json_values};
pub use record::{Record, RecordError, read};
pub use zipped::zip_members;

/// Why a source of advisories as a whole was refused; nothing of it is to be kept.
#[derive(Debug, thiserror::Error)]
pub enum OsvError {
    /// It ends in the middle of a record.
    #[error("the advisories break off in line {line}, in the middle of a record or list; fetch them again")]
    Truncated {
        /// The line it ends in, counted from 1.
        line: u64,
    },
    /// It is neither a record, nor a list or lines of records.
    #[error("line {line} of the advisories is neither a record nor a list of records")]
    Malformed {
        /// The line at fault, counted from 1.
        line: u64,
    },
    /// The archive cannot be opened.
    #[error("the archive of advisories cannot be read")]
    Archive(#[source] zip::result::ZipError),
    /// More records than any real source has.
    #[error("the source has more records than are read ({RECORDS_MAX})")]
    TooManyRecords,
    /// More bytes than any real source has.
    #[error("the source has more than {bytes_max} bytes")]
    TooLarge {
        /// The bound, in bytes.
        bytes_max: u64,
    },
    /// The source gave out.
    #[error("the advisories could not be read to their end")]
    Unreadable(#[source] std::io::Error),
}

impl OsvError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Truncated { .. } => "advisories-truncated",
            Self::Malformed { .. } => "advisories-malformed",
            Self::Archive(_) => "advisories-archive",
            Self::TooManyRecords => "advisories-too-many",
            Self::TooLarge { .. } => "advisories-too-large",
            Self::Unreadable(_) => "advisories-unreadable",
        }
    }
}

/// What one reading of a source came to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Summary {
    /// Records read.
    pub records: u64,
    /// Advisories handed out: one a record and package.
    pub advisories: u64,
    /// How many of these are withdrawn.
    pub withdrawn: u64,
    /// How many of these report malware.
    pub malware: u64,
    /// What was dropped.
    pub dropped: Dropped,
}

/// Reads record after record. After an error it gives nothing more, and what it gave is void.
pub struct Reader<'a, I> {
    raws: I,
    source: &'a str,
    summary: Summary,
    over: bool,
}

impl<'a, I: Iterator<Item = Result<Raw, OsvError>>> Reader<'a, I> {
    /// A reader of raw records: [`json_values`] of a file, [`zip_members`] of an archive, or the files of a folder.
    /// `source` is the name of the import here, written into every advisory.
    pub fn new(raws: I, source: &'a str) -> Self {
        Self { raws, source, summary: Summary::default(), over: false }
    }

    /// What the reading came to; complete once the reader has given its last record.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    fn take(&mut self, raw: &Raw) -> Result<Option<Record>, OsvError> {
        if self.summary.records >= RECORDS_MAX {
            return Err(OsvError::TooManyRecords);
        }
        self.summary.records += 1;
        if raw.oversized {
            self.summary.dropped.add(DropReason::TooLong, &raw.name);
            return Ok(None);
        }
        match read(&raw.name, &raw.bytes, self.source) {
            Ok(record) => {
                self.summary.dropped.join(record.dropped.clone());
                for advisory in &record.advisories {
                    self.summary.advisories += 1;
                    self.summary.withdrawn += u64::from(advisory.withdrawn.is_some());
                    self.summary.malware += u64::from(advisory.kind == vetmoot_domain::AdvisoryKind::Malware);
                }
                Ok(Some(record))
            }
            Err(error) => {
                self.summary.dropped.add(error.reason(), &format!("{}: {error}", raw.name));
                Ok(None)
            }
        }
    }
}

impl<I: Iterator<Item = Result<Raw, OsvError>>> Iterator for Reader<'_, I> {
    type Item = Result<Record, OsvError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.over {
            match self.raws.next()?.and_then(|raw| self.take(&raw)) {
                Ok(Some(record)) => return Some(Ok(record)),
                Ok(None) => {}
                Err(error) => {
                    self.over = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

/// What the schema calls the ecosystem of crates: the name of their registry, taken from the address of its index.
pub(crate) fn crates_name() -> &'static str {
    let index = tame_index::CRATES_IO_HTTP_INDEX;
    index.split("://index.").nth(1).unwrap_or_default().trim_end_matches('/')
}

#[cfg(test)]
mod tests;
