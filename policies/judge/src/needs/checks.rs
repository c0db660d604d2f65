//! Whether an outside check passed, failed, was waived, or is still waited for.

use vetmoot_domain::{CheckVerdict, Need, NeedKind, NeedState};

use super::{CheckFact, Staged, WaiverFact};
use crate::policy::ReleaseCheck;

/// How the check stands: its latest result counts, and a waiver stands in for what was known when it was given.
pub(super) fn of(check: &ReleaseCheck, staged: &Staged<'_>) -> Need {
    let results = staged.checks.iter().filter(|result| check.keys.contains(&result.key));
    // Of two results of one moment the worse one counts.
    let latest = results.max_by(|a, b| (a.at, a.verdict).cmp(&(b.at, b.verdict)));
    let waiver =
        staged.waivers.iter().filter(|waiver| check.waivable && waiver.check == check.name).max_by_key(|waiver| waiver.at);
    let need = |state, text: String| Need::new(NeedKind::Check, check.name.as_str(), state, text);
    let link = latest.and_then(|result| result.url.clone());
    let told = match (latest, waiver) {
        (Some(result), _) if result.verdict != CheckVerdict::Failed => need(NeedState::Met, said(check, result)),
        (Some(result), Some(waiver)) if waiver.at >= result.at => waived(need, waiver),
        (Some(result), Some(_)) => need(NeedState::Failed, format!("{}, after it was waived", said(check, result))),
        (Some(result), None) => need(NeedState::Failed, said(check, result)),
        (None, Some(waiver)) => waived(need, waiver),
        (None, None) => need(NeedState::Waiting, format!("no signed result of `{}` came yet", check.name)),
    };
    Need { link, ..told }
}

fn waived(need: impl Fn(NeedState, String) -> Need, waiver: &WaiverFact) -> Need {
    let text = format!("waived by {}: {}", waiver.by, waiver.reason);
    Need { by: Some(waiver.by.clone()), ..need(NeedState::Waived, text) }
}

fn said(check: &ReleaseCheck, result: &CheckFact) -> String {
    let word = match result.verdict {
        CheckVerdict::Passed => "passed",
        CheckVerdict::Warned => "passed with warnings",
        CheckVerdict::Failed => "failed",
    };
    match &result.detail {
        Some(detail) => format!("`{}` {word}: {detail}", check.name),
        None => format!("`{}` {word}", check.name),
    }
}
