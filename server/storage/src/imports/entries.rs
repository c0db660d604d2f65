//! Entries of an import: taken in by bulk, known by their identity, and counting for as long as the source shows them.

use std::collections::{BTreeSet, HashMap, HashSet};

use vetmoot_domain::{Advisory, Audit, AuditForm, Ecosystem, Package, Timestamp};

use crate::error::StoreError;
use crate::evidence::{Kind, Said};
use crate::limits::BULK_ROWS_MAX;
use crate::packages;
use crate::reads::Tx;
use crate::sql::{self, values};

const TABLE: &str = "evidence";

/// An entry as a source shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedEntry {
    /// What makes it the same entry wherever it is shown: the digest of its origin and its canonical form; of an advisory
    /// the digest of its id and package, so that a new text is a change and not another entry.
    pub identity: [u8; 32],
    /// The package it is about.
    pub package: Package,
    /// What it says.
    pub says: Imported,
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Imported {
    /// An audit.
    Audit {
        /// Its authors as shown, mail addresses taken off.
        authors: Vec<String>,
        /// When the entry itself says it was recorded; mostly it does not.
        recorded: Option<Timestamp>,
        /// What was found.
        audit: Audit,
    },
    /// An advisory.
    Advisory(Advisory),
}

/// What became of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Upserted {
    /// They count now and did not before.
    pub added: u64,
    /// They say something else than before.
    pub changed: u64,
    /// They are as they were.
    pub same: u64,
}

/// An entry in the form of its row.
struct Line<'a> {
    identity: &'a [u8; 32],
    package: &'a Package,
    kind: Kind,
    version: Option<String>,
    body: String,
}

fn line(entry: &ImportedEntry) -> Result<Line<'_>, StoreError> {
    let (kind, version, body) = match &entry.says {
        Imported::Audit { authors, recorded, audit } => {
            let version = audit.release().map(|release| release.version.to_string());
            let said =
                Said { statement: None, authors: authors.clone(), recorded: sql::ms(*recorded), form: AuditForm::from(audit) };
            (Kind::Imported, version, sql::json(TABLE, &said)?)
        }
        Imported::Advisory(advisory) => (Kind::Advisory, None, sql::json(TABLE, advisory)?),
    };
    Ok(Line { identity: &entry.identity, package: &entry.package, kind, version, body })
}

/// Takes entries of a source in, within a run of it; call it again for the next part, in this transaction or another.
///
/// An entry keeps the moment it was first shown here, by whichever source. Epochs of the packages concerned move on.
pub async fn upsert_entries(
    tx: &Tx,
    source_id: i64,
    run_id: i64,
    entries: &[ImportedEntry],
    now: Timestamp,
) -> Result<Upserted, StoreError> {
    let mut done = Upserted::default();
    let mut package_ids = HashMap::new();
    for chunk in entries.chunks(BULK_ROWS_MAX) {
        let mut seen = HashSet::with_capacity(chunk.len());
        let mut lines = Vec::with_capacity(chunk.len());
        for entry in chunk {
            if seen.insert(entry.identity) {
                lines.push(line(entry)?);
            } else {
                done.same += 1;
            }
        }
        learn_packages(tx, &lines, &mut package_ids, now).await?;
        upsert_chunk(tx, &Run { source: source_id, number: run_id, now }, &lines, &package_ids, &mut done).await?;
    }
    Ok(done)
}

struct Run {
    source: i64,
    number: i64,
    now: Timestamp,
}

