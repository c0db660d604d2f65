//! Every bound on feeds, in one place.

/// Longest feed read, in bytes; the largest public dumps have about half of it.
pub const FEED_BYTES_MAX: u64 = 1 << 30;
/// Longest table of an audit feed kept in memory, in bytes; longer ones are dropped and counted.
pub const ENTRY_BYTES_MAX: usize = 256 * 1024;
/// Longest advisory record kept in memory, in bytes; longer ones are dropped and counted.
pub const RECORD_BYTES_MAX: usize = 8 << 20;
/// How much is read from a source at once, in bytes.
pub const READ_BYTES: usize = 64 * 1024;
/// Most entries of one audit feed.
pub const ENTRIES_MAX: usize = 1_000_000;
/// Most records of one source of advisories.
pub const RECORDS_MAX: u64 = 5_000_000;
/// Most criteria one feed may define (cargo-vet itself stops at 64).
pub const CRITERIA_MAX: usize = 256;
/// Longest description of a criterion kept, in bytes; longer ones are cut.
pub const DESCRIPTION_BYTES_MAX: usize = 64 * 1024;
/// Most authors one entry may name.
pub const AUTHORS_MAX: usize = 64;
/// Longest text of one author, in bytes.
pub const AUTHOR_BYTES_MAX: usize = 256;
/// Most sources one entry may be aggregated from.
pub const SOURCES_MAX: usize = 16;
/// Longest name of a source, in bytes.
pub const SOURCE_BYTES_MAX: usize = 2_048;
/// Longest range of a violation, in bytes.
pub const RANGE_BYTES_MAX: usize = 1_024;
/// How many dropped entries are named for each reason; the others are counted only.
pub const EXAMPLES_MAX: usize = 5;
/// Longest example of a dropped entry, in characters.
pub const EXAMPLE_CHARS_MAX: usize = 80;
/// Most packages one advisory record may name.
pub const AFFECTED_MAX: usize = 5_000;
/// Most versions one advisory may list for one package.
pub const VERSIONS_MAX: usize = 50_000;
/// Most ranges one advisory may carry for one package, and most events of one range.
pub const RANGES_MAX: usize = 5_000;
/// Most aliases kept of one advisory.
pub const ALIASES_MAX: usize = 200;
/// Longest id of an advisory or of an alias, in bytes.
pub const ID_BYTES_MAX: usize = 128;
/// Longest summary kept, in bytes; longer ones are cut.
pub const SUMMARY_BYTES_MAX: usize = 1_024;
/// Longest address of a reference kept, in bytes.
pub const URL_BYTES_MAX: usize = 2_048;
