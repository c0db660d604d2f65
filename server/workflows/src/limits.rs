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
/// Memory for listings of staging doors that have candidates in them, in bytes.
pub const STAGED_CACHE_BYTES: u64 = 64 << 20;
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
/// Look-ups of unknown packages a client may begin with.
pub const LOOK_UPS_PER_CLIENT_BURST: i64 = 20;
/// After how long a client may look one more up, in milliseconds.
pub const LOOK_UPS_PER_CLIENT_EACH_MS: i64 = 10_000;
/// Look-ups of unknown packages all clients together may begin with.
pub const LOOK_UPS_BURST: i64 = 200;
/// After how long one more may be looked up by anybody, in milliseconds.
pub const LOOK_UPS_EACH_MS: i64 = 500;
/// Clients whose budgets are remembered.
pub const LOOK_UP_CLIENTS_MAX: u64 = 10_000;
/// Most statements answered in one piece of the log.
pub const BULK_STATEMENTS_MAX: u64 = 1_000;
/// Statements of a piece that are read at once: each may have a megabyte.
pub const BULK_STATEMENTS_PAGE: u64 = 20;
/// Size in bytes at which a piece of the log ends, give or take what was read at once.
pub const BULK_STATEMENTS_BYTES: usize = 4 << 20;
/// Hosts that are asked for at once when something is to be sent.
pub const DUE_HOSTS_MAX: u64 = 500;
/// Deliveries of one host that are handed to the sender at once; what a crash repeats at most.
pub const DELIVERIES_OF_HOST_MAX: u64 = 32;
/// The pause after the first failure; each further one doubles it.
pub const BACK_OFF_FIRST: Span = Span::from_millis(5_000);
/// The longest pause between two tries of one delivery.
pub const BACK_OFF_MAX: Span = Span::from_millis(6 * 3_600_000);
/// The longest pause between two tries of a host that is not dead.
pub const BACK_OFF_HOST_MAX: Span = Span::from_millis(3_600_000);
/// A host that failed for longer is dead: its queue waits while it is probed.
pub const DEAD_AFTER: Span = Span::days(3);
/// The shortest pause between two probes of a dead host.
pub const PROBE_FIRST: Span = Span::from_millis(3_600_000);
/// The longest pause between two probes of a dead host.
pub const PROBE_MAX: Span = Span::days(1);
/// The longest pause a host may ask for.
pub const RETRY_AFTER_MAX: Span = Span::days(1);
/// How long somebody is asked to wait where nobody knows how long it takes, less the second that is always added.
pub const COME_AGAIN: Span = Span::from_millis(4_000);
/// Tries after which a delivery is given up that its host fails on while it takes others: two to three days.
pub const GIVE_UP_TRIES: i64 = 20;
/// Tries up to which a delivery that its host fails on keeps its place before the others.
pub const KEEPS_PLACE_TRIES: i64 = 3;
/// Tries after which an inbox that is not found (404) counts as gone.
pub const INBOX_MISSING_TRIES: i64 = 5;
/// Tries after which a delivery is given up that its host does not believe to be ours (401), or sends elsewhere (3xx).
pub const UNWILLING_TRIES: i64 = 5;
/// Rows of one ledger that are shown.
pub const LEDGER_ROWS_MAX: u64 = 10_000;
/// Activities about one page whose ledgers are shown.
pub const LEDGERS_SHOWN_MAX: u64 = 100;
/// How long what a server runs is not asked again.
pub const NODEINFO_EVERY: Span = Span::days(1);
/// Servers asked what they run in one round.
pub const NODEINFO_ROUND_MAX: u64 = 8;
/// Largest NodeInfo document, in bytes.
pub const NODEINFO_BYTES_MAX: u64 = 64 << 10;
/// Characters kept of what a server says it runs.
pub const SOFTWARE_CHARS_MAX: usize = 80;
/// Messages a host may have verified in one go; a back-fill or a busy day comes in such heaps.
pub const INBOX_ORIGIN_BURST: i64 = 60_000;
/// Milliseconds in which a host gains one more.
pub const INBOX_ORIGIN_EACH_MS: i64 = 20;
/// Messages without a good signature one address may send in one go.
pub const INBOX_FAILURES_BURST: i64 = 3_000;
/// Milliseconds in which an address gains one more.
pub const INBOX_FAILURES_EACH_MS: i64 = 500;
/// Hosts and addresses whose budgets are kept.
pub const INBOX_BUDGETS_MAX: u64 = 50_000;
/// Messages that wait for the disk at once; further ones are told to come again.
pub const INBOX_WAITING_MAX: usize = 4_096;
/// Messages made durable in one transaction.
pub const INBOX_COMMIT_MAX: usize = 500;
/// Messages remembered as seen, so that a repetition costs no look at the database.
pub const INBOX_SEEN_MAX: u64 = 100_000;
/// Origins one round of applying looks at.
pub const APPLY_ORIGINS_MAX: u64 = 64;
/// Items one round of applying takes altogether, and of one origin when it is the only one.
pub const APPLY_ITEMS_MAX: usize = 256;
/// Times an item is tried before it is given up and kept for somebody to look at.
pub const APPLY_TRIES_MAX: u32 = 12;
/// The wait after the first failed try; each further one doubles it.
pub const APPLY_RETRY_FIRST: Span = Span::from_millis(30_000);
/// The longest wait between two tries.
pub const APPLY_RETRY_MAX: Span = Span::from_millis(6 * 3_600_000);
/// How long what was applied is remembered: longer than any signature is good for, so that nothing is applied twice.
pub const INBOX_KEPT: Span = Span::days(14);
/// How often what is older is looked for.
pub const INBOX_PRUNE_EVERY: Span = Span::from_millis(3_600_000);
/// Rows forgotten at a time.
pub const INBOX_PRUNE_ROWS: u64 = 5_000;
/// Characters of a reason that are kept with an item.
pub const INBOX_DETAIL_CHARS: usize = 500;
/// Most keys for HTTP messages read of one actor document.
pub const ACTOR_HTTP_KEYS_MAX: usize = 10;
/// Longest key for HTTP messages read, in bytes of its PEM.
pub const ACTOR_KEY_BYTES_MAX: usize = 4_096;
/// Most statements of a followed community applied in one transaction.
pub const STATEMENTS_AT_ONCE_MAX: usize = 10_000;
/// Other records kept under an id that is taken.
pub const EQUIVOCATIONS_KEPT_MAX: u64 = 8;
/// Advisories of one followed community about one package that count at a time; further ones are refused.
pub const ADVISORIES_OF_PEER_MAX: u64 = 1_000;
/// Audits of one followed community about one package that count at a time; further ones are refused.
pub const AUDITS_OF_PEER_MAX: u64 = 10_000;
/// Statements verified in one piece of work on the threads for it.
pub const VERIFIED_AT_ONCE: usize = 256;
/// How far in the future a statement may say it was published: clocks differ.
pub const STATEMENT_AHEAD_MAX: Span = Span::from_millis(24 * 3_600_000);
/// Longest address in a record, in bytes.
pub const URI_BYTES_MAX: usize = 2_048;
/// Longest type of a record, in bytes.
pub const KIND_BYTES_MAX: usize = 64;
/// Longest reason of a decision about others, in bytes.
pub const REASON_BYTES_MAX: usize = 1_000;
/// Fewest characters of the reason a check is waived for: a word tells nobody anything.
pub const WAIVER_REASON_CHARS_MIN: usize = 10;
/// Shortest part of a name with a password that is hidden in what an index says; shorter ones are parts of words.
pub const SECRET_PART_BYTES_MIN: usize = 4;
/// How long an index may not show what it took before its release counts as failed.
pub const COMPARE_PATIENCE: Span = Span::days(1);
/// Digits of a digest that a sentence names; the whole digest stands where it is compared.
pub const DIGEST_DIGITS_SAID: usize = 16;
/// Projects, candidates and releases looked at for what hinders publishing.
pub const HINDRANCES_LOOKED_AT_MAX: u64 = 1_000;
/// Releases and projects that one sentence about what hinders publishing names.
pub const HINDRANCE_NAMES_SAID: usize = 3;
/// Events looked at for what was decided before.
pub const EVENTS_LOOKED_AT_MAX: u64 = 10_000;
/// Decisions of the past shown.
pub const MODERATION_SHOWN_MAX: usize = 200;
/// Policies of another community shown before it is followed.
pub const POLICIES_SHOWN_MAX: usize = 50;
/// How often a followed log is looked at when nothing rings.
pub const LOG_LOOK_EVERY: Span = Span::from_millis(5 * 60_000);
/// How soon it is looked at again after a first failure; each further one doubles it.
pub const LOG_RETRY_FIRST: Span = Span::from_millis(30_000);
/// How long it is at most left alone after failures.
pub const LOG_RETRY_MAX: Span = Span::from_millis(3_600_000);
/// Contradictions of logs looked at.
pub const FORKS_LOOKED_AT_MAX: u64 = 1_000;
/// Followed logs looked at in one step.
pub const LOGS_A_STEP: u64 = 8;
/// How soon a log is looked at again when somebody hints that there is news.
pub const LOG_HINT_PAUSE: Span = Span::from_millis(10_000);
/// How often a community without a log is asked whether it has one by now.
pub const NO_LOG_LOOK_EVERY: Span = Span::days(1);
/// Leaves compared with the statements known here at once.
pub const LEAVES_A_WINDOW: u64 = 500;
/// Such windows in one step.
pub const WINDOWS_A_STEP: usize = 200;
/// Pages of statements fetched of one log in one step; the next step goes on from there.
pub const PAGES_A_STEP: usize = 4;
/// Largest page of statements read, in bytes.
pub const STATEMENTS_PAGE_BYTES_MAX: u64 = 16 << 20;
/// Failures in a row at one statement whose author's keys cannot be read, before the log is read on without it.
pub const STUCK_LOOKS_MAX: u32 = 8;
/// Bundles of 256 entries taken in at one look at another's log; the next look goes on.
pub const LOG_TILES_PER_STEP: usize = 64;
/// Audits one member confirms at once.
pub const CONFIRMED_AT_ONCE_MAX: u64 = 100;
/// Activities about one page that are looked through when its text is erased.
pub const ACTIVITIES_BLANKED_MAX: u64 = 1_000;
/// Kinds and authors named on the page of a followed community; the rest is counted with the whole.
pub const ARRIVED_GROUPS_MAX: u64 = 50;
/// Leaves of our log read at once when it is computed again.
pub const LOG_EXAMINED_AT_ONCE: u64 = 10_000;
/// How long after its last file a draft counts as whole, unless configured.
pub const DRAFT_QUIET: Span = Span::from_millis(600_000);
/// Most bytes of one file handed in, unless configured.
pub const SUBMITTED_BYTES_MAX: u64 = 512 << 20;
/// How long one upload may take altogether, unless configured.
pub const UPLOAD_TIME: Span = Span::from_millis(30 * 60_000);
/// How long an upload may be silent in its middle, unless configured.
pub const UPLOAD_SILENCE: Span = Span::from_millis(30_000);
/// Most files of one candidate.
pub const CANDIDATE_FILES_MAX: usize = 200;
/// Longest summary of an advisory, in bytes.
pub const ADVISORY_SUMMARY_BYTES_MAX: usize = 500;
/// Most ranges, versions, aliases or references of an advisory.
pub const ADVISORY_ENTRIES_MAX: usize = 200;
/// How long before its end a credential is announced for the first time.
pub const CREDENTIAL_ENDS_SOON: Span = Span::days(14);
/// How long before its end a credential is announced for the last time.
pub const CREDENTIAL_LAST_CALL: Span = Span::days(3);
/// Longest name of a credential, in bytes.
pub const CREDENTIAL_LABEL_BYTES_MAX: usize = 100;
/// Longest reason of a yank or text of a deprecation, in bytes.
pub const ACTION_MESSAGE_BYTES_MAX: usize = 1_000;
/// Most versions one action is about.
pub const ACTION_VERSIONS_MAX: usize = 500;
/// Actions of a project that are shown, newest first.
pub const ACTIONS_SHOWN_MAX: u64 = 200;
/// Longest reason of a move of a candidate, in bytes.
pub const MOVE_REASON_BYTES_MAX: usize = 4_000;
/// Times a release is judged again because something was said about it meanwhile.
pub const RELEASE_LOOKS_MAX: usize = 8;
/// Drafts that become whole in one look at what time changes.
pub const DRAFTS_A_STEP: u64 = 100;
/// Candidates that wait for the policy and are remembered with the moment of their next look.
pub const WAITING_CANDIDATES_MAX: u64 = 10_000;
/// How long a candidate that waits for nothing dated is left alone, if nobody rings.
pub const CANDIDATE_LOOK_EVERY: Span = Span::from_millis(5 * 60_000);
/// Candidates whose needs are looked at in one step.
pub const CANDIDATES_A_STEP: usize = 50;
/// Times a candidate is judged again because somebody wrote meanwhile, before the next look settles it.
pub const SETTLE_LOOKS_MAX: usize = 8;
/// Candidates looked at again in one go.
pub const SETTLED_AT_ONCE_MAX: u64 = 1_000;
/// Packages whose candidates are looked up one by one; of more, all candidates are.
pub const SETTLED_BY_PACKAGE_MAX: usize = 16;
/// Largest signed result of an outside check, in bytes.
pub const CHECK_ENVELOPE_BYTES_MAX: usize = 256 << 10;
/// Most results kept of one candidate.
pub const CHECK_RESULTS_MAX: u64 = 100;
/// Most waivers kept of one candidate.
pub const CHECK_WAIVERS_MAX: u64 = 50;
/// Most files one result is about.
pub const CHECK_SUBJECTS_MAX: usize = 1_000;
/// Longest address of a report that a result names, in bytes.
pub const CHECK_URL_BYTES_MAX: usize = 2_048;
/// Characters kept of the names of tests that failed.
pub const CHECK_DETAIL_CHARS: usize = 300;
/// Results that do not verify which one network may bring in one go.
pub const CHECK_FAILURES_BURST: i64 = 60;
/// Milliseconds in which it gains one more.
pub const CHECK_FAILURES_EACH_MS: i64 = 5_000;
/// Networks whose budgets are kept.
pub const CHECK_CLIENTS_MAX: u64 = 10_000;
/// Projects with too few leads that are named at once.
pub const POORLY_LED_SHOWN: u64 = 50;
/// How long the keys of an issuer of identities are used before they are read again.
pub const ISSUER_FRESH: Span = Span::from_millis(3_600_000);
/// How long they are used at most while the issuer does not answer.
pub const ISSUER_STALE_MAX: Span = Span::days(1);
/// The shortest pause between two questions to one issuer: an identity with an unknown key costs no more.
pub const ISSUER_PAUSE: Span = Span::from_millis(30_000);
/// Largest document of an issuer read, in bytes.
pub const ISSUER_BYTES_MAX: u64 = 256 << 10;
/// Longest wait for a document of an issuer.
pub const ISSUER_TIMEOUT: Duration = Duration::from_secs(15);
/// Most keys of one issuer.
pub const ISSUER_KEYS_MAX: usize = 100;
/// Longest identity token read, in bytes.
pub const IDENTITY_BYTES_MAX: usize = 16 << 10;
/// What a member may upload at once and in each hour after it, in thousandths of the largest file that is taken: 64 of them.
pub const UPLOADS_BURST: i64 = 64_000;
/// After how many milliseconds there is one such thousandth more.
pub const UPLOADS_EACH_MS: i64 = 3_600_000 / UPLOADS_BURST;
/// Members whose uploads are counted.
pub const UPLOADERS_COUNTED_MAX: u64 = 100_000;
/// How far the clock of an issuer may be ahead or behind.
pub const IDENTITY_LEEWAY: Span = Span::from_millis(60_000);
/// How long an identity may be good for; longer ones are secrets that lie about.
pub const IDENTITY_LIFE_MAX: Span = Span::days(1);
/// How long the token lasts that is given for an identity.
pub const MINTED_LASTS: Span = Span::from_millis(15 * 60_000);
/// Most trusted publishers of one project.
pub const PUBLISHERS_MAX: usize = 50;
/// Most claims one trusted publisher names.
pub const PUBLISHER_CLAIMS_MAX: usize = 20;
/// Longest name or value of a claim that a trusted publisher names, in bytes.
pub const PUBLISHER_CLAIM_BYTES_MAX: usize = 500;
/// Detached signatures of artifacts, and of index answers, that are kept in memory each.
pub const SIGNATURES_CACHED: u64 = 10_000;
/// Releases, and actions, of one index that are looked at in one step.
pub const RELEASES_A_STEP: u64 = 16;
/// The pause after the first failure of a release; each further one doubles it.
pub const RELEASE_PAUSE_FIRST: Span = Span::from_millis(2_000);
/// The longest pause between two tries of a release, unless its index asks for more.
pub const RELEASE_PAUSE_MAX: Span = Span::from_millis(15 * 60_000);
/// The longest pause between two looks at whether an index serves what it took.
pub const COMPARE_PAUSE_MAX: Span = Span::from_millis(60_000);
/// How often what is stopped looks whether it goes on.
pub const RELEASE_STOPPED_PAUSE: Span = Span::from_millis(10_000);
/// How long a file that was sent without an answer is left alone before it may be sent again: its index may still be at work.
pub const RESEND_AFTER: Span = Span::from_millis(10_000);
/// Times an index may say that it has a file it does not list, before that counts as a refusal.
pub const SAID_TO_EXIST_TRIES: i64 = 8;
/// The pause between the first two looks at whether somebody approved a staged release; each further one doubles it.
pub const APPROVAL_PAUSE_FIRST: Span = Span::from_millis(2_000);
/// The longest pause between two such looks.
pub const APPROVAL_PAUSE_MAX: Span = Span::from_millis(5 * 60_000);
/// Longest id of a staged release, in bytes.
pub const STAGE_ID_BYTES_MAX: usize = 64;
/// Characters kept of what an index said.
pub const INDEX_SAID_CHARS_MAX: usize = 500;
/// Largest answer of an index to an upload that is read, in bytes.
pub const INDEX_ANSWER_BYTES_MAX: u64 = 1 << 20;
/// Longest wait for an upload to be sent and answered.
pub const UPLOAD_TIMEOUT: Duration = Duration::from_mins(30);
/// Longest silence while an upload is sent and answered: an index may look at a large file for a while.
pub const UPLOAD_SILENCE_MAX: Duration = Duration::from_mins(2);
/// How long what an index said about a candidate's way is believed.
pub const WAY_FRESH: Span = Span::from_millis(60_000);
/// Longest wait for an index that is asked about a candidate's way.
pub const WAY_TIMEOUT: Duration = Duration::from_secs(5);
/// Candidates whose ways are remembered.
pub const WAYS_CACHED_MAX: u64 = 10_000;
/// After how long the official Python index takes no new files for a release.
pub const OLD_RELEASE_TAKES_NO_FILES: Span = Span::days(14);
/// Archives that are gone through at the same time, for pre-flight and for differences.
pub const PREFLIGHT_AT_ONCE: usize = 4;
/// Memory for differences of archives, in bytes.
pub const DIFFERENCES_CACHE_BYTES: u64 = 32 << 20;
/// Known names of about the same length that a new name is compared with.
pub const LOOK_ALIKE_NAMES_MAX: u64 = 50_000;
/// Largest source archive taken, in bytes.
pub const SOURCE_BYTES_MAX: u64 = 256 << 20;
/// How long the official Python index takes further files of a release.
pub const PYTHON_RELEASE_TAKES_FILES: Span = Span::days(14);
/// How many stewards it takes to change policies and roles, once there are as many.
pub const STEWARDS_NEEDED: u64 = 2;
/// How long a proposal waits for a second steward.
pub const PROPOSAL_LASTS: Span = Span::days(14);
/// Most proposals of one member that wait at a time.
pub const PROPOSALS_WAITING_MAX: u64 = 50;
/// Longest proposal as it is kept, in bytes: a policy at its largest, escaped, and some names.
pub const PROPOSAL_BYTES_MAX: usize = 600 * 1024;
/// Proposals that wait, as one list shows them.
pub const PROPOSALS_SHOWN_MAX: u64 = 200;
