//! Taking a listing in: new artifacts are added, known ones only ever learn, and changed bytes are an incident.

use std::collections::HashMap;

use vetmoot_domain::{DateSource, Digests, Publisher, Timestamp, Version};

use super::TABLE;
use crate::error::StoreError;
use crate::limits::BULK_ROWS_MAX;
use crate::packages;
use crate::reads::Tx;
use crate::sql::{self, values};

/// An artifact as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenArtifact {
    /// Its release's version.
    pub version: Version,
    /// The file's name, on indexes that publish several files a release.
    pub file_name: Option<String>,
    /// The digests the listing gives; may be empty.
    pub digests: Digests,
    /// The size in bytes, when the listing says.
    pub size: Option<u64>,
    /// Where the bytes are.
    pub url: String,
    /// When it was published, when that is known.
    pub published: Option<Timestamp>,
    /// Who says when it was published; a date without a source is the listing's own.
    pub date_source: Option<DateSource>,
    /// Who published it, when the listing says.
    pub publisher: Option<Publisher>,
}

/// Other bytes under a known name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestChange {
    /// The artifact's row.
    pub artifact_id: i64,
    /// What it is called among the artifacts of its package.
    pub key: String,
    /// The digests pinned first.
    pub pinned: Digests,
    /// The digests seen now.
    pub seen: Digests,
}

/// What a listing brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Merged {
    /// Artifacts never seen before.
    pub new: usize,
    /// Known artifacts that gained a digest, a date, a publisher, a size or another address.
    pub learned: usize,
    /// Known names under which other bytes were seen for the first time now; each is an open incident.
    pub changed: Vec<DigestChange>,
}

/// What is known of an artifact before the listing is taken in.
struct Known {
    id: i64,
    digests: Digests,
    size: Option<i64>,
    url: String,
    published: Option<i64>,
    date_source: Option<DateSource>,
    publisher: Option<String>,
}

/// Takes a package's listing in: one read, bulk inserts, and updates only of rows that changed.
///
/// `first_listing` is whether this instance never read one of the package before: then undated artifacts are
/// present at first sight, while one that turns up undated later is dated by this reading. A first-seen digest never
/// changes. The package's epoch moves when anything did.
pub async fn merge_listing(
    tx: &Tx,
    package_id: i64,
    entries: &[SeenArtifact],
    now: Timestamp,
    first_listing: bool,
) -> Result<Merged, StoreError> {
    let known = known(tx, package_id).await?;
    let mut merged = Merged::default();
    let mut fresh: HashMap<(&str, &str), usize> = HashMap::new();
    let mut new: Vec<SeenArtifact> = Vec::new();
    for entry in entries {
        let key = (entry.version.as_str(), entry.file_name.as_deref().unwrap_or_default());
        if let Some(known) = known.get(&(key.0.to_owned(), key.1.to_owned())) {
            take_in(tx, known, entry, now, &mut merged).await?;
        } else if let Some(twin) = fresh.get(&key).and_then(|&at| new.get_mut(at)) {
            // The same name twice in one listing: the first stands, as it would if the second came a day later.
            twin.digests.learn(&entry.digests);
        } else {
            fresh.insert(key, new.len());
            new.push(entry.clone());
        }
    }
    for chunk in new.chunks(BULK_ROWS_MAX) {
        insert(tx, package_id, chunk, now, first_listing).await?;
    }
    merged.new = new.len();
    if merged.new + merged.learned + merged.changed.len() > 0 {
        packages::bump_epoch(tx, package_id).await?;
    }
    packages::mark_listed(tx, package_id, now).await?;
    Ok(merged)
}

async fn known(tx: &Tx, package_id: i64) -> Result<HashMap<(String, String), Known>, StoreError> {
    let sql = "SELECT id, version, file_name, sha256, sha512, size, url, published_at, date_source, publisher \
               FROM artifacts WHERE package_id = $1";
    let rows = tx.all(sql, values![package_id]).await?;
    let mut known = HashMap::with_capacity(rows.len());
    for row in rows {
        let one = Known {
            id: row.get(0)?,
            digests: row.digests(TABLE, 3, 4)?,
            size: row.get(5)?,
            url: row.get(6)?,
            published: row.get(7)?,
            date_source: row.word_if(TABLE, 8)?,
            publisher: row.get(9)?,
        };
        known.insert((row.get(1)?, row.get(2)?), one);
    }
    Ok(known)
}

