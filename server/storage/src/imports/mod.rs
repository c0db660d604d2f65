//! Imports: sources of evidence, their runs, and the entries they show.

mod entries;
mod runs;

use vetmoot_domain::{SourceState, Span, Timestamp};

use crate::error::StoreError;
use crate::reads::{Reads, Tx};
use crate::sql::{Row, values};

pub use entries::{Imported, ImportedEntry, Upserted, end_missing, upsert_entries};
pub use runs::{Dropped, RunOutcome, RunRow, abandon_unfinished, begin_run, finish_run, progress, run, runs};

/// What a source gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceKind {
    /// A cargo-vet feed of audits.
    CargoVet,
    /// Advisories in the OSV schema.
    Osv,
    /// A followed community, whose statements arrive by themselves.
    Peer,
}

vetmoot_domain::word_enum!(SourceKind, "kind of import", { CargoVet => "cargo-vet", Osv => "osv", Peer => "peer" });

/// A source of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRow {
    /// The row's number.
    pub id: i64,
    /// Its name here, which policies use.
    pub name: String,
    /// What it gives.
    pub kind: SourceKind,
    /// A URL, or the path of a file or folder.
    pub location: String,
    /// How often it is read again; none means only when asked.
    pub every: Option<Span>,
    /// Whether it ever showed an advisory about malware.
    pub malware: bool,
    /// When it was named first.
    pub created_at: Timestamp,
    /// When it was last read to the end.
    pub last_success_at: Option<Timestamp>,
    /// The `ETag` it gave then.
    pub etag: Option<String>,
    /// The `Last-Modified` it gave then.
    pub last_modified: Option<String>,
}

const TABLE: &str = "sources";
const COLUMNS: &str = "id, name, kind, location, every_ms, malware, created_at, last_success_at, etag, last_modified";

fn row(row: &Row) -> Result<SourceRow, StoreError> {
    Ok(SourceRow {
        id: row.get(0)?,
        name: row.get(1)?,
        kind: row.word(TABLE, 2)?,
        location: row.get(3)?,
        every: row.get::<Option<i64>>(4)?.map(Span::from_millis),
        malware: row.get::<i64>(5)? != 0,
        created_at: row.moment(6)?,
        last_success_at: row.moment_if(7)?,
        etag: row.get(8)?,
        last_modified: row.get(9)?,
    })
}

/// The source of this name, made when it is not there; another location or schedule takes the place of the old one.
///
/// Another location forgets the validators of the old one. A name whose source is of another kind is taken.
pub async fn ensure_source(
    tx: &Tx,
    name: &str,
    kind: SourceKind,
    location: &str,
    every: Option<Span>,
    now: Timestamp,
) -> Result<SourceRow, StoreError> {
    let insert = "INSERT INTO sources (name, kind, location, every_ms, malware, created_at) VALUES ($1, $2, $3, $4, 0, $5) \
                  ON CONFLICT (name) DO NOTHING";
    let every_ms = every.map(Span::millis);
    tx.run(insert, values![name, kind.as_str(), location, every_ms, now.millis()]).await?;
    let known = source(tx, name).await?.ok_or_else(|| StoreError::missing(format!("import {name}")))?;
    if known.kind != kind {
        return Err(StoreError::Taken { what: format!("the import name {name} (it is a {} import)", known.kind) });
    }
    if known.location != location {
        let sql = "UPDATE sources SET location = $1, etag = NULL, last_modified = NULL WHERE id = $2";
        tx.run(sql, values![location, known.id]).await?;
    }
    if known.every != every {
        tx.run("UPDATE sources SET every_ms = $1 WHERE id = $2", values![every_ms, known.id]).await?;
    }
    source(tx, name).await?.ok_or_else(|| StoreError::missing(format!("import {name}")))
}

/// The source of this name.
pub async fn source(reads: &impl Reads, name: &str) -> Result<Option<SourceRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM sources WHERE name = $1");
    reads.handle().one(&sql, values![name]).await?.as_ref().map(row).transpose()
}

/// Every source, by name.
pub async fn sources(reads: &impl Reads) -> Result<Vec<SourceRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM sources ORDER BY name");
    reads.handle().all(&sql, Vec::new()).await?.iter().map(row).collect()
}

/// The sources of advisories that were read to the end at least once, as gates take them.
pub async fn advisory_sources(reads: &impl Reads) -> Result<Vec<SourceState>, StoreError> {
    let known = sources(reads).await?;
    let osv = known.into_iter().filter(|source| source.kind == SourceKind::Osv);
    let state = |source: SourceRow| {
        source.last_success_at.map(|last_read| SourceState { name: source.name, last_read, malware: source.malware })
    };
    Ok(osv.filter_map(state).collect())
}

/// How many entries of a source count at present.
pub async fn live_entries(reads: &impl Reads, source_id: i64) -> Result<u64, StoreError> {
    let sql = "SELECT COUNT(*) FROM evidence WHERE source_id = $1 AND ended_at IS NULL";
    let found = reads.handle().one(sql, values![source_id]).await?;
    found.map_or(Ok(0), |row| Ok(crate::sql::count(row.get(0)?)))
}