/// Finds, and makes where needed, the row numbers of the packages the lines are about.
async fn learn_packages(
    tx: &Tx,
    lines: &[Line<'_>],
    ids: &mut HashMap<Package, i64>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let unknown: BTreeSet<&Package> = lines.iter().map(|line| line.package).filter(|p| !ids.contains_key(*p)).collect();
    let unknown: Vec<Package> = unknown.into_iter().cloned().collect();
    packages::ensure_all(tx, &unknown, now).await?;
    for &ecosystem in Ecosystem::ALL {
        let names: Vec<&str> =
            unknown.iter().filter(|p| p.ecosystem() == ecosystem).map(|package| package.name().as_str()).collect();
        if names.is_empty() {
            continue;
        }
        let sql = format!(
            "SELECT id, ecosystem, name FROM packages WHERE ecosystem = $1 AND name IN ({})",
            sql::list(2, names.len())
        );
        let mut values = values![ecosystem.as_str()];
        values.extend(names.into_iter().map(sea_orm::Value::from));
        for row in tx.all(&sql, values).await? {
            ids.insert(row.package(1, 2)?, row.get(0)?);
        }
    }
    Ok(())
}

async fn upsert_chunk(
    tx: &Tx,
    run: &Run,
    lines: &[Line<'_>],
    package_ids: &HashMap<Package, i64>,
    done: &mut Upserted,
) -> Result<(), StoreError> {
    let known = known(tx, run.source, lines).await?;
    let mut fresh = Vec::new();
    let mut same = Vec::new();
    let mut touched = BTreeSet::new();
    for line in lines {
        let package_id = *package_ids.get(line.package).ok_or_else(|| StoreError::missing(line.package.to_string()))?;
        let Some(before) = known.get(line.identity.as_slice()) else {
            touched.insert(package_id);
            fresh.push((line, package_id));
            continue;
        };
        if before.body == line.body && !before.ended {
            same.push(before.id);
            continue;
        }
        if before.ended {
            done.added += 1;
        } else {
            done.changed += 1;
        }
        touched.insert(package_id);
        let sql = "UPDATE evidence SET kind = $1, version = $2, body = $3, run_id = $4, ended_at = NULL WHERE id = $5";
        tx.run(sql, values![line.kind.as_str(), line.version.clone(), line.body.clone(), run.number, before.id]).await?;
    }
    done.added += crate::sql::count(sql::int(fresh.len()));
    done.same += crate::sql::count(sql::int(same.len()));
    insert(tx, run, &fresh).await?;
    if !same.is_empty() {
        let values = same.iter().flat_map(|&id| values![run.number, id]);
        let sql = format!(
            "INSERT INTO import_seen (run_id, evidence_id) VALUES {} ON CONFLICT (run_id, evidence_id) DO NOTHING",
            sql::rows(same.len(), 2)
        );
        tx.run(&sql, values.collect()).await?;
    }
    packages::bump_epochs(tx, &touched.into_iter().collect::<Vec<_>>()).await
}

struct Known {
    id: i64,
    body: String,
    ended: bool,
}

async fn known(tx: &Tx, source_id: i64, lines: &[Line<'_>]) -> Result<HashMap<Vec<u8>, Known>, StoreError> {
    // The plus keeps both databases from going through the index of sources, which would read all of a source each time.
    let sql = format!(
        "SELECT identity, id, body, ended_at FROM evidence WHERE identity IN ({}) AND +source_id = $1",
        sql::list(2, lines.len())
    );
    let mut values = values![source_id];
    values.extend(lines.iter().map(|line| sea_orm::Value::from(line.identity.to_vec())));
    let mut known = HashMap::new();
    for row in tx.all(&sql, values).await? {
        let one = Known { id: row.get(1)?, body: row.get(2)?, ended: row.get::<Option<i64>>(3)?.is_some() };
        known.insert(row.get::<Vec<u8>>(0)?, one);
    }
    Ok(known)
}

async fn insert(tx: &Tx, run: &Run, fresh: &[(&Line<'_>, i64)]) -> Result<(), StoreError> {
    if fresh.is_empty() {
        return Ok(());
    }
    // Another source may have shown the same entry before; its date is the first one.
    let sql = format!(
        "SELECT identity, MIN(since) FROM evidence WHERE identity IN ({}) GROUP BY identity",
        sql::list(1, fresh.len())
    );
    let identities = fresh.iter().map(|(line, _)| sea_orm::Value::from(line.identity.to_vec()));
    let mut first_shown: HashMap<Vec<u8>, i64> = HashMap::new();
    for row in tx.all(&sql, identities.collect()).await? {
        first_shown.insert(row.get(0)?, row.get(1)?);
    }
    let values = fresh.iter().flat_map(|(line, package_id)| {
        let since = first_shown.get(line.identity.as_slice()).copied().unwrap_or(run.now.millis());
        values![
            *package_id,
            line.kind.as_str(),
            line.version.clone(),
            run.source,
            line.identity.to_vec(),
            line.body.clone(),
            since,
            run.number,
        ]
    });
    let sql = format!(
        "INSERT INTO evidence (package_id, kind, version, source_id, identity, body, since, run_id) VALUES {}",
        sql::rows(fresh.len(), 8)
    );
    tx.run(&sql, values.collect()).await?;
    Ok(())
}

/// Ends the entries that this run did not show; call it only when the run read its source to the end.
///
/// Answers how many there were. Should the source show one again, it counts again, from the day it was first shown.
pub async fn end_missing(tx: &Tx, source_id: i64, run_id: i64, now: Timestamp) -> Result<u64, StoreError> {
    let gone = "source_id = $1 AND ended_at IS NULL AND (run_id IS NULL OR run_id <> $2) \
                AND NOT EXISTS (SELECT 1 FROM import_seen s WHERE s.run_id = $2 AND s.evidence_id = evidence.id)";
    let bump = format!("UPDATE packages SET epoch = epoch + 1 WHERE id IN (SELECT package_id FROM evidence WHERE {gone})");
    tx.run(&bump, values![source_id, run_id]).await?;
    let end = format!("UPDATE evidence SET ended_at = $3 WHERE {gone}");
    tx.run(&end, values![source_id, run_id, now.millis()]).await
}