/// How much a source of dates is worth: a date once given by a better source is never replaced by another.
fn weight(source: DateSource) -> u8 {
    match source {
        DateSource::FirstSeen => 0,
        DateSource::FileHeader => 1,
        DateSource::Index => 2,
    }
}

async fn take_in(tx: &Tx, known: &Known, entry: &SeenArtifact, now: Timestamp, merged: &mut Merged) -> Result<(), StoreError> {
    if known.digests.contradicts(&entry.digests) {
        let change = DigestChange {
            artifact_id: known.id,
            key: super::key(&entry.version, entry.file_name.as_deref()),
            pinned: known.digests.clone(),
            seen: entry.digests.clone(),
        };
        // Nothing else of a listing that shows other bytes is believed about this artifact.
        if note_incident(tx, known.id, &change.pinned, &change.seen, now).await? {
            merged.changed.push(change);
        }
        return Ok(());
    }
    let mut digests = known.digests.clone();
    digests.learn(&entry.digests);
    // A date is kept once the index gave it: an index that dates a file back later would let it past the age gate.
    let dated = entry.published.map(|at| (at, entry.date_source.unwrap_or(DateSource::Index)));
    let dated = dated.filter(|(_, source)| known.date_source.is_none_or(|before| weight(*source) > weight(before)));
    let size = known.size.or(entry.size.map(sql::int));
    let publisher = known.publisher.clone().or_else(|| entry.publisher.as_ref().map(ToString::to_string));
    let same = digests == known.digests
        && dated.is_none()
        && size == known.size
        && publisher == known.publisher
        && entry.url == known.url;
    if same {
        return Ok(());
    }
    let (sha256, sha512) = sql::digest_columns(&digests);
    let published = dated.map(|(at, _)| at.millis()).or(known.published);
    let source = dated.map(|(_, source)| source).or(known.date_source).map(DateSource::as_str);
    let sql = "UPDATE artifacts SET sha256 = $1, sha512 = $2, size = $3, url = $4, published_at = $5, date_source = $6, \
               publisher = $7 WHERE id = $8";
    tx.run(sql, values![sha256, sha512, size, entry.url.clone(), published, source, publisher, known.id]).await?;
    merged.learned += 1;
    Ok(())
}

async fn insert(
    tx: &Tx,
    package_id: i64,
    entries: &[SeenArtifact],
    now: Timestamp,
    first_listing: bool,
) -> Result<(), StoreError> {
    let values = entries.iter().flat_map(|entry| {
        let (sha256, sha512) = sql::digest_columns(&entry.digests);
        let (published, source) = match entry.published {
            Some(at) => (Some(at.millis()), Some(entry.date_source.unwrap_or(DateSource::Index).as_str())),
            None if first_listing => (None, None),
            None => (Some(now.millis()), Some(DateSource::FirstSeen.as_str())),
        };
        values![
            package_id,
            entry.version.as_str(),
            entry.file_name.clone().unwrap_or_default(),
            sha256,
            sha512,
            entry.size.map(sql::int),
            entry.url.clone(),
            published,
            source,
            now.millis(),
            i64::from(first_listing),
            entry.publisher.as_ref().map(ToString::to_string),
        ]
    });
    let sql = format!(
        "INSERT INTO artifacts (package_id, version, file_name, sha256, sha512, size, url, published_at, date_source, \
         first_seen_at, present_at_first_sight, publisher) VALUES {}",
        sql::rows(entries.len(), 12)
    );
    tx.run(&sql, values.collect()).await?;
    Ok(())
}

/// Records an incident unless the same bytes were noticed before, be it by another of their digests; answers whether it is
/// new.
pub async fn note_incident(
    tx: &Tx,
    artifact_id: i64,
    pinned: &Digests,
    seen: &Digests,
    now: Timestamp,
) -> Result<bool, StoreError> {
    for row in tx.all("SELECT seen FROM incidents WHERE artifact_id = $1", values![artifact_id]).await? {
        let before: Digests = row.json("incidents", 0)?;
        if !before.contradicts(seen) && before.iter().any(|digest| seen.has(&digest)) {
            return Ok(false);
        }
    }
    let sql = "INSERT INTO incidents (artifact_id, noticed_at, pinned, seen) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (artifact_id, seen) DO NOTHING";
    let pinned = sql::json("incidents", pinned)?;
    let seen = sql::json("incidents", seen)?;
    Ok(tx.run(sql, values![artifact_id, now.millis(), pinned, seen]).await? > 0)
}
