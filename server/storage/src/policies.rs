//! Policies: their exact bytes under their digest, and which of them each slug points to.

use vetmoot_domain::{Adoption, PolicyDigest, Slug, Timestamp};

use crate::error::StoreError;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// An adopted policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRow {
    /// Its slug.
    pub slug: Slug,
    /// The digest of its bytes.
    pub digest: PolicyDigest,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// How it is applied.
    pub mode: Adoption,
    /// The number of this revision, from 1.
    pub revision: u32,
    /// When it was adopted.
    pub adopted_at: Timestamp,
    /// Who adopted it: a member's name, or what stands for the instance itself.
    pub adopted_by: String,
}

const TABLE: &str = "policies";
const SELECT: &str = "SELECT p.slug, p.digest, t.bytes, p.mode, p.revision, p.adopted_at, p.adopted_by \
    FROM policies p JOIN policy_texts t ON t.digest = p.digest";

fn digest(row: &Row, column: usize) -> Result<PolicyDigest, StoreError> {
    let bytes: [u8; 32] = row.bytes(TABLE, column)?;
    sql::read_word(TABLE, &format!("sha256:{}", hex::encode(bytes)))
}

fn row(row: &Row) -> Result<PolicyRow, StoreError> {
    Ok(PolicyRow {
        slug: row.word(TABLE, 0)?,
        digest: digest(row, 1)?,
        bytes: row.get(2)?,
        mode: row.word(TABLE, 3)?,
        revision: u32::try_from(row.get::<i64>(4)?).map_err(|error| StoreError::unreadable(TABLE, error))?,
        adopted_at: row.moment(5)?,
        adopted_by: row.get(6)?,
    })
}

/// Points a slug to these bytes; answers the revision's number. Adopting again what is adopted makes no new revision.
pub async fn adopt(
    tx: &Tx,
    slug: &Slug,
    digest: &PolicyDigest,
    bytes: &[u8],
    mode: Adoption,
    by: &str,
    now: Timestamp,
) -> Result<u32, StoreError> {
    let before = by_slug(tx, slug).await?;
    if let Some(before) = before.as_ref().filter(|before| before.digest == *digest && before.mode == mode) {
        return Ok(before.revision);
    }
    if keep_text(tx, bytes, now).await? != *digest {
        return Err(StoreError::unreadable(TABLE, format!("the bytes to be adopted are not those of {digest}")));
    }
    let revision = before.map_or(1, |before| before.revision.saturating_add(1));
    let key = digest.bytes().to_vec();
    let sql = "INSERT INTO policies (slug, digest, mode, revision, adopted_at, adopted_by) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (slug) DO UPDATE SET digest = excluded.digest, mode = excluded.mode, revision = excluded.revision, \
               adopted_at = excluded.adopted_at, adopted_by = excluded.adopted_by";
    tx.run(sql, values![slug.as_str(), key.clone(), mode.as_str(), i64::from(revision), now.millis(), by]).await?;
    let sql =
        "INSERT INTO policy_revisions (slug, revision, digest, mode, adopted_at, adopted_by) VALUES ($1, $2, $3, $4, $5, $6)";
    tx.run(sql, values![slug.as_str(), i64::from(revision), key, mode.as_str(), now.millis(), by]).await?;
    Ok(revision)
}

/// Keeps a policy's bytes under their digest without adopting it; what an adopted one `extends` has to be kept.
pub async fn keep_text(tx: &Tx, bytes: &[u8], now: Timestamp) -> Result<PolicyDigest, StoreError> {
    let digest = PolicyDigest::of(bytes);
    let sql = "INSERT INTO policy_texts (digest, bytes, first_seen_at) VALUES ($1, $2, $3) ON CONFLICT (digest) DO NOTHING";
    tx.run(sql, values![digest.bytes().to_vec(), bytes.to_vec(), now.millis()]).await?;
    Ok(digest)
}

/// The policy a slug points to.
pub async fn by_slug(reads: &impl Reads, slug: &Slug) -> Result<Option<PolicyRow>, StoreError> {
    reads.handle().one(&format!("{SELECT} WHERE p.slug = $1"), values![slug.as_str()]).await?.as_ref().map(row).transpose()
}

/// The bytes of a policy known here by its digest, adopted or not.
pub async fn by_digest(reads: &impl Reads, digest: &PolicyDigest) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT bytes FROM policy_texts WHERE digest = $1";
    reads.handle().one(sql, values![digest.bytes().to_vec()]).await?.map(|row| row.get(0)).transpose()
}

/// Every adopted policy, by slug.
pub async fn all(reads: &impl Reads) -> Result<Vec<PolicyRow>, StoreError> {
    reads.handle().all(&format!("{SELECT} ORDER BY p.slug"), Vec::new()).await?.iter().map(row).collect()
}

/// The revisions of a slug with their bytes, newest first.
pub async fn revisions(reads: &impl Reads, slug: &Slug) -> Result<Vec<PolicyRow>, StoreError> {
    let sql = "SELECT p.slug, p.digest, t.bytes, p.mode, p.revision, p.adopted_at, p.adopted_by \
               FROM policy_revisions p JOIN policy_texts t ON t.digest = p.digest WHERE p.slug = $1 ORDER BY p.revision DESC";
    reads.handle().all(sql, values![slug.as_str()]).await?.iter().map(row).collect()
}
