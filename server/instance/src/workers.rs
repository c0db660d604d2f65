//! Timers: noticing what commands beside the server wrote, imports that are due, pruning, sweeping.

use std::time::Duration;

use vetmoot_workflows::{Ctx, import, instance, submission};

/// How often the event log is looked at for what another process wrote.
const NOTICE_EVERY: Duration = Duration::from_millis(300);
/// How often imports are looked at for being due.
const IMPORTS_EVERY: Duration = Duration::from_mins(1);
/// How often the blob store is put in order.
const TEND_EVERY: Duration = Duration::from_mins(5);

/// How often candidates are looked at for what time changes.
const SUBMISSIONS_EVERY: Duration = Duration::from_secs(5);
/// How long the release worker waits when nobody rings.
const RELEASES_EVERY: Duration = Duration::from_secs(2);

/// Starts the timers; they end with the runtime.
pub fn start(ctx: &Ctx, blobs_max: Option<u64>) {
    let noticing = ctx.clone();
    actix_web::rt::spawn(async move {
        let mut ticks = tokio::time::interval(NOTICE_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            ticks.tick().await;
            if let Err(problem) = noticing.notice().await {
                tracing::warn!(
                    code = problem.code,
                    cause = problem.cause.as_deref().unwrap_or(""),
                    "the event log could not be read"
                );
            }
        }
    });
    let importing = ctx.clone();
    actix_web::rt::spawn(async move {
        let mut ticks = tokio::time::interval(IMPORTS_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            ticks.tick().await;
            import::schedule::run_due(&importing).await;
        }
    });
    let tending = ctx.clone();
    actix_web::rt::spawn(async move {
        let mut ticks = tokio::time::interval(TEND_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            ticks.tick().await;
            match instance::prune::tend(&tending, blobs_max).await {
                Ok(0) => {}
                Ok(bytes) => tracing::info!(bytes, "documents and artifacts nobody needs were removed"),
                Err(problem) => tracing::warn!(code = problem.code, "tending the blob store failed: {problem}"),
            }
        }
    });
    let waiting = ctx.clone();
    actix_web::rt::spawn(async move {
        let mut ticks = tokio::time::interval(SUBMISSIONS_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            ticks.tick().await;
            if let Err(problem) = submission::tend::step(&waiting).await {
                tracing::warn!(code = problem.code, "tending candidates failed: {problem}");
            }
        }
    });
    let releasing = ctx.clone();
    actix_web::rt::spawn(async move {
        loop {
            match submission::release::step(&releasing).await {
                Ok(0) => {
                    // Running out of patience is how what is due by time is found.
                    let _ = tokio::time::timeout(RELEASES_EVERY, releasing.signals.release.notified()).await;
                }
                Ok(_) => {}
                Err(problem) => {
                    tracing::warn!(code = problem.code, "the release worker failed and goes on: {problem}");
                    tokio::time::sleep(RELEASES_EVERY).await;
                }
            }
        }
    });
}
