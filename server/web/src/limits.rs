//! Every bound the doors and pages keep, in one place.

/// Longest reason phrase of a refusal, in bytes; pip prints it on one line.
pub const REASON_PHRASE_MAX: usize = 160;
/// Most of a refusal's text that cargo prints, in bytes; it shows the first 512 of a body.
pub const CARGO_TEXT_MAX: usize = 480;
/// Largest question passed on to npm's index (`npm audit` sends every name of a tree), in bytes.
pub const AUDIT_BODY_MAX: usize = 4 << 20;
/// Largest form or JSON body taken from people, in bytes.
pub const FORM_BODY_MAX: usize = 2 << 20;
/// Largest form with a lock file in it, in bytes; escaping for the form about doubles a JSON lock file.
pub const LOCK_FORM_MAX: usize = 16 << 20;
/// Rows of one page of a long list.
pub const PAGE_ROWS: usize = 50;
/// Packages of one page of search results; each is judged under every policy.
pub const SEARCH_ROWS: usize = 20;
/// Audits shown on the home page.
pub const LATEST_AUDITS: u64 = 10;
/// Rows of evidence shown on a package's page, before it asks to look at one release.
pub const EVIDENCE_ROWS: usize = 200;
/// Releases of a pasted lock file that are decided.
pub const LOCK_RELEASES_MAX: usize = 2_000;
/// Packages of a pasted lock file asked for upstream at the same time.
pub const LOCK_AT_ONCE: usize = 8;
/// Findings taken from one form; more come by API.
pub const FORM_FINDINGS_MAX: usize = 100;
/// Bytes of a body handed to the connection at once; its buffer is kept between answers up to 128 KiB.
pub const WRITTEN_AT_ONCE: usize = 64 << 10;
/// Items of the inbox that could not be applied, as one page shows them.
pub const POISON_ROWS: u64 = 100;
/// Pictures for previews kept in memory; each has about 30 kB.
pub const CARDS_KEPT: usize = 64;
/// Pictures drawn at the same time.
pub const CARDS_AT_ONCE: usize = 2;
/// Statements of a followed community shown on its page.
pub const STATEMENT_ROWS: u64 = 25;
/// Characters of what an actor says of itself that are looked at.
pub const SUMMARY_CHARS_MAX: usize = 2_000;
/// Lines of the criteria map, and packages left out, that the form of an import takes.
pub const IMPORT_LINES_MAX: usize = 200;
/// Statements waiting for their author to confirm them, as the account shows them at once.
pub const WAITING_ROWS: u64 = 50;
