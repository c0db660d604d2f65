//! What became of deliveries, many of them written down at once.

use std::borrow::Borrow;

use vetmoot_domain::{Span, Timestamp};
use vetmoot_storage::Tx;
use vetmoot_storage::federation::deliveries::{self, Waiting};
use vetmoot_storage::federation::hosts::{self, Failure, HostRow, HostSignature};

pub use vetmoot_storage::federation::hosts::HostState;

use super::circuit::{self, Standing};
use crate::ctx::Ctx;
use crate::limits::{GIVE_UP_TRIES, INBOX_MISSING_TRIES, KEEPS_PLACE_TRIES, UNWILLING_TRIES};
use crate::problem::Problem;

/// What a host made of one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It took it.
    Taken,
    /// It will never take it.
    Refused,
    /// It says that there is no such inbox any more (410).
    NoInbox,
    /// It knows no such inbox just now (404).
    Missing,
    /// It does not take it for a reason that may pass: it does not believe us (401), or sends us elsewhere (3xx).
    Unwilling,
    /// It takes nothing more for a while (429).
    Patience {
        /// The pause it asked for.
        asked: Option<Span>,
    },
    /// It failed (408, 5xx and the like).
    Failing {
        /// The pause it asked for.
        asked: Option<Span>,
    },
    /// It could not be reached, or never answered: nothing is known of what it would say to this delivery.
    Unreachable,
    /// It was not sent, for a reason of our own: the host is not to blame.
    NotSent,
}

/// One delivery that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// Which.
    pub waiting: Waiting,
    /// What became of it.
    pub verdict: Verdict,
    /// Why, in words, unless it was taken.
    pub error: String,
}

/// What was tried at one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The host as it was before.
    pub host: HostRow,
    /// The signature it turned out to take, where that is news.
    pub signature: Option<HostSignature>,
    /// Everything that was tried, in order.
    pub tried: Vec<Tried>,
}

/// How many of which.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Taken.
    pub sent: u64,
    /// To be tried again.
    pub retried: u64,
    /// Refused for good.
    pub gone: u64,
}

/// Writes reports down in one transaction; before that, nothing that is in them counts as sent.
pub async fn record<R: Borrow<Report> + Sync>(ctx: &Ctx, reports: &[R]) -> Result<Tally, Problem> {
    let now = ctx.clock.now();
    let mut tally = Tally::default();
    let tx = ctx.store.begin().await?;
    let (mut sent, mut well) = (Vec::new(), Vec::new());
    for report in reports.iter().map(Borrow::borrow) {
        let before = sent.len();
        sent.extend(report.tried.iter().filter(|tried| tried.verdict == Verdict::Taken).map(|tried| tried.waiting.id));
        if sent.len() > before {
            well.push(report.host.id);
        }
    }
    deliveries::sent(&tx, &sent, now).await?;
    hosts::note_out(&tx, &well, now).await?;
    tally.sent = u64::try_from(sent.len()).unwrap_or(u64::MAX);
    for report in reports {
        let report: &Report = report.borrow();
        rest(&tx, report, now, &mut tally).await?;
    }
    tx.commit().await?;
    ctx.metrics.deliveries_sent.inc_by(tally.sent);
    ctx.metrics.deliveries_retried.inc_by(tally.retried);
    ctx.metrics.deliveries_gone.inc_by(tally.gone);
    Ok(tally)
}

/// Everything of a report but what was taken.
async fn rest(tx: &Tx, report: &Report, now: Timestamp, tally: &mut Tally) -> Result<(), Problem> {
    let mut host = report.host.clone();
    if let Some(signature) = report.signature.filter(|signature| host.signature != Some(*signature)) {
        hosts::set_signature(tx, host.id, signature).await?;
    }
    if report.tried.iter().any(|tried| tried.verdict == Verdict::Taken) {
        if host.state == HostState::Dead {
            deliveries::hurry(tx, host.id, now).await?;
        }
        host = HostRow { state: HostState::Ok, failures: 0, failing_since: None, ..host };
    }
    let mut standing: Option<(Standing, &str)> = None;
    for tried in report.tried.iter().filter(|tried| tried.verdict != Verdict::Taken) {
        let left = left_of(&host, tried, now);
        // Several that were under way together are one failure, not several.
        if let (None, Some(found)) = (&standing, left.standing) {
            standing = Some((found, &tried.error));
        }
        write(tx, tried, &left.delivery, now, tally).await?;
    }
    if let Some((standing, error)) = standing {
        let Standing { state, failures, failing_since, next_try_at } = standing;
        hosts::failed(tx, host.id, &Failure { state, failures, failing_since, next_try_at, error }).await?;
    }
    Ok(())
}

/// What a try leaves: on its delivery, and on the host.
struct Left {
    delivery: Delivery,
    standing: Option<Standing>,
}

enum Delivery {
    /// It is tried again, then or in its old place.
    Again(Option<Timestamp>),
    Gone(String),
    InboxGone(String),
}

fn left_of(host: &HostRow, tried: &Tried, now: Timestamp) -> Left {
    let Tried { waiting, verdict, error } = tried;
    let tries = waiting.tries.saturating_add(1);
    let again = |asked| Delivery::Again(Some(circuit::next_try(waiting.id, tries, now, asked)));
    let gone = || Delivery::Gone(error.clone());
    let (delivery, standing) = match verdict {
        Verdict::Taken | Verdict::Refused => (gone(), None),
        Verdict::NoInbox => (Delivery::InboxGone(error.clone()), None),
        Verdict::Missing if tries >= INBOX_MISSING_TRIES => (Delivery::InboxGone(error.clone()), None),
        Verdict::Unwilling if tries >= UNWILLING_TRIES => (gone(), None),
        Verdict::Missing | Verdict::Unwilling | Verdict::NotSent => (again(None), None),
        Verdict::Patience { asked } => (Delivery::Again(None), Some(circuit::after_patience(host, now, *asked, waiting.tries))),
        Verdict::Unreachable => (Delivery::Again(None), Some(circuit::after_failure(host, now, None))),
        // A host that takes others has had its chances with this one.
        Verdict::Failing { .. } if tries >= GIVE_UP_TRIES && host.failures == 0 => {
            (Delivery::Gone(format!("given up after {tries} tries: {error}")), None)
        }
        // What comes first stays first, lest what was said later arrives before it; only what fails again and again
        // lets the others pass.
        Verdict::Failing { asked } if tries <= KEEPS_PLACE_TRIES => {
            (Delivery::Again(None), Some(circuit::after_failure(host, now, *asked)))
        }
        Verdict::Failing { asked } => (again(*asked), Some(circuit::after_failure(host, now, *asked))),
    };
    Left { delivery, standing }
}

async fn write(tx: &Tx, tried: &Tried, left: &Delivery, now: Timestamp, tally: &mut Tally) -> Result<(), Problem> {
    let waiting = &tried.waiting;
    match left {
        Delivery::Again(next_at) => {
            tally.retried += 1;
            deliveries::postponed(tx, waiting.id, *next_at, &tried.error).await?;
        }
        Delivery::Gone(error) => {
            tally.gone += 1;
            deliveries::gone(tx, waiting.id, error).await?;
        }
        Delivery::InboxGone(error) => {
            tally.gone += 1;
            deliveries::gone(tx, waiting.id, error).await?;
            deliveries::inbox_gone(tx, waiting.host_id, &waiting.inbox, error, now).await?;
        }
    }
    Ok(())
}
