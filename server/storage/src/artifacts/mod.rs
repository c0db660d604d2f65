//! Artifacts: the published files of a package, each with the digest that was seen first and stays for ever.

mod merge;
mod released;

use vetmoot_domain::{Artifact, DateSource, Digest, Digests, Incident, Package, PublishTime, Publisher, Timestamp, Version};

use crate::error::StoreError;
use crate::packages;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

pub use merge::{DigestChange, Merged, SeenArtifact, merge_listing};
pub use released::{ReleasedFile, contradict_released, pin_released};

/// A known artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactRow {
    /// The row's number.
    pub id: i64,
    /// Its release's version.
    pub version: Version,
    /// The file's name, on indexes that publish several files a release.
    pub file_name: Option<String>,
    /// The digests pinned when it was first seen, and those learned since.
    pub digests: Digests,
    /// Its size in bytes, when the index says.
    pub size: Option<u64>,
    /// Where its bytes are; as the index said last.
    pub url: String,
    /// When it was published, when that is known.
    pub published: Option<Timestamp>,
    /// Who says when it was published.
    pub date_source: Option<DateSource>,
    /// When a listing with it was first read here.
    pub first_seen_at: Timestamp,
    /// It stood in the first listing this instance ever read of its package.
    pub present_at_first_sight: bool,
    /// Who published it, when that is known.
    pub publisher: Option<Publisher>,
    /// The open incident, when other bytes were seen under its name.
    pub incident: Option<Incident>,
    /// Its bytes are in the blob store (as far as its table of blobs says).
    pub stored: bool,
}

impl ArtifactRow {
    /// The artifact's identity within `package`.
    pub fn artifact(&self, package: &Package) -> Artifact {
        package.release(self.version.clone()).artifact(self.file_name.as_deref())
    }
    /// What it is called among the artifacts of its package: its file name, or its version where a release is one file.
    pub fn key(&self) -> String {
        key(&self.version, self.file_name.as_deref())
    }
    /// The publish time as a judgement takes it.
    pub fn publish_time(&self) -> PublishTime {
        match (self.published, self.date_source) {
            (Some(at), Some(source)) => PublishTime::Dated { at, source },
            _ if self.present_at_first_sight => PublishTime::PresentAtFirstSight,
            _ => PublishTime::Unknown,
        }
    }
}

/// What an artifact is called among those of its package: its file name, or its version where a release is one file.
pub fn key(version: &Version, file_name: Option<&str>) -> String {
    file_name.map_or_else(|| version.to_string(), str::to_owned)
}

const TABLE: &str = "artifacts";
const SELECT: &str = "SELECT a.id, a.version, a.file_name, a.sha256, a.sha512, a.size, a.url, a.published_at, a.date_source, \
    a.first_seen_at, a.present_at_first_sight, a.publisher, i.noticed_at, i.pinned, i.seen, b.size \
    FROM artifacts a \
    LEFT JOIN incidents i ON i.id = (SELECT MIN(o.id) FROM incidents o WHERE o.artifact_id = a.id AND o.closed_at IS NULL) \
    LEFT JOIN blobs b ON b.sha256 = a.sha256";

fn row(row: &Row) -> Result<ArtifactRow, StoreError> {
    let file_name: String = row.get(2)?;
    Ok(ArtifactRow {
        id: row.get(0)?,
        version: row.word(TABLE, 1)?,
        file_name: (!file_name.is_empty()).then_some(file_name),
        digests: row.digests(TABLE, 3, 4)?,
        size: row.get::<Option<i64>>(5)?.map(sql::count),
        url: row.get(6)?,
        published: row.moment_if(7)?,
        date_source: row.word_if(TABLE, 8)?,
        first_seen_at: row.moment(9)?,
        present_at_first_sight: row.get::<i64>(10)? != 0,
        publisher: row.word_if(TABLE, 11)?,
        incident: incident(row)?,
        stored: row.get::<Option<i64>>(15)?.is_some(),
    })
}

fn incident(row: &Row) -> Result<Option<Incident>, StoreError> {
    let Some(noticed) = row.moment_if(12)? else { return Ok(None) };
    Ok(Some(Incident { noticed, pinned: row.json("incidents", 13)?, seen: row.json("incidents", 14)? }))
}

/// Every artifact of a package, in the order in which they were first seen.
pub async fn of_package(reads: &impl Reads, package_id: i64) -> Result<Vec<ArtifactRow>, StoreError> {
    let sql = format!("{SELECT} WHERE a.package_id = $1 ORDER BY a.id");
    reads.handle().all(&sql, values![package_id]).await?.iter().map(row).collect()
}

/// The artifact with this row number, and its package.
pub async fn by_id(reads: &impl Reads, id: i64) -> Result<Option<(packages::PackageRow, ArtifactRow)>, StoreError> {
    let Some(found) = reads.handle().one(&format!("{SELECT} WHERE a.id = $1"), values![id]).await? else {
        return Ok(None);
    };
    let sql = "SELECT package_id FROM artifacts WHERE id = $1";
    let owner = reads.handle().one(sql, values![id]).await?.ok_or_else(|| StoreError::missing("artifact"))?;
    let package = packages::by_id(reads, owner.get(0)?).await?.ok_or_else(|| StoreError::missing("package"))?;
    Ok(Some((package, row(&found)?)))
}

