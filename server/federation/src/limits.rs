//! Every bound of this crate, in one place.

use std::time::Duration;

use vetmoot_domain::Span;

/// The one content type of ActivityPub documents that every server takes.
pub const ACTIVITY_JSON: &str = "application/activity+json";
/// How long a sender waits that came when something was short here, in milliseconds.
pub const SOON_MS: i64 = 10_000;
/// How far a clock elsewhere may be off, in both directions.
pub const CLOCK_SKEW: Span = Span::from_millis(3_600_000);
/// How long a signature that names no end is good for.
pub const SIGNATURE_LIFE: Span = Span::from_millis(5 * 60_000);
/// How long a signature is good for at most, whatever end it names.
pub const SIGNATURE_LIFE_MAX: Span = Span::from_millis(12 * 3_600_000);
/// Longest `Signature`, `Signature-Input` or `Digest` field read, in bytes.
pub const SIGNATURE_FIELD_BYTES_MAX: usize = 4_096;
/// Most fields or components one signature covers.
pub const COMPONENTS_MAX: usize = 32;
/// Shortest RSA key whose signatures count, in bits.
pub const RSA_BITS_MIN: u32 = 2_048;
/// Longest RSA key whose signatures are looked at, in bits.
pub const RSA_BITS_MAX: u32 = 8_192;
/// Longest key id or actor address, in bytes.
pub const ADDRESS_BYTES_MAX: usize = 2_048;
/// Longest foreign word shown in an outcome, in characters.
pub const WORD_CHARS_MAX: usize = 60;
/// Longest first line of a post, in characters: Lemmy makes a title of it.
pub const HEADLINE_CHARS_MAX: usize = 190;
/// How much of an auditor's notes or a policy's summary a post shows, in characters; its page shows all.
pub const NOTES_SHOWN_CHARS_MAX: usize = 500;
/// How much of a machine's name a post shows, in characters.
pub const MODEL_CHARS_MAX: usize = 60;
/// How much of a withdrawal's reason a post shows, in characters.
pub const REASON_SHOWN_CHARS_MAX: usize = 1_000;
/// Files of a candidate a post names; its page names all.
pub const FILES_NAMED_MAX: usize = 5;
/// Statements about a package looked through for the posts of one conversation, the newest of them.
pub const CONVERSATION_STATEMENTS_MAX: u64 = 1_000;
/// Events turned into activities in one step.
pub const EVENTS_A_STEP: u64 = 100;
/// Seconds for which a checkpoint, a partial tile or a piece of statements may be kept on the way.
pub const LOG_FRESH_S: u32 = 5;
/// Seconds for which a full tile may be kept on the way: it never changes.
pub const LOG_FULL_TILE_S: u32 = 31_536_000;
/// Statements in a piece of the log when nobody says how many.
pub const LOG_STATEMENTS_USUAL: u64 = 100;
/// Hosts that are sent to at a time.
pub const HOSTS_AT_ONCE: usize = 128;
/// Hosts that failed last time and are tried at a time, beside those that are well.
pub const FAILING_HOSTS_AT_ONCE: usize = 32;
/// Deliveries under way to one host at a time.
pub const SENDS_PER_HOST: usize = 4;
/// Longest time one delivery may take.
pub const SEND_TIMEOUT: Duration = Duration::from_secs(15);
/// Largest answer read to a delivery, in bytes; only its status matters.
pub const ANSWER_BYTES_MAX: u64 = 1 << 20;
/// Characters kept of what a host says when it refuses.
pub const REFUSAL_CHARS_MAX: usize = 200;
/// Memory for activities that are being sent, in bytes.
pub const LETTERS_BYTES_MAX: u64 = 16 << 20;
/// Actors whose keys are at hand while their activities are sent.
pub const KEYS_MAX: u64 = 1_000;
/// How long a key that was looked up is used before it is looked up again.
pub const KEYS_FRESH: Duration = Duration::from_secs(2);
/// Messages signed at a time.
pub const SIGNERS_MAX: usize = 4;
/// Hosts whose results are written down in one transaction.
pub const RECORD_REPORTS_MAX: usize = 256;
/// How long a result waits for company before it is written down.
pub const RECORD_WAIT: Duration = Duration::from_millis(20);
/// How often what is due is looked for without being told.
pub const RESCAN_EVERY: Duration = Duration::from_secs(2);
/// Facts shown in an actor's document.
pub const FIELDS_MAX: usize = 8;
/// Keys for statements listed in an actor's document, the newest; readers look at no more.
pub const LISTED_KEYS_MAX: usize = 64;
/// Addresses of a forwarding field that are looked at, the last ones.
pub const FORWARDED_MAX: usize = 16;
/// Relations a question to WebFinger is narrowed to.
pub const RELATIONS_MAX: usize = 16;
/// Hosts listed for programs.
pub const PEERS_LISTED_MAX: usize = 10_000;
/// Activities on a page of an outbox.
pub const COLLECTION_PAGE: u64 = 20;
/// Policies shown first.
pub const FEATURED_MAX: usize = 50;
/// Followed communities listed.
pub const FOLLOWING_LISTED_MAX: usize = 1_000;
/// The pause of a worker after a failure of our own, such as a busy database.
pub const FAILURE_PAUSE: Duration = Duration::from_secs(1);
/// How often the length of the queue is counted for the metrics.
pub const MEASURE_EVERY: Duration = Duration::from_secs(15);
/// How often a few servers are asked what they run.
pub const SOFTWARE_EVERY: Duration = Duration::from_mins(1);
/// Requests one errand to another server makes at most: the document, a redirect, its id, a redirect again.
pub const FETCHES_PER_ERRAND: u32 = 4;
/// Longest time one request for a document may take.
pub const FETCH_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest silence of a server while it answers.
pub const FETCH_STALL_TIMEOUT: Duration = Duration::from_secs(5);
/// Largest document read, in bytes; the library's own bound is the same.
pub const DOCUMENT_BYTES_MAX: u64 = 1 << 20;
/// Largest WebFinger answer read, in bytes.
pub const JRD_BYTES_MAX: u64 = 256 << 10;
/// Links looked at in a WebFinger answer.
pub const JRD_LINKS_MAX: usize = 64;
/// Longest name of an actor shown, in characters.
pub const ACTOR_NAME_CHARS_MAX: usize = 200;
/// Longest name before the `@` of a handle, in bytes.
pub const ACTOR_USERNAME_BYTES_MAX: usize = 128;
/// How old a remembered actor may be before it is fetched again when somebody asks for a recent one.
pub const ACTOR_FRESH: Span = Span::days(1);
/// Actors whose keys are kept in memory.
pub const KEYS_CACHED_MAX: u64 = 20_000;
/// Memory for actor documents that were fetched for a key and are not written down yet, in bytes.
pub const DRAFTS_BYTES_MAX: u64 = 16 << 20;
/// How long nobody asks again for a key that could not be had.
pub const KEY_REFUSED_FOR: Span = Span::from_millis(5 * 60_000);
/// Times an actor's keys are fetched again in one go because one did not verify: a key that was replaced is followed at
/// once, and whoever sends nonsense in its name causes no more than these.
pub const KEY_AGAIN_BURST: i64 = 3;
/// Milliseconds in which an actor gains one more.
pub const KEY_AGAIN_EACH_MS: i64 = 60_000;
/// Refusals and cool-downs remembered.
pub const KEY_NOTES_MAX: u64 = 50_000;
/// Keys that messages from one address may cause to be fetched in one go.
pub const KEY_FETCHES_CLIENT_BURST: i64 = 300;
/// Milliseconds in which an address gains one more.
pub const KEY_FETCHES_CLIENT_EACH_MS: i64 = 200;
/// Documents fetched from one origin in one go.
pub const FETCHES_ORIGIN_BURST: i64 = 300;
/// Milliseconds in which an origin gains one more.
pub const FETCHES_ORIGIN_EACH_MS: i64 = 200;
/// Origins and addresses whose budgets are kept.
pub const FETCH_BUDGETS_MAX: u64 = 20_000;
/// Largest message taken, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 1 << 20;
/// Longest time a message may take to arrive.
pub const MESSAGE_TIMEOUT: Duration = Duration::from_secs(20);
/// Values a message holds at most: members of objects and items of lists together.
pub const MESSAGE_VALUES_MAX: usize = 20_000;
/// Deepest nesting of a message.
pub const MESSAGE_DEPTH_MAX: usize = 32;
/// Longest type of an activity, in bytes.
pub const ACTIVITY_KIND_BYTES_MAX: usize = 100;
/// How deep the lane of a message is looked for in it.
pub const LANE_DEPTH_MAX: usize = 6;
/// Longest time applying one item may take.
pub const APPLY_TIMEOUT: Duration = Duration::from_mins(1);
/// Origins whose items are applied at the same time by one worker.
pub const APPLY_AT_ONCE: usize = 32;
/// Workers that apply beside each other, so that slow servers in the round of one leave the others free.
pub const APPLY_WORKERS: usize = 4;
