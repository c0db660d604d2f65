//! Every bound the workflows keep, in one place.

use std::time::Duration;

use vetmoot_domain::Span;

/// How long a listing counts as fresh before upstream is asked again (with `If-None-Match`), unless configured.
pub const LISTING_FRESH: Span = Span::from_millis(120_000);
/// How long a name that upstream does not know is not asked for again.
pub const NEGATIVE_FRESH: Span = Span::from_millis(60_000);
/// Largest index document read, in bytes.
pub const LISTING_BYTES_MAX: u64 = 64 << 20;
/// Largest `config.json` of a cargo index read, in bytes.
pub const CONFIG_BYTES_MAX: u64 = 64 << 10;
/// Largest artifact fetched, in bytes.
pub const ARTIFACT_BYTES_MAX: u64 = 4 << 30;
/// Largest core-metadata file fetched, in bytes.
pub const METADATA_BYTES_MAX: u64 = 8 << 20;
/// Largest pass-through answer (npm audit, keys, attestations), in bytes.
pub const PASSTHROUGH_BYTES_MAX: u64 = 16 << 20;
/// Longest wait for a whole index document.
pub const LISTING_TIMEOUT: Duration = Duration::from_mins(1);
/// Longest wait for a whole artifact.
pub const ARTIFACT_TIMEOUT: Duration = Duration::from_mins(30);
/// Longest silence in the middle of any answer.
pub const STALL_TIMEOUT: Duration = Duration::from_secs(20);
/// Memory for parsed listings, in bytes.
pub const LISTINGS_CACHE_BYTES: u64 = 192 << 20;
/// Memory for composed answers, in bytes.
pub const ANSWERS_CACHE_BYTES: u64 = 128 << 20;
/// Memory for small artifacts that are asked for again and again, in bytes.
pub const BLOBS_CACHE_BYTES: u64 = 64 << 20;
/// Largest artifact kept in memory, in bytes.
pub const BLOB_IN_MEMORY_MAX: u64 = 16 << 20;
/// Judged packages kept in memory.
pub const JUDGED_CACHE_ENTRIES: u64 = 20_000;
/// Bytes of a streaming download that clients do not get before its digest was checked.
pub const HELD_BACK_BYTES: u64 = 64 << 10;
/// Undated files of one listing whose `Last-Modified` is asked for, newest first.
pub const DATED_BY_HEADER_MAX: usize = 12;
/// Most purls in one decisions request.
pub const PURLS_MAX: usize = 1_000;
/// Largest source of evidence fetched, in bytes.
pub const IMPORT_BYTES_MAX: u64 = 2 << 30;
/// Entries of an import written in one transaction: others get to write in between.
pub const IMPORT_CHUNK: usize = 2_000;
/// Folders inside each other that are walked for OSV records.
pub const OSV_DEPTH_MAX: usize = 8;
/// Largest file of one OSV record, in bytes.
pub const OSV_FILE_BYTES_MAX: u64 = 8 << 20;
/// Largest piece of a file read or sent at once, in bytes.
pub const PIECE_BYTES: u64 = 256 << 10;
