//! Bounds of the tests themselves: how long to wait, how much to keep.

use std::time::Duration;

/// How long a program may take until it answers.
pub const READY: Duration = Duration::from_mins(1);

/// Between two looks at whether a program answers.
pub const LOOK_AGAIN: Duration = Duration::from_millis(25);

/// How long a package manager, or any program that ends by itself, may run.
pub const PROGRAM: Duration = Duration::from_mins(3);

/// How long one HTTP answer may take.
pub const ANSWER: Duration = Duration::from_mins(1);
/// Places for which a plain client is kept; more of them begin again.
pub const PLACES_KNOWN_MAX: usize = 64;

/// How long a server under test may take to stop when asked politely.
pub const STOP: Duration = Duration::from_secs(20);

/// The longest request head our own upstreams read.
pub const REQUEST_HEAD: usize = 64 * 1024;

/// How long our own upstreams keep a connection without a request.
pub const IDLE: Duration = Duration::from_secs(30);

/// How long a stand-in keeps a request waiting at most.
pub const HELD: Duration = Duration::from_mins(2);
