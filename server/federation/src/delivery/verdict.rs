//! What an answer, or the lack of one, means for a delivery.

use vetmoot_domain::Timestamp;
use vetmoot_outbound::{FetchError, Meta, Refused};
use vetmoot_workflows::delivery::circuit::retry_after;
use vetmoot_workflows::delivery::record::Verdict;

use crate::limits::REFUSAL_CHARS_MAX;

/// What the status of an answer means.
pub(super) fn of_answer(meta: &Meta, now: Timestamp) -> Verdict {
    let asked = || meta.retry_after.as_deref().and_then(|field| retry_after(field, now));
    match meta.status {
        200..=299 => Verdict::Taken,
        300..=399 | 401 => Verdict::Unwilling,
        404 => Verdict::Missing,
        410 => Verdict::NoInbox,
        429 => Verdict::Patience { asked: asked() },
        408 | 425 | 500..=599 => Verdict::Failing { asked: asked() },
        _ => Verdict::Refused,
    }
}

/// What it means that there was no answer.
pub(super) fn of_error(error: &FetchError) -> Verdict {
    match error {
        // The name service may say so only today.
        FetchError::Refused(Refused::AddressNotPublic { .. }) => Verdict::Unreachable,
        FetchError::Refused(_) | FetchError::BadRequest { .. } => Verdict::Refused,
        // It did answer, with more than is read of any answer.
        FetchError::TooLarge { .. } => Verdict::Failing { asked: None },
        _ => Verdict::Unreachable,
    }
}

/// An answer in words for the ledger: its status, and what it says if that is plain text or JSON.
pub(super) fn in_words(meta: &Meta, body: &[u8]) -> String {
    let kind = meta.content_type.as_deref().unwrap_or_default().to_ascii_lowercase();
    let readable = kind.starts_with("text/plain") || kind.contains("json");
    let said = if readable { String::from_utf8_lossy(body) } else { "".into() };
    let said: Vec<&str> = said.split_whitespace().collect();
    let said: String = said.join(" ").chars().filter(|c| !c.is_control()).take(REFUSAL_CHARS_MAX).collect();
    let status = meta.status;
    if said.is_empty() { format!("answered {status}") } else { format!("answered {status}: {said}") }
}
