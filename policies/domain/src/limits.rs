//! Every bound this crate puts on text that came from outside, in one place.

/// Longest purl read, in bytes; longer than any name, version and file name the three indexes admit together.
pub const PURL_BYTES_MAX: usize = 2_048;
/// Longest version text, in bytes.
pub const VERSION_BYTES_MAX: usize = 256;
/// Longest artifact file name, in bytes (the usual file-system bound).
pub const FILE_NAME_BYTES_MAX: usize = 255;
/// Longest name of a criterion, organisation, user or policy, in bytes.
pub const WORD_BYTES_MAX: usize = 64;
/// Longest free text (notes, a finding), in bytes.
pub const NOTES_BYTES_MAX: usize = 64 * 1024;
/// Most criteria one audit may name; cargo-vet's own bound on all criteria together.
pub const CRITERIA_MAX: usize = 64;
/// Most findings one audit may carry.
pub const FINDINGS_MAX: usize = 1_000;
/// Most digests one audit may name (a release on the Python index can have hundreds of wheels).
pub const DIGESTS_MAX: usize = 2_000;
/// Longest window of publisher trust after it was recorded, in days.
pub const PUBLISHER_WINDOW_DAYS_MAX: i64 = 366;
/// Longest handle of a package, in bytes: three for every byte of the longest name, and its world.
pub const HANDLE_BYTES_MAX: usize = 1_024;
