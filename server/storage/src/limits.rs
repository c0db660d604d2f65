//! Every bound this crate keeps, in one place.

/// Milliseconds a writer waits for a lock that another process holds, unless the configuration says otherwise.
pub const BUSY_TIMEOUT_MS: u64 = 5_000;
/// Seconds a writer waits for the other writers of this process, and a reader for a free connection.
pub const ACQUIRE_TIMEOUT_S: u64 = 30;
/// Memory for pages of the database that the writer may hold, in KiB; an import goes through its indexes at random.
pub const WRITER_CACHE_KIB: u32 = 16 * 1024;
/// Reading connections, unless the configuration says otherwise.
pub const READERS: u32 = 4;
/// Rows a bulk statement carries at most: with the widest table it stays below the 32,766 parameters SQLite admits.
pub const BULK_ROWS_MAX: usize = 500;
/// Rows a page of any list has at most, whatever the caller asks for.
pub const PAGE_ROWS_MAX: u64 = 100_000;
/// Longest text a search looks for, in bytes.
pub const SEARCH_BYTES_MAX: usize = 200;
/// Examples kept of each reason for which an import dropped entries.
pub const DROP_EXAMPLES_MAX: usize = 5;
/// Blobs looked at in one round of pruning.
pub const PRUNE_ROUND_MAX: u64 = 500;
/// Rows a part file of a backup has at most before the copy hands them to the disk.
pub const BACKUP_ROUND_ROWS: u64 = 2_000;
/// Longest line of a backup that is read back, in bytes; a policy's or a record's text is far shorter.
pub const BACKUP_LINE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bytes of a blob that are written and hashed at once, while as many are gathered for the next time.
pub const BLOB_FLIGHT_BYTES: usize = 512 * 1024;
/// Bytes of a blob after which the disk is asked to begin, so that the end does not wait for all of them.
pub const BLOB_SYNC_BYTES: u64 = 16 * 1024 * 1024;
/// Bytes copied at once from one blob to another place.
pub const COPY_BYTES: usize = 256 * 1024;
/// Most trusted publishers of one issuer that an identity is compared with.
pub const PUBLISHERS_OF_ISSUER_MAX: u64 = 10_000;
/// Most projects that one token of a program is for.
pub const TOKEN_PROJECTS_MAX: usize = 100;
