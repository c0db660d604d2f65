//! When to try again: exact, so that nobody has to guess what the ledger will say next. Pure.

use vetmoot_domain::{Span, Timestamp};
use vetmoot_storage::federation::hosts::{HostRow, HostState};

use crate::limits::{BACK_OFF_FIRST, BACK_OFF_HOST_MAX, BACK_OFF_MAX, DEAD_AFTER, PROBE_FIRST, PROBE_MAX, RETRY_AFTER_MAX};

/// How a host stands after a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// How it is.
    pub state: HostState,
    /// Failures since the last success.
    pub failures: i64,
    /// When they began.
    pub failing_since: Option<Timestamp>,
    /// Nothing is sent before.
    pub next_try_at: Timestamp,
}

/// How a host stands after it failed at `now`. `asked` is the pause it asked for, which is kept within a day.
pub fn after_failure(host: &HostRow, now: Timestamp, asked: Option<Span>) -> Standing {
    let failures = host.failures.saturating_add(1);
    let since = host.failing_since.unwrap_or(now);
    let failing = now.since(since);
    let (state, pause) = if failing > DEAD_AFTER {
        // A twenty-fourth of its silence: three hours after three days, and never more than a day.
        let pause = (failing.millis() / 24).clamp(PROBE_FIRST.millis(), PROBE_MAX.millis());
        (HostState::Dead, Span::from_millis(pause))
    } else {
        (HostState::Slow, back_off(failures, host.id, BACK_OFF_HOST_MAX))
    };
    let pause = asked.map_or(pause, bounded).max(Span::from_millis(1));
    Standing { state, failures, failing_since: Some(since), next_try_at: now.plus(pause) }
}

/// How a host stands after it asked for patience (429) without failing: it never dies of that.
pub fn after_patience(host: &HostRow, now: Timestamp, asked: Option<Span>, tries: i64) -> Standing {
    let pause = asked.map_or_else(|| back_off(tries.saturating_add(1), host.id, BACK_OFF_HOST_MAX), bounded);
    let state = if host.state == HostState::Dead { HostState::Dead } else { HostState::Slow };
    Standing {
        state,
        failures: host.failures,
        failing_since: host.failing_since,
        next_try_at: now.plus(pause.max(Span::from_millis(1))),
    }
}

/// When a delivery that was tried `tries` times, this one included, is tried again; `asked` is what its host asked for.
pub fn next_try(id: i64, tries: i64, now: Timestamp, asked: Option<Span>) -> Timestamp {
    now.plus(asked.map_or_else(|| back_off(tries, id, BACK_OFF_MAX), bounded))
}

/// Twice the pause after each failure, and up to a quarter more by a number that is always the same for the same row and
/// count: what failed together is not tried together.
fn back_off(failures: i64, row: i64, max: Span) -> Span {
    let doublings = u32::try_from(failures.saturating_sub(1).clamp(0, 30)).unwrap_or(0);
    let pause = BACK_OFF_FIRST.millis().saturating_mul(1_i64 << doublings).min(max.millis());
    let share = scatter(row, failures);
    Span::from_millis(pause.saturating_add(pause / 4 * share / 255))
}

/// A number from 0 to 255, spread evenly over rows and counts (the finaliser of MurmurHash3).
fn scatter(row: i64, failures: i64) -> i64 {
    let mut mixed = row.wrapping_mul(0x9E37_79B9).wrapping_add(failures).cast_unsigned();
    mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    i64::from((mixed ^ (mixed >> 33)).to_be_bytes()[0])
}

fn bounded(asked: Span) -> Span {
    asked.clamp(Span::from_millis(0), RETRY_AFTER_MAX)
}

/// The pause a `Retry-After` field asks for (RFC 9110 section 10.2.3): seconds, or a date. None when it says neither.
pub fn retry_after(field: &str, now: Timestamp) -> Option<Span> {
    let field = field.trim();
    if !field.is_empty() && field.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are as long as anything can be.
        let seconds = field.parse::<i64>().unwrap_or(i64::MAX);
        return Some(bounded(Span::from_millis(seconds.saturating_mul(1_000))));
    }
    Timestamp::from_http_date(field).map(|until| bounded(until.since(now)))
}

#[cfg(test)]
mod tests;
