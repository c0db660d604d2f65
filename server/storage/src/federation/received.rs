//! Statements of followed communities as they arrive, by bulk: their rows, and the evidence of those that are audits.

use std::collections::{BTreeSet, HashMap};

use vetmoot_domain::{Advisory, Audit, AuditForm, Ecosystem, Package, Timestamp};

use super::statements::{self, NewStatement};
use crate::error::StoreError;
use crate::evidence::{Kind, Said};
use crate::limits::BULK_ROWS_MAX;
use crate::packages;
use crate::reads::{Reads, Tx};
use crate::sql::{self, values};

/// A statement of another community, verified and new.
#[derive(Debug, Clone, PartialEq)]
pub struct NewReceived {
    /// The statement; the row of its package is found here.
    pub statement: NewStatement,
    /// Its author as reasons show it: `name@host`.
    pub author_shown: String,
    /// What it says, when it is an audit that can be read.
    pub audit: Option<Audit>,
    /// What it says, when it is an advisory that can be read.
    pub advisory: Option<Advisory>,
    /// The package whose candidate it is about, when it is neither; it is shown there and weighs nothing.
    pub about: Option<Package>,
    /// Whether it counts; what a blocked author says is kept and weighs nothing.
    pub counts: bool,
}

impl NewReceived {
    fn package(&self) -> Option<&Package> {
        let audited = self.audit.as_ref().map(|audit| &audit.package);
        audited.or(self.advisory.as_ref().map(|advisory| &advisory.package)).or(self.about.as_ref())
    }
}

/// Takes new statements of a source in: their rows, the evidence of those that are audits or advisories, and their
/// packages' epochs.
///
/// None of their ids may be known; see [`statements::by_uris`]. Packages nobody knew get their rows.
pub async fn insert(tx: &Tx, source_id: i64, new: &mut [NewReceived], now: Timestamp) -> Result<(), StoreError> {
    let wanted: BTreeSet<&Package> = new.iter().filter_map(NewReceived::package).collect();
    let wanted: Vec<Package> = wanted.into_iter().cloned().collect();
    packages::ensure_all(tx, &wanted, now).await?;
    let ids = package_ids(tx, &wanted).await?;
    for one in new.iter_mut() {
        one.statement.package_id = one.package().map(|package| id_of(&ids, package)).transpose()?;
    }
    for chunk in new.chunks(BULK_ROWS_MAX) {
        let rows: Vec<NewStatement> = chunk.iter().map(|one| one.statement.clone()).collect();
        if statements::insert_all(tx, &rows).await?.len() != rows.len() {
            return Err(StoreError::Taken { what: "the id of a statement".to_owned() });
        }
        insert_evidence(tx, source_id, chunk, now).await?;
    }
    let mut touched: Vec<i64> = ids.into_values().collect();
    touched.sort_unstable();
    packages::bump_epochs(tx, &touched).await
}

/// What kind of a statement weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Weighs {
    /// An audit.
    Audit,
    /// An advisory.
    Advisory,
}

/// How many statements of a source count for each of these packages at present; a package without one is left out.
pub async fn counting(
    reads: &impl Reads,
    source_id: i64,
    weighs: Weighs,
    packages: &[&Package],
) -> Result<HashMap<Package, u64>, StoreError> {
    let kind = match weighs {
        Weighs::Audit => Kind::Peer,
        Weighs::Advisory => Kind::PeerAdvisory,
    };
    let mut counts = HashMap::new();
    for &ecosystem in Ecosystem::ALL {
        let names: Vec<&str> =
            packages.iter().filter(|one| one.ecosystem() == ecosystem).map(|one| one.name().as_str()).collect();
        for chunk in names.chunks(BULK_ROWS_MAX) {
            // The pluses keep the databases on the indexes of names and packages: a source may have a million rows.
            let sql = format!(
                "SELECT p.ecosystem, p.name, COUNT(*) FROM packages p JOIN evidence e ON e.package_id = p.id \
                 WHERE p.ecosystem = $1 AND p.name IN ({}) AND +e.source_id = $2 AND e.kind = $3 AND e.ended_at IS NULL \
                 GROUP BY p.ecosystem, p.name",
                sql::list(4, chunk.len())
            );
            let mut values = values![ecosystem.as_str(), source_id, kind.as_str()];
            values.extend(chunk.iter().map(|&name| sea_orm::Value::from(name)));
            for row in reads.handle().all(&sql, values).await? {
                counts.insert(row.package(0, 1)?, sql::count(row.get(2)?));
            }
        }
    }
    Ok(counts)
}

