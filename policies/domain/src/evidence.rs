//! What a judgement rests on: testimonies and advisories about one package, and facts about the artifact.

use crate::actor::Author;
use crate::advisory::Advisory;
use crate::audit::{Audit, Publisher};
use crate::digest::Digests;
use crate::package::Artifact;
use crate::time::Timestamp;
use crate::versions::Versions;

/// Everything known about one package name. One indexed read fetches it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evidence {
    /// Audits, by whomever.
    pub testimonies: Vec<Testimony>,
    /// Advisories that name the package.
    pub advisories: Vec<Advisory>,
}

/// One audit with who says it and how it came here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Testimony {
    /// The id reasons cite: a statement's URL or path, or `import:SOURCE#ENTRY` for an imported entry.
    pub id: String,
    /// How it came here.
    pub origin: TestimonyOrigin,
    /// Who says it. A policy's `[[import]]` gives organisation and level of imported authors.
    pub authors: Vec<Author>,
    /// When it was recorded, or first shown here by its import; none when only the source's own, unknown date would tell.
    pub recorded: Option<Timestamp>,
    /// Whether `recorded` is the date of the statement itself (true) or of its first showing here (false).
    pub dated: bool,
    /// What it says.
    pub audit: Audit,
}

/// How a testimony came here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TestimonyOrigin {
    /// A member of this community recorded it.
    Local,
    /// An import brought it; the name of the import here (`mozilla`), or its URL for a feed named on a command line.
    Import(String),
}

/// The artifact a judgement is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Which artifact.
    pub artifact: Artifact,
    /// The digests known of it; empty when the index names none.
    pub digests: Digests,
}

/// What is known about the artifact from outside the evidence; all looked up by the caller.
pub struct Facts<'a> {
    /// The moment judged for. It decides, but never enters a decision's bytes.
    pub now: Timestamp,
    /// When the release was published.
    pub publish: PublishTime,
    /// When this very file was uploaded, on indexes that publish files one by one; else as `publish`.
    pub uploaded: Option<Timestamp>,
    /// Whether this policy ever listed the artifact here.
    pub listed_before: bool,
    /// Set when upstream showed other bytes under the same name.
    pub incident: Option<Incident>,
    /// Who published the release; unknown means that publisher trust does not apply.
    pub publisher: Option<Publisher>,
    /// The advisory sources this instance has, for gates that need one.
    pub advisory_sources: &'a [SourceState],
    /// The ecosystem's versions.
    pub versions: &'a dyn Versions,
}

/// When a release was published, and how that is known (DOMAIN "Publish time").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PublishTime {
    /// Published at this moment, by this source.
    Dated {
        /// The moment.
        at: Timestamp,
        /// Who says so.
        source: DateSource,
    },
    /// No date, and it stood in the first listing this instance ever read of its package.
    PresentAtFirstSight,
    /// Nothing is known: it was never seen in a listing here (a lock file judged without an index).
    Unknown,
}

/// Where a publish time comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DateSource {
    /// The index said so (`pubtime`, `upload-time`, `time`).
    Index,
    /// The file's `Last-Modified` header.
    FileHeader,
    /// It appeared between two listings read here.
    FirstSeen,
}

crate::word_enum!(DateSource, "date source", { Index => "index", FileHeader => "file-header", FirstSeen => "first-seen" });

/// An upstream file that changed under its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Incident {
    /// When it was noticed.
    pub noticed: Timestamp,
    /// The digests pinned first.
    pub pinned: Digests,
    /// The digests seen later.
    pub seen: Digests,
}

/// How fresh one source of advisories is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SourceState {
    /// The import's name here.
    pub name: String,
    /// When it was last read successfully.
    pub last_read: Timestamp,
    /// Whether it reports malware (ids `MAL-...`) too.
    pub malware: bool,
}
