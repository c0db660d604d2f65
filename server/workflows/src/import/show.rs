//! What imports there are, and how their last runs went.

use vetmoot_storage::imports;
pub use vetmoot_storage::imports::{RunRow, SourceRow};

use crate::ctx::Ctx;
use crate::problem::Problem;

/// One import with its last run.
pub struct Shown {
    /// The source.
    pub source: SourceRow,
    /// Its last run, under way or over.
    pub last: Option<RunRow>,
    /// Entries of it that count now.
    pub entries: u64,
}

/// Every import, by name.
pub async fn all(ctx: &Ctx) -> Result<Vec<Shown>, Problem> {
    let reader = ctx.store.read();
    let mut all = Vec::new();
    // Followed communities have pages of their own.
    for source in imports::sources(&reader).await?.into_iter().filter(|source| source.kind != imports::SourceKind::Peer) {
        let last = imports::runs(&reader, source.id, 1).await?.into_iter().next();
        let entries = imports::live_entries(&reader, source.id).await?;
        all.push(Shown { source, last, entries });
    }
    Ok(all)
}

/// One import with its latest runs, newest first.
pub async fn one(ctx: &Ctx, name: &str) -> Result<(Shown, Vec<RunRow>), Problem> {
    let reader = ctx.store.read();
    let source = imports::source(&reader, name).await?;
    let source = source.ok_or_else(|| Problem::not_found("unknown-import", format!("there is no import called {name}")))?;
    let runs = imports::runs(&reader, source.id, 20).await?;
    let entries = imports::live_entries(&reader, source.id).await?;
    Ok((Shown { last: runs.first().cloned(), source, entries }, runs))
}
