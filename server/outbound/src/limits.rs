//! Every bound of this crate, in one place.

use std::time::Duration;

/// Most redirects followed for one request; each hop is checked as the first address was.
pub const REDIRECTS_MAX: usize = 3;
/// Longest wait for a TCP and TLS handshake.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest time an unused connection is kept.
pub const POOL_IDLE_TIMEOUT: Duration = Duration::from_mins(1);
/// Requests under way at one host at a time, unless configured.
pub const PER_HOST_CONCURRENCY: usize = 16;
/// Hosts whose counters are kept; idle ones are forgotten first.
pub const HOSTS_MAX: usize = 4_096;
/// Largest body unless the request says otherwise, in decoded bytes.
pub const BODY_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Longest duration of a whole request unless it says otherwise: waiting for a place, redirects and body included.
pub const TOTAL_TIMEOUT: Duration = Duration::from_mins(2);
/// Longest silence, before the head of the answer as between two pieces of its body, unless the request says otherwise.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// Most addresses taken from one answer of the name service.
pub const ADDRESSES_MAX: usize = 16;
/// Header fields read of one answer.
pub const HEADERS_MAX: usize = 100;
/// Bytes of all header fields of an HTTP/2 answer.
pub const HEADER_LIST_BYTES_MAX: u32 = 64 * 1024;
/// Compressed bytes decoded in one step; gzip expands at most about 1032 times, so a step makes some 4 MiB.
pub const GZIP_STEP_BYTES: usize = 4 * 1024;
/// Bytes reserved at once for a body read into memory; a claimed length above this is not believed beforehand.
pub const PREALLOCATE_BYTES_MAX: u64 = 1024 * 1024;
/// Characters of a foreign text (a host, a cause) shown in an error.
pub const SHOWN_CHARS_MAX: usize = 200;
