//! A cargo-vet audits file as entries of an import.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use vetmoot_ecosystems::feeds::Dropped;
use vetmoot_ecosystems::feeds::cargo_vet::{FeedCriteria, FeedError, Reader};
use vetmoot_storage::imports::{Imported, ImportedEntry};

use super::run::Read;
use crate::problem::{Kind, Problem};

/// Reads the feed and hands its entries on; its criteria first, since entries mean nothing without them.
pub fn read(path: &Path, source: &str, sink: &mut dyn FnMut(ImportedEntry) -> bool) -> Result<Read, Problem> {
    let open = || File::open(path).map(|file| BufReader::with_capacity(1 << 20, file));
    let unreadable =
        |error: std::io::Error| Problem::new(Kind::Invalid, "source-unreadable", format!("the feed cannot be read: {error}"));
    let criteria = FeedCriteria::read(open().map_err(unreadable)?).map_err(problem)?;
    let mut reader = Reader::new(open().map_err(unreadable)?, source, &criteria);
    for entry in reader.by_ref() {
        let entry = entry.map_err(problem)?;
        let authors = entry.who.iter().map(|who| who.name().to_owned()).collect();
        let says = Imported::Audit { authors, recorded: None, audit: entry.audit.clone() };
        if !sink(ImportedEntry { identity: entry.digest, package: entry.audit.package.clone(), says }) {
            break;
        }
    }
    let summary = reader.summary();
    let mut dropped = dropped(&summary.dropped);
    // Counted too, so that what is kept and left out adds up to what the feed's owner counts.
    for (reason, count) in [("repeated", summary.repeated), ("notes-cut-short", summary.notes_cut)] {
        if count > 0 {
            dropped.push(vetmoot_storage::imports::Dropped { reason: reason.to_owned(), count, examples: Vec::new() });
        }
    }
    Ok(Read { entries: summary.entries(), dropped, malware: false })
}

/// What was left out, in the form rows keep.
pub fn dropped(dropped: &Dropped) -> Vec<vetmoot_storage::imports::Dropped> {
    let each = dropped.iter().map(|(reason, drop)| vetmoot_storage::imports::Dropped {
        reason: reason.to_string(),
        count: drop.count,
        examples: drop.examples.clone(),
    });
    each.collect()
}

fn problem(error: FeedError) -> Problem {
    Problem::invalid(error.code(), "source", format!("{error}; nothing was changed"))
}
