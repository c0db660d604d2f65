//! Limits of this crate, in one place.

/// Characters of a digest shown before the gap.
pub const DIGEST_HEAD_CHARS: usize = 10;
/// Characters of a digest shown after the gap.
pub const DIGEST_TAIL_CHARS: usize = 6;
/// Hexadecimal characters of a content hash in an asset's name; 48 bits tell versions of a handful of files apart.
pub const ASSET_HASH_CHARS: usize = 12;
/// Levels of the tree "Why?" that are shown; real ones have five.
pub const WHY_DEPTH_MAX: usize = 20;
/// Style sheet, bytes before compression.
pub const STYLE_MAX_BYTES: usize = 11 * 1024;
/// Script, bytes before compression.
pub const SCRIPT_MAX_BYTES: usize = 3 * 1024;
/// Everything a first visit loads: page, style, script and icon, bytes before compression.
pub const FIRST_VISIT_MAX_BYTES: usize = 50 * 1024;
/// Characters of a name, handle or error of others that are shown.
pub const FOREIGN_CHARS_MAX: usize = 300;
/// Characters of a text of several lines of others that are shown.
pub const FOREIGN_TEXT_CHARS_MAX: usize = 4_000;
/// Letters of one line of a card that are drawn.
pub const CARD_CHARS_MAX: usize = 200;
