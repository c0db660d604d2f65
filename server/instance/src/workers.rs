//! Timers: noticing what commands beside the server wrote, imports that are due, pruning, sweeping.

use std::time::Duration;

use vetmoot_workflows::{Ctx, import, instance};

/// How often the event log is looked at for what another process wrote.
const NOTICE_EVERY: Duration = Duration::from_millis(300);
/// How often imports are looked at for being due.
const IMPORTS_EVERY: Duration = Duration::from_mins(1);
/// How often the blob store is put in order.
const TEND_EVERY: Duration = Duration::from_mins(5);

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
}
