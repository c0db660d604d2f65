//! Pinning what this community releases: the vetted digests are the first that were seen, whatever an index shows later.

use vetmoot_domain::{DateSource, Digests, Timestamp, Version};

use super::TABLE;
use super::merge::note_incident;
use crate::error::StoreError;
use crate::packages;
use crate::reads::Tx;
use crate::sql::{self, values};

/// A file of a release of this community's, as it stands among the artifacts of its package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleasedFile<'a> {
    /// The version as its index spells it.
    pub version: &'a Version,
    /// The file's name, on indexes that publish several files a release.
    pub file_name: Option<&'a str>,
    /// The digests of the vetted bytes.
    pub digests: &'a Digests,
    /// The size of the vetted bytes.
    pub size: u64,
    /// Where the index serves it; empty when it does not say.
    pub url: &'a str,
    /// When the vetted bytes were first seen here: handed in.
    pub seen_at: Timestamp,
}

/// Pins the vetted digests as those of the artifact, which is added when no listing brought it yet; answers its row number.
///
/// Other digests that a listing brought after the vetted bytes were seen give way; those that were here before stay.
pub async fn pin_released(tx: &Tx, package_id: i64, file: &ReleasedFile<'_>, now: Timestamp) -> Result<i64, StoreError> {
    let name = file.file_name.unwrap_or_default();
    // A file name says which version it is of, however the index spells that.
    let sql = "SELECT id, sha256, sha512, first_seen_at FROM artifacts \
               WHERE package_id = $1 AND file_name = $2 AND (version = $3 OR file_name <> '') ORDER BY id LIMIT 1";
    let id = match tx.one(sql, values![package_id, name, file.version.as_str()]).await? {
        None => insert(tx, package_id, file, now).await?,
        Some(row) => {
            let (id, pinned, since) = (row.get(0)?, row.digests(TABLE, 1, 2)?, row.moment(3)?);
            let mut digests = pinned.clone();
            if !pinned.contradicts(file.digests) {
                digests.learn(file.digests);
            } else if since >= file.seen_at {
                digests = file.digests.clone();
            }
            if digests == pinned {
                return Ok(id);
            }
            let (sha256, sha512) = sql::digest_columns(&digests);
            tx.run("UPDATE artifacts SET sha256 = $1, sha512 = $2 WHERE id = $3", values![sha256, sha512, id]).await?;
            id
        }
    };
    packages::bump_epoch(tx, package_id).await?;
    Ok(id)
}

async fn insert(tx: &Tx, package_id: i64, file: &ReleasedFile<'_>, now: Timestamp) -> Result<i64, StoreError> {
    let (sha256, sha512) = sql::digest_columns(file.digests);
    // Dated by this moment until the index says better, as any release that turns up undated.
    let sql = "INSERT INTO artifacts (package_id, version, file_name, sha256, sha512, size, url, published_at, date_source, \
               first_seen_at, present_at_first_sight) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id";
    let values = values![
        package_id,
        file.version.as_str(),
        file.file_name.unwrap_or_default(),
        sha256,
        sha512,
        sql::int(file.size),
        file.url,
        now.millis(),
        DateSource::FirstSeen.as_str(),
        now.millis(),
        0_i64,
    ];
    tx.one(sql, values).await?.ok_or_else(|| StoreError::missing("artifact"))?.get(0)
}

/// Opens an incident: the index shows other bytes than those that were released under the name. Answers whether it is new.
pub async fn contradict_released(
    tx: &Tx,
    package_id: i64,
    file: &ReleasedFile<'_>,
    seen: &Digests,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let id = pin_released(tx, package_id, file, now).await?;
    let new = note_incident(tx, id, file.digests, seen, now).await?;
    packages::bump_epoch(tx, package_id).await?;
    Ok(new)
}
