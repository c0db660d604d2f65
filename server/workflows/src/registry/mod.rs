//! The way from the official indexes: listings, judgements, answers and bytes.

pub mod answer;
pub(crate) mod arrival;
pub mod bytes;
pub mod dating;
pub mod decisions;
pub mod download;
pub mod judged;
pub mod listing;
pub mod passthrough;
pub mod traits;
pub mod upstream;

use std::sync::Arc;

use ::bytes::Bytes;
use moka::sync::Cache;
use vetmoot_domain::{Package, Timestamp};

use crate::limits::{ANSWERS_CACHE_BYTES, BLOBS_CACHE_BYTES, JUDGED_CACHE_ENTRIES, LISTINGS_CACHE_BYTES, STAGED_CACHE_BYTES};

/// What is kept in memory about the indexes; all of it can be lost at any time.
pub struct Registry {
    pub(crate) listings: Cache<Package, Arc<listing::Current>>,
    pub(crate) locks: Cache<Package, Arc<tokio::sync::Mutex<()>>>,
    pub(crate) negative: Cache<Package, Timestamp>,
    pub(crate) judged: Cache<judged::Key, Arc<judged::Judged>>,
    pub(crate) answers: moka::future::Cache<answer::AnswerKey, Bytes>,
    pub(crate) blobs: Cache<[u8; 32], Bytes>,
    pub(crate) downloads: download::Downloads,
    pub(crate) staged: Cache<Package, Arc<crate::submission::staging::Staged>>,
    pub(crate) known_bad: Cache<Package, Arc<crate::submission::staging::KnownBad>>,
    pub(crate) signatures: crate::submission::sign::Signatures,
}

impl Default for Registry {
    fn default() -> Self {
        let weight = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
        Self {
            listings: Cache::builder()
                .weigher(move |_, current: &Arc<listing::Current>| weight(current.listing.weight() + 256 * current.files.len()))
                .max_capacity(LISTINGS_CACHE_BYTES)
                .build(),
            locks: Cache::new(JUDGED_CACHE_ENTRIES),
            negative: Cache::new(JUDGED_CACHE_ENTRIES),
            judged: Cache::new(JUDGED_CACHE_ENTRIES),
            answers: moka::future::Cache::builder()
                .weigher(move |_, body: &Bytes| weight(body.len()))
                .max_capacity(ANSWERS_CACHE_BYTES)
                .build(),
            blobs: Cache::builder().weigher(move |_, body: &Bytes| weight(body.len())).max_capacity(BLOBS_CACHE_BYTES).build(),
            downloads: download::Downloads::default(),
            signatures: crate::submission::sign::Signatures::default(),
            known_bad: Cache::new(JUDGED_CACHE_ENTRIES),
            staged: Cache::builder()
                .weigher(move |_, staged: &Arc<crate::submission::staging::Staged>| weight(staged.listing.weight()))
                .max_capacity(STAGED_CACHE_BYTES)
                .build(),
        }
    }
}
