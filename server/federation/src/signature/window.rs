//! When a signature is good: made not in the future, not expired, and never for longer than half a day.

use vetmoot_domain::Timestamp;

use super::SignatureError;
use crate::limits::{CLOCK_SKEW, SIGNATURE_LIFE, SIGNATURE_LIFE_MAX};

/// Checks when a message was signed, and the end it names for its signature, on our clock.
pub(super) fn check(created: Timestamp, expires: Option<Timestamp>, now: Timestamp) -> Result<(), SignatureError> {
    if created > now.plus(CLOCK_SKEW) {
        return Err(SignatureError::Future);
    }
    let end = expires.unwrap_or_else(|| created.plus(SIGNATURE_LIFE)).min(created.plus(SIGNATURE_LIFE_MAX));
    if end < created || now > end.plus(CLOCK_SKEW) {
        return Err(SignatureError::Expired);
    }
    Ok(())
}

/// Reads whole seconds since 1970, as both schemes write times.
pub(super) fn seconds(text: &str) -> Result<Timestamp, SignatureError> {
    let digits = !text.is_empty() && text.len() <= 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = digits.then(|| text.parse::<i64>().ok()).flatten();
    let seconds = seconds.ok_or(SignatureError::Unreadable("a time in it is no number of seconds"))?;
    Ok(Timestamp::from_millis(seconds.saturating_mul(1_000)))
}
