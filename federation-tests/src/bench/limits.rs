//! What every measurement must keep, and how long each of them goes on.

use std::time::Duration;

/// Most time for one decision under a policy without rules of its own.
pub const DECISION: Duration = Duration::from_micros(20);

/// Most time for one decision under a policy with four rules in CEL.
pub const DECISION_WITH_RULES: Duration = Duration::from_micros(80);

/// Most time for finding a decision that still holds.
pub const MEMOISED: Duration = Duration::from_micros(1);

/// Most time for judging a whole lock file.
pub const LOCK: Duration = Duration::from_millis(5);

/// The least share of nginx that an index file already held by the client may reach.
pub const INDEX_SHARE: f64 = 0.75;

/// The least share of nginx that an artifact may reach.
pub const ARTIFACT_SHARE: f64 = 0.75;

/// Most time until the last of [`PARALLEL`] clients has its whole packument.
pub const PACKUMENTS: Duration = Duration::from_secs(1);

/// Most memory of an instance that does nothing, in bytes.
pub const IDLE_BYTES: u64 = 60_000_000;

/// Most time from the start of the program to its first answer.
pub const START: Duration = Duration::from_secs(1);

/// Package names the instance under measurement knows.
pub const NAMES: usize = 50_000;

/// Releases of the large packument.
pub const RELEASES: usize = 2_600;

/// Size of the large packument, in bytes.
pub const PACKUMENT_BYTES: usize = 21_000_000;

/// Clients that want the large packument at the same moment.
pub const PARALLEL: usize = 20;

/// Clients that want the same uncached file at the same moment.
pub const HERD: usize = 200;

/// Size of the artifact that is compared with nginx, in bytes.
pub const ARTIFACT_BYTES: usize = 8 << 20;

/// Size of the file nobody has yet, in bytes.
pub const HEAVY_BYTES: usize = 50 << 20;

/// Decisions of which the middle one counts.
pub const DECISIONS: usize = 4_000;

/// Look-ups timed at once, since a clock is no finer than one of them.
pub const LOOKUPS: u32 = 100_000;

/// How often a lock file is judged; the middle time counts.
pub const LOCKS: usize = 40;

/// How often each whole command is run; the best time counts.
pub const COMMANDS: usize = 12;

/// Rounds against a peer, taking turns; the middle ratio counts.
pub const ROUNDS: usize = 5;

/// Length of one round, in seconds.
pub const ROUND_SECONDS: u32 = 4;

/// Starts of the program; the middle time counts.
pub const STARTS: usize = 5;

/// How long a client of ours waits for the next byte.
pub const SILENCE: Duration = Duration::from_secs(170);

/// Messages the inbox is given.
pub const INBOX_MESSAGES: usize = 10_000;

/// The least rate at which the inbox takes them, a second.
pub const INBOX_RATE: f64 = 2_000.0;

/// Most time until 95 of 100 of them are answered.
pub const INBOX_P95: Duration = Duration::from_millis(20);

/// Connections that post at the same time.
pub const CONNECTIONS: usize = 16;

/// Hosts one activity goes to.
pub const FANS: usize = 1_000;

/// Most time until it reached the last of them, with connections open.
pub const FAN_OUT: Duration = Duration::from_millis(600);

/// Audits that are filled in after a follow.
pub const BACK_FILLED: usize = 10_000;

/// Most time for that.
pub const BACK_FILL: Duration = Duration::from_secs(20);

/// Most memory of an instance during all of this, in bytes.
pub const PEAK_BYTES: u64 = 150_000_000;

/// Deliveries that wait while the instance is started again.
pub const QUEUED: usize = 100_000;

/// Most time until it is ready then.
pub const READY: Duration = Duration::from_secs(2);
/// Bytes of the large file that is handed in.
pub const HANDED_BYTES: usize = 100_000_000;
/// Most memory that may take.
pub const HANDED_GROWTH: u64 = 30_000_000;
/// Candidates handed in at once.
pub const HANDED_TOGETHER: usize = 50;
