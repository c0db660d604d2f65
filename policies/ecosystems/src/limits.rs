//! Every bound on index documents, archives, lock files and feeds, in one place.

/// Largest index document read, in bytes; the largest of the official indexes have a third of it.
pub const DOCUMENT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Most entries (versions or files) of one index document; the largest of the official indexes have a quarter of it.
pub const ENTRIES_MAX: usize = 50_000;
/// Most complaints kept of one document; what follows is counted.
pub const COMPLAINTS_MAX: usize = 100;
/// Longest URL in an index document, in bytes.
pub const URL_BYTES_MAX: usize = 4_096;
/// Longest free text of an entry (a yank reason) kept for judging, in bytes; the document itself passes it whole.
pub const REASON_BYTES_MAX: usize = 2_048;
/// Largest `config.json` of a sparse index, in bytes.
pub const INDEX_CONFIG_BYTES_MAX: usize = 64 * 1024;
/// Most attributes read of one HTML tag.
pub const HTML_ATTRIBUTES_MAX: usize = 32;
/// Most withheld versions an npm answer names, newest first.
pub const RESTRICTIONS_MAX: usize = 200;
/// Most lines of reasons in the message of an npm answer.
pub const RESTRICTION_LINES_MAX: usize = 8;
/// Most versions named in one of those lines.
pub const RESTRICTION_LINE_VERSIONS_MAX: usize = 5;
/// Most dist-tags read of one npm document.
pub const DIST_TAGS_MAX: usize = 5_000;
/// Longest `Accept` header weighed, in bytes; a longer one counts as absent.
pub const ACCEPT_BYTES_MAX: usize = 4_096;

/// Most bytes an archive may unpack to (the official crate index has the same bound).
pub const ARCHIVE_UNPACKED_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Most entries (files, folders, long-name records) one archive may hold.
pub const ARCHIVE_ENTRIES_MAX: usize = 100_000;
/// Below this many unpacked bytes any ratio is fine: small texts compress well.
pub const ARCHIVE_RATIO_FREE_BYTES: u64 = 64 * 1024 * 1024;
/// Most unpacked bytes for one packed byte, above [`ARCHIVE_RATIO_FREE_BYTES`] (the Python index has the same bound).
pub const ARCHIVE_RATIO_MAX: u64 = 50;
/// Longest path of one archive entry, in bytes.
pub const ARCHIVE_PATH_BYTES_MAX: usize = 1_024;
/// Most bytes all paths of one archive may have together; bounds the memory a list of files takes.
pub const ARCHIVE_PATHS_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Longest manifest read out of an archive (`Cargo.toml`, `PKG-INFO`, `METADATA`, `package.json`), in bytes.
pub const ARCHIVE_MANIFEST_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Longest `RECORD` of a wheel, in bytes: a line for each of [`ARCHIVE_ENTRIES_MAX`] files.
pub const ARCHIVE_RECORD_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Longest file of an archive handed out for viewing, in bytes.
pub const ARCHIVE_ONE_FILE_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Longest extended header of a tar entry, in bytes; real ones hold a path and some times.
pub const ARCHIVE_PAX_BYTES_MAX: u64 = 64 * 1024;
/// Longest central directory of a zip file, in bytes: [`ARCHIVE_ENTRIES_MAX`] entries with paths of usual length.
pub const ARCHIVE_DIRECTORY_BYTES_MAX: u64 = 24 * 1024 * 1024;
/// Bytes of an archive read at once.
pub const ARCHIVE_READ_BYTES: usize = 64 * 1024;
/// Most requirements, links or other list items kept of one manifest.
pub const ARCHIVE_MANIFEST_ITEMS_MAX: usize = 2_000;

/// Longest lock file read, in bytes.
pub const LOCK_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Most entries of a lock file, before duplicates are merged.
pub const LOCK_ENTRIES_MAX: usize = 200_000;
/// Deepest nesting of `dependencies` in an npm lock file of version 1.
pub const LOCK_DEPTH_MAX: usize = 64;
/// Most unknown lines of a lock file that are reported one by one; the count goes on.
pub const LOCK_UNKNOWN_MAX: usize = 1_000;
/// Most hashes one requirement may carry (a release can have hundreds of wheels).
pub const LOCK_HASHES_MAX: usize = 5_000;

/// Longest text of one file that is compared, in bytes of its longer side.
pub const DIFFERENCE_TEXT_BYTES_MAX: u64 = 512 * 1024;
/// Most bytes of text compared altogether, both sides counted; what is left then is told apart by digests alone.
pub const DIFFERENCE_TEXTS_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Most lines of one text that is compared.
pub const DIFFERENCE_LINES_MAX: usize = 20_000;
/// Most files that differ and are listed; further ones are counted.
pub const DIFFERENCE_FILES_MAX: usize = 5_000;
/// Most lines shown of one file.
pub const DIFFERENCE_LINES_SHOWN_MAX: usize = 2_000;
/// Lines shown around a change.
pub const DIFFERENCE_CONTEXT_LINES: u32 = 3;
/// Most characters shown of one line.
pub const DIFFERENCE_LINE_CHARS_MAX: usize = 500;

/// Most notices of one look at an archive; further ones are counted.
pub const PREFLIGHT_NOTICES_MAX: usize = 200;
/// Most characters of a notice's sentence, foreign words in it included.
pub const PREFLIGHT_TEXT_CHARS_MAX: usize = 600;
/// Most bytes of text searched for secrets in one archive.
pub const SECRETS_TEXT_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Bytes of text searched for secrets at once.
pub const SECRETS_WINDOW_BYTES: usize = 256 * 1024;
/// Most secrets named one by one; further ones are counted.
pub const SECRETS_FOUND_MAX: usize = 50;
/// Largest crate the official index takes, in bytes.
pub const OFFICIAL_CRATE_BYTES_MAX: u64 = 10 * 1024 * 1024;
/// Largest metadata in front of a crate that the official index takes, in bytes.
pub const OFFICIAL_CRATE_JSON_BYTES_MAX: usize = 1024 * 1024;
/// Most dependencies of a crate on the official index.
pub const OFFICIAL_CRATE_DEPENDENCIES_MAX: usize = 500;
/// Most features of a crate on the official index, and most entries of one of them.
pub const OFFICIAL_CRATE_FEATURES_MAX: usize = 300;
/// Longest description of a crate on the official index, in characters.
pub const OFFICIAL_CRATE_DESCRIPTION_BYTES_MAX: usize = 1_000;
/// Most keywords, and most categories, of a crate on the official index.
pub const OFFICIAL_CRATE_KEYWORDS_MAX: usize = 5;
/// Longest keyword of a crate on the official index, in characters.
pub const OFFICIAL_CRATE_KEYWORD_CHARS_MAX: usize = 20;
/// Largest file the official Python index takes unless its project was given more, in bytes.
pub const OFFICIAL_PYTHON_FILE_BYTES_MAX: u64 = 100 * 1024 * 1024;
/// Longest summary of a project on the official Python index, in characters.
pub const OFFICIAL_PYTHON_SUMMARY_CHARS_MAX: usize = 512;
/// Most paths of each kind kept of a comparison with a source archive.
pub const SOURCE_PATHS_MAX: usize = 500;
