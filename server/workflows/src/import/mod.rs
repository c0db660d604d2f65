//! Imports: evidence of others, taken in by name, counted, and never passed on as our own.

mod cargo_vet;
mod fetch;
mod osv;
pub mod run;
pub mod schedule;
pub mod show;

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use url::Url;
use vetmoot_domain::Span;
pub use vetmoot_storage::imports::SourceKind as Kind;
use vetmoot_storage::imports::{Dropped, RunOutcome};

use crate::problem::Problem;

/// Where a source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A file or folder the operator named.
    Path(PathBuf),
    /// An address the operator or a steward named.
    Url(Url),
}

impl Location {
    /// Reads a location: `https://...`, `http://...`, or a path.
    pub fn of(text: &str) -> Result<Self, Problem> {
        if text.starts_with("https://") || text.starts_with("http://") {
            let url = text
                .parse()
                .map_err(|error| Problem::invalid("bad-location", "location", format!("`{text}` is no URL: {error}")))?;
            return Ok(Self::Url(url));
        }
        let path =
            std::path::absolute(text).map_err(|error| Problem::invalid("bad-location", "location", error.to_string()))?;
        Ok(Self::Path(path))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Url(url) => f.write_str(url.as_str()),
        }
    }
}

/// What to import.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// What the import is called here.
    pub name: String,
    /// The kind of source.
    pub kind: Kind,
    /// Where it is.
    pub location: Location,
    /// How often it is read again; none is never by itself.
    pub every: Option<Span>,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Done {
    /// Entries taken in.
    pub entries: u64,
    /// Entries there are, once that is known.
    pub total: Option<u64>,
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The import's name.
    pub name: String,
    /// Entries that count now and did not before.
    pub added: u64,
    /// Entries that say something else than before.
    pub changed: u64,
    /// Entries that are as they were.
    pub same: u64,
    /// Entries the source no longer shows; they count no more.
    pub removed: u64,
    /// What was left out, by reason.
    pub dropped: Vec<Dropped>,
    /// Whether the source had not changed since it was read last.
    pub not_modified: bool,
}

impl Report {
    fn of(name: &str, outcome: &RunOutcome) -> Self {
        Self {
            name: name.to_owned(),
            added: outcome.added,
            changed: outcome.changed,
            same: outcome.same,
            removed: outcome.removed,
            dropped: outcome.dropped.clone(),
            not_modified: outcome.not_modified,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.not_modified {
            return write!(f, "{}: not changed since it was read last", self.name);
        }
        write!(
            f,
            "{}: {} added, {} changed, {} as before, {} gone",
            self.name, self.added, self.changed, self.same, self.removed
        )?;
        for dropped in &self.dropped {
            write!(f, "\n  left out, {}: {}", dropped.reason, dropped.count)?;
            if !dropped.examples.is_empty() {
                write!(f, " (such as {})", dropped.examples.join("; "))?;
            }
        }
        Ok(())
    }
}