async fn package_ids(tx: &Tx, wanted: &[Package]) -> Result<HashMap<Package, i64>, StoreError> {
    let mut ids = HashMap::with_capacity(wanted.len());
    for &ecosystem in Ecosystem::ALL {
        let names: Vec<&str> =
            wanted.iter().filter(|one| one.ecosystem() == ecosystem).map(|one| one.name().as_str()).collect();
        for chunk in names.chunks(BULK_ROWS_MAX) {
            let sql = format!(
                "SELECT id, ecosystem, name FROM packages WHERE ecosystem = $1 AND name IN ({})",
                sql::list(2, chunk.len())
            );
            let mut values = values![ecosystem.as_str()];
            values.extend(chunk.iter().map(|&name| sea_orm::Value::from(name)));
            for row in tx.all(&sql, values).await? {
                ids.insert(row.package(1, 2)?, row.get(0)?);
            }
        }
    }
    Ok(ids)
}

fn id_of(ids: &HashMap<Package, i64>, package: &Package) -> Result<i64, StoreError> {
    ids.get(package).copied().ok_or_else(|| StoreError::missing(format!("row of {package}")))
}

async fn insert_evidence(tx: &Tx, source_id: i64, chunk: &[NewReceived], now: Timestamp) -> Result<(), StoreError> {
    let mut values = Vec::new();
    let mut rows = 0;
    for one in chunk {
        let (kind, version, body) = match (&one.audit, &one.advisory) {
            (Some(audit), _) => {
                let said = Said {
                    statement: Some(one.statement.uri.clone()),
                    authors: vec![one.author_shown.clone()],
                    recorded: Some(one.statement.published_at.millis()),
                    form: AuditForm::from(audit),
                };
                let version = audit.release().map(|release| release.version.to_string());
                (Kind::Peer, version, sql::json("evidence", &said)?)
            }
            (None, Some(advisory)) => (Kind::PeerAdvisory, None, sql::json("evidence", advisory)?),
            (None, None) => continue,
        };
        values.extend(values![
            one.statement.package_id,
            kind.as_str(),
            version,
            source_id,
            one.statement.digest.to_vec(),
            body,
            now.millis(),
            (!one.counts).then_some(now.millis()),
        ]);
        rows += 1;
    }
    if rows == 0 {
        return Ok(());
    }
    let sql = format!(
        "INSERT INTO evidence (package_id, kind, version, source_id, identity, body, since, ended_at) VALUES {}",
        sql::rows(rows, 8)
    );
    tx.run(&sql, values).await?;
    Ok(())
}

/// Forgets our copy of another's log and the places of its statements, so that it is read from its beginning again; the
/// statements themselves and the contradictions seen stay.
pub async fn forget_log(tx: &Tx, log_id: i64, source_id: i64) -> Result<(), StoreError> {
    tx.run("DELETE FROM log_leaves WHERE log_id = $1", values![log_id]).await?;
    tx.run("DELETE FROM log_hashes WHERE log_id = $1", values![log_id]).await?;
    let reset = "UPDATE logs SET size = 0, root = NULL, note = NULL, seen_at = NULL WHERE id = $1 AND own = 0";
    tx.run(reset, values![log_id]).await?;
    tx.run("UPDATE statements SET leaf = NULL WHERE source_id = $1 AND leaf IS NOT NULL", values![source_id]).await?;
    Ok(())
}

/// How many other records are kept under an id.
pub async fn equivocations_of(reads: &impl Reads, uri: &str) -> Result<u64, StoreError> {
    let found = reads.handle().one("SELECT COUNT(*) FROM equivocations WHERE uri = $1", values![uri]).await?;
    found.map_or(Ok(0), |row| Ok(sql::count(row.get(0)?)))
}

/// How many ids on an origin stand for more than one record.
pub async fn equivocations_on(reads: &impl Reads, origin: &str) -> Result<u64, StoreError> {
    let sql = "SELECT COUNT(DISTINCT uri) FROM equivocations WHERE uri LIKE $1 ESCAPE '\\'";
    let found = reads.handle().one(sql, values![format!("{}/%", sql::like_literal(origin))]).await?;
    found.map_or(Ok(0), |row| Ok(sql::count(row.get(0)?)))
}
