//! Audit feeds of cargo-vet (`audits.toml`): every entry an audit, whatever cannot be one counted and named.
//!
//! A feed is read twice: once for its criteria, which may stand anywhere in it, once for its entries. Both passes hold one
//! table at a time. Crates of the public registry alone are meant; the format knows no others.

mod criteria;
mod entry;
mod split;
mod value;
mod who;
mod write;

use std::collections::{HashMap, HashSet, VecDeque};
use std::io::Read;

use serde::Serialize;

use self::entry::Draft;
use self::split::Splitter;
use super::limits::ENTRIES_MAX;
use super::{DropReason, Dropped};

pub use criteria::{FeedCriteria, FeedCriterion};
pub use entry::Entry;
pub use who::Who;
pub use write::write;

/// Why a feed as a whole was refused; nothing of it is to be kept.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// It ends in the middle of a table.
    #[error("the feed breaks off in line {line}, {place}; fetch it again")]
    Truncated {
        /// The line it ends in, counted from 1.
        line: u64,
        /// What was still open.
        place: String,
    },
    /// It is not TOML, or not shaped like an audit feed.
    #[error("line {line} of the feed cannot be read: {why}")]
    Malformed {
        /// The line at fault, counted from 1.
        line: u64,
        /// What is wrong there.
        why: String,
    },
    /// A criterion implies itself.
    #[error("the feed's criterion `{name}` implies itself; nothing can be said about what its audits claim")]
    CriteriaCycle {
        /// One criterion of the circle.
        name: String,
    },
    /// More criteria than any real feed has.
    #[error("the feed defines more criteria than are read ({})", super::limits::CRITERIA_MAX)]
    TooManyCriteria,
    /// More entries than any real feed has.
    #[error("the feed has more entries than are read ({ENTRIES_MAX})")]
    TooManyEntries,
    /// More bytes than any real feed has.
    #[error("the feed has more than {bytes_max} bytes")]
    TooLarge {
        /// The bound, in bytes.
        bytes_max: u64,
    },
    /// The source gave out.
    #[error("the feed could not be read to its end")]
    Unreadable(#[source] std::io::Error),
}

impl FeedError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Truncated { .. } => "feed-truncated",
            Self::Malformed { .. } => "feed-malformed",
            Self::CriteriaCycle { .. } => "feed-criteria-cycle",
            Self::TooManyCriteria => "feed-too-many-criteria",
            Self::TooManyEntries => "feed-too-many-entries",
            Self::TooLarge { .. } => "feed-too-large",
            Self::Unreadable(_) => "feed-unreadable",
        }
    }
}

/// What one reading of a feed came to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Summary {
    /// Entries handed out: full audits.
    pub full: u64,
    /// Entries handed out: deltas.
    pub delta: u64,
    /// Entries handed out: violations.
    pub violation: u64,
    /// Entries handed out: trust in publishers (cargo-vet's wildcard audits).
    pub publisher: u64,
    /// Entries the feed holds more than once; each counts once.
    pub repeated: u64,
    /// Entries whose notes were longer than notes may be, and were cut.
    pub notes_cut: u64,
    /// What was dropped, criteria included.
    pub dropped: Dropped,
    /// Length of the feed, in bytes.
    pub bytes: u64,
    /// The most bytes of the feed held in memory at once.
    pub held_bytes_max: usize,
}

impl Summary {
    /// How many entries were handed out.
    pub fn entries(&self) -> u64 {
        self.full + self.delta + self.violation + self.publisher
    }

    fn count(&mut self, kind: &vetmoot_domain::AuditKind) {
        use vetmoot_domain::AuditKind;
        match kind {
            AuditKind::Full { .. } => self.full += 1,
            AuditKind::Delta { .. } => self.delta += 1,
            AuditKind::Violation { .. } => self.violation += 1,
            AuditKind::Publisher { .. } => self.publisher += 1,
        }
    }
}

/// Reads the entries of a feed one after the other. After an error it gives nothing more, and what it gave is void.
pub struct Reader<'a, R> {
    pieces: Splitter<R>,
    source: &'a str,
    criteria: &'a FeedCriteria,
    ready: VecDeque<Entry>,
    /// Short digests of what was said and by whom, and how many said it: a million of both fit into 50 MB.
    seen: HashSet<u64>,
    voices: HashMap<u64, u32>,
    summary: Summary,
    over: bool,
}

impl<'a, R: Read> Reader<'a, R> {
    /// A reader of `feed`; `source` is the address it came from (part of its entries' identity), `criteria` what the first
    /// pass over the same bytes found.
    pub fn new(feed: R, source: &'a str, criteria: &'a FeedCriteria) -> Self {
        let summary = Summary { dropped: criteria.dropped().clone(), ..Summary::default() };
        Self {
            pieces: Splitter::new(feed),
            source,
            criteria,
            ready: VecDeque::new(),
            seen: HashSet::new(),
            voices: HashMap::new(),
            summary,
            over: false,
        }
    }

    /// What the reading came to; complete once the reader has given its last entry.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Takes one more table in; false at the end of the feed.
    fn advance(&mut self) -> Result<bool, FeedError> {
        let Some(piece) = self.pieces.next_piece()? else {
            self.summary.bytes = self.pieces.bytes_read();
            self.summary.held_bytes_max = self.pieces.held_bytes_max();
            return Ok(false);
        };
        if piece.oversized {
            self.summary.dropped.add(DropReason::TooLong, piece.text.lines().next().unwrap_or_default());
            return Ok(true);
        }
        for draft in entry::drafts(&piece)? {
            self.take(draft, piece.line)?;
        }
        Ok(true)
    }

    fn take(&mut self, draft: Draft, line: u64) -> Result<(), FeedError> {
        let (mut entry, notes_cut) = match draft.settle(self.source, self.criteria, line) {
            Ok(settled) => settled,
            Err((reason, what)) => {
                self.summary.dropped.add(reason, &what);
                return Ok(());
            }
        };
        if !self.seen.insert(entry.short_digest_with_authors()) {
            self.summary.repeated += 1;
            return Ok(());
        }
        if self.seen.len() > ENTRIES_MAX {
            return Err(FeedError::TooManyEntries);
        }
        let voices = self.voices.entry(entry.short_digest()).or_default();
        entry.number(*voices);
        *voices += 1;
        self.summary.notes_cut += u64::from(notes_cut);
        self.summary.count(&entry.audit.kind);
        self.ready.push_back(entry);
        Ok(())
    }
}

impl<R: Read> Iterator for Reader<'_, R> {
    type Item = Result<Entry, FeedError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.over {
            if let Some(entry) = self.ready.pop_front() {
                return Some(Ok(entry));
            }
            match self.advance() {
                Ok(more) => self.over = !more,
                Err(error) => {
                    self.over = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

/// A feed in memory, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Its criteria.
    pub criteria: FeedCriteria,
    /// Its entries, in the feed's order.
    pub entries: Vec<Entry>,
    /// What the reading came to.
    pub summary: Summary,
}

/// Reads a feed that is in memory already; `source` is the address it came from.
pub fn read(bytes: &[u8], source: &str) -> Result<Feed, FeedError> {
    let criteria = FeedCriteria::read(bytes)?;
    let mut reader = Reader::new(bytes, source, &criteria);
    let entries = reader.by_ref().collect::<Result<Vec<_>, _>>()?;
    let summary = reader.summary().clone();
    Ok(Feed { criteria, entries, summary })
}

#[cfg(test)]
pub(in crate::feeds) mod tests;