/// The artifacts with this SHA-256, wherever they were published.
pub async fn with_digest(reads: &impl Reads, sha256: &[u8; 32]) -> Result<Vec<(Package, ArtifactRow)>, StoreError> {
    let sql = format!("{SELECT} WHERE a.sha256 = $1 ORDER BY a.id LIMIT 100");
    let rows = reads.handle().all(&sql, values![sha256.to_vec()]).await?;
    let mut found = Vec::with_capacity(rows.len());
    for artifact in rows.iter().map(row) {
        let artifact = artifact?;
        if let Some((package, artifact)) = by_id(reads, artifact.id).await? {
            found.push((package.package, artifact));
        }
    }
    Ok(found)
}

/// The SHA-256 pinned for an artifact, when one is known.
pub async fn sha256_of(reads: &impl Reads, artifact_id: i64) -> Result<Option<[u8; 32]>, StoreError> {
    let sql = "SELECT sha256, sha512 FROM artifacts WHERE id = $1";
    let found = reads.handle().one(sql, values![artifact_id]).await?;
    found.map_or(Ok(None), |row| Ok(row.digests(TABLE, 0, 1)?.sha256))
}

/// Adds digests of algorithms not known yet of this artifact; answers whether anything was learned.
///
/// What is known stays for ever: digests that contradict it teach nothing (see [`set_incident`]).
pub async fn learn_digests(tx: &Tx, artifact_id: i64, seen: &Digests) -> Result<bool, StoreError> {
    let (package_id, before) = pinned(tx, artifact_id).await?;
    let mut digests = before.clone();
    if digests.contradicts(seen) {
        return Ok(false);
    }
    digests.learn(seen);
    if digests == before {
        return Ok(false);
    }
    let (sha256, sha512) = sql::digest_columns(&digests);
    let sql = "UPDATE artifacts SET sha256 = $1, sha512 = $2 WHERE id = $3";
    tx.run(sql, values![sha256, sha512, artifact_id]).await?;
    packages::bump_epoch(tx, package_id).await?;
    Ok(true)
}

async fn pinned(tx: &Tx, artifact_id: i64) -> Result<(i64, Digests), StoreError> {
    let sql = "SELECT package_id, sha256, sha512 FROM artifacts WHERE id = $1";
    let found = tx.one(sql, values![artifact_id]).await?.ok_or_else(|| StoreError::missing("artifact"))?;
    Ok((found.get(0)?, found.digests(TABLE, 1, 2)?))
}

/// Records that other bytes than the pinned ones were seen under an artifact's name; answers whether that is new.
pub async fn set_incident(tx: &Tx, artifact_id: i64, seen: &Digests, now: Timestamp) -> Result<bool, StoreError> {
    let (package_id, digests) = pinned(tx, artifact_id).await?;
    let new = merge::note_incident(tx, artifact_id, &digests, seen, now).await?;
    if new {
        packages::bump_epoch(tx, package_id).await?;
    }
    Ok(new)
}

/// Dates an artifact by its file's `Last-Modified`, unless the index dates it; answers whether that was news.
pub async fn set_file_date(tx: &Tx, artifact_id: i64, at: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE artifacts SET published_at = $1, date_source = $2 \
               WHERE id = $3 AND (date_source IS NULL OR date_source = $4)";
    let weaker = DateSource::FirstSeen.as_str();
    let changed = tx.run(sql, values![at.millis(), DateSource::FileHeader.as_str(), artifact_id, weaker]).await?;
    if changed > 0 {
        let bump = "UPDATE packages SET epoch = epoch + 1 WHERE id = (SELECT package_id FROM artifacts WHERE id = $1)";
        tx.run(bump, values![artifact_id]).await?;
    }
    Ok(changed > 0)
}

/// Notes who published an artifact, when that was not known; answers whether it was news.
pub async fn set_publisher(tx: &Tx, artifact_id: i64, publisher: &Publisher) -> Result<bool, StoreError> {
    let sql = "UPDATE artifacts SET publisher = $1 WHERE id = $2 AND publisher IS NULL";
    let changed = tx.run(sql, values![publisher.as_str(), artifact_id]).await?;
    if changed > 0 {
        let bump = "UPDATE packages SET epoch = epoch + 1 WHERE id = (SELECT package_id FROM artifacts WHERE id = $1)";
        tx.run(bump, values![artifact_id]).await?;
    }
    Ok(changed > 0)
}

/// How the artifacts known here came to their dates: counts by source; none stands for undated.
pub async fn count_by_date_source(reads: &impl Reads) -> Result<Vec<(Option<DateSource>, u64)>, StoreError> {
    let sql = "SELECT date_source, COUNT(*) FROM artifacts GROUP BY date_source ORDER BY date_source";
    let rows = reads.handle().all(sql, Vec::new()).await?;
    rows.iter().map(|row| Ok((row.word_if(TABLE, 0)?, sql::count(row.get(1)?)))).collect()
}

/// Whether any artifact of this package carries one of these digests; what makes an unbound statement bound.
pub fn carries(artifacts: &[ArtifactRow], digest: &Digest) -> bool {
    artifacts.iter().any(|artifact| artifact.digests.has(digest))
}
