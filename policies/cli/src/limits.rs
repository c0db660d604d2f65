//! Every bound on files, answers and folders the command reads, in one place.

use std::time::Duration;

/// Largest file or answer read whole, in bytes: the largest feeds are some megabytes.
pub const DOCUMENT_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Largest policy document, in bytes.
pub const POLICY_BYTES_MAX: u64 = 1024 * 1024;
/// Largest statement or actor document, in bytes.
pub const STATEMENT_BYTES_MAX: u64 = 1024 * 1024;
/// Largest baseline, in bytes.
pub const BASELINE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Largest answer of an instance to one question, in bytes.
pub const ANSWER_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Most advisories of one folder.
pub const ADVISORY_FILES_MAX: usize = 1_000_000;
/// Largest advisory, in bytes.
pub const ADVISORY_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Deepest folder looked into for advisories.
pub const FOLDER_DEPTH_MAX: usize = 16;
/// Releases asked about in one question to an instance.
pub const RELEASES_A_QUESTION: usize = 200;
/// Most policies looked through beside a policy that extends another.
pub const POLICIES_BESIDE_MAX: usize = 200;
/// Redirects followed.
pub const REDIRECTS_MAX: u32 = 3;
/// How long a connection may take to stand.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one answer may take altogether.
pub const ANSWER_TIMEOUT: Duration = Duration::from_mins(2);
/// Longest reason shown in a table, in characters.
pub const REASON_CHARS_MAX: usize = 160;
/// Most unknown lines of a lock file named on a terminal.
pub const UNKNOWN_LINES_SHOWN: usize = 20;
/// Bundles of 256 entries looked through for a statement whose place in the log is not known, newest first.
pub const LOG_BUNDLES_MAX: u64 = 4_096;
