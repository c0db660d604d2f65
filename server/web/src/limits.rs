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
/// Largest metadata in front of a crate's archive, in bytes (the official index has the same bound).
pub const CRATE_JSON_MAX: u32 = 1 << 20;
/// Most bytes of a refused upload that are read all the same: a client that is still sending does not see the answer.
pub const DRAIN_MAX: u64 = 16 << 20;
/// Most fields of a Python upload form; a release with hundreds of requirements and classifiers has a few hundred.
pub const UPLOAD_FIELDS_MAX: usize = 2_000;
/// Longest name of such a field, in bytes.
pub const UPLOAD_FIELD_NAME_MAX: usize = 64;
/// Longest such field, in bytes: a description, or attestations.
pub const UPLOAD_FIELD_BYTES_MAX: usize = 2 << 20;
/// Longest such form without its file, in bytes.
pub const UPLOAD_FIELDS_BYTES_MAX: u64 = 4 << 20;
/// Most attestations of one Python file.
pub const ATTESTATIONS_MAX: usize = 8;
/// Findings told in one answer; the count goes on.
pub const FINDINGS_TOLD_MAX: usize = 50;
/// How long the rest of a refused upload is read.
pub const DRAIN_TIME: std::time::Duration = std::time::Duration::from_secs(10);
/// Longest request to change a crate's owners, in bytes.
pub const OWNERS_BODY_MAX: u64 = 64 << 10;
/// Most people named in one such request.
pub const OWNERS_AT_ONCE: usize = 50;
/// Projects looked through for `cargo search`.
pub const SEARCHED_PROJECTS_MAX: u64 = 1_000;
/// Projects answered to `cargo search` at most.
pub const SEARCH_CRATES_MAX: usize = 100;
/// Statements waiting for their author to confirm them, as the account shows them at once.
pub const WAITING_ROWS: u64 = 50;
/// Advisories listed when no package is named.
pub const ADVISORIES_SHOWN: u64 = 100;
/// Rows of one page of a list answered by the API.
pub const API_ROWS_MAX: u64 = 200;
/// Largest document of a body of `npm publish` beside its tarball, in bytes; `npm deprecate` sends a whole packument, and
/// the longest of the official index has two thirds of it.
pub const NPM_DOCUMENT_BYTES_MAX: usize = 32 << 20;
/// Largest document of one release, in bytes: a manifest, and a README.
pub const NPM_RELEASE_DOCUMENT_BYTES_MAX: usize = 4 << 20;
/// Deepest nesting of such a document.
pub const NPM_DEPTH_MAX: usize = 64;
/// Longest key in such a document, in bytes.
pub const NPM_KEY_BYTES_MAX: usize = 4_096;
/// Largest sigstore bundle beside a tarball, in bytes; real ones have some tens of thousands.
pub const NPM_BUNDLE_BYTES_MAX: usize = 1 << 20;
/// Decoded bytes of a tarball that are written at once.
pub const NPM_WRITE_BYTES: usize = 256 << 10;
/// Longest tag of a release, in bytes.
pub const NPM_TAG_BYTES_MAX: usize = 100;
/// Longest text in the header that npm prints, in bytes.
pub const NPM_NOTICE_BYTES_MAX: usize = 2_000;
/// Most candidates that `npm stage list` looks through.
pub const NPM_STAGED_MAX: u64 = 2_000;
/// Most candidates on one page of `npm stage list`; npm asks for as many.
pub const NPM_STAGE_PAGE_MAX: usize = 100;
/// Candidates of a package looked through for its pages.
pub const HANDED_ROWS: u64 = 200;
/// Candidates shown of what one person handed in, and of what was released last.
pub const LATEST_CANDIDATES: u64 = 10;
/// Lines of text differences one candidate's page shows; the API has all of them.
pub const DIFFERENCE_LINES_SHOWN: usize = 4_000;
/// Paths that differ from the source a candidate's page names, of each file.
pub const SOURCE_PATHS_SHOWN: usize = 5;
/// Files that differ one candidate's page lists.
pub const DIFFERENCE_FILES_SHOWN: usize = 500;
/// Candidates looked through for how many of each project wait.
pub const WAITING_CANDIDATES_COUNTED: u64 = 2_000;
/// Longest life of a credential that the form takes, in days.
pub const CREDENTIAL_DAYS_MAX: i64 = 3_660;
/// Largest body with a signed result of an outside check, in bytes; what is too large is told in the workflow's words.
pub const CHECK_BODY_MAX: usize = 300 << 10;
/// Addresses of `X-Forwarded-For` looked at, from the last one on.
pub const FORWARDED_MAX: usize = 16;
