//! Timers: noticing what commands beside the server wrote, imports that are due, pruning, sweeping, releasing.

use std::time::Duration;

use actix_web::rt;
use tokio::task::JoinHandle;
use vetmoot_domain::Ecosystem;
use vetmoot_workflows::{Ctx, import, instance, submission};

/// How often the event log is looked at for what another process wrote.
const NOTICE_EVERY: Duration = Duration::from_millis(300);
/// How often imports are looked at for being due.
const IMPORTS_EVERY: Duration = Duration::from_mins(1);
/// How often the blob store is put in order.
const TEND_EVERY: Duration = Duration::from_mins(5);

/// How often candidates are looked at for what time changes.
const SUBMISSIONS_EVERY: Duration = Duration::from_secs(5);
/// How long a lane of the release worker waits when nobody rings.
const RELEASES_EVERY: Duration = Duration::from_secs(2);

/// What runs beside the requests; dropping it ends it. What it was doing is on disk.
pub struct Workers(Vec<JoinHandle<()>>);

impl Drop for Workers {
    fn drop(&mut self) {
        for worker in &self.0 {
            worker.abort();
        }
    }
}

/// Starts the timers and the lanes of the release worker.
pub fn start(ctx: &Ctx, blobs_max: Option<u64>) -> Workers {
    let mut running = Vec::new();
    let noticing = ctx.clone();
    running.push(rt::spawn(async move {
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
    }));
    let importing = ctx.clone();
    running.push(rt::spawn(async move {
        let mut ticks = tokio::time::interval(IMPORTS_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            ticks.tick().await;
            import::schedule::run_due(&importing).await;
        }
    }));
    let tending = ctx.clone();
    running.push(rt::spawn(async move {
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
    }));
    let waiting = ctx.clone();
    running.push(rt::spawn(async move {
        let mut ticks = tokio::time::interval(SUBMISSIONS_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            ticks.tick().await;
            if let Err(problem) = submission::tend::step(&waiting).await {
                tracing::warn!(code = problem.code, "tending candidates failed: {problem}");
            }
        }
    }));
    running.extend(Ecosystem::ALL.iter().map(|&ecosystem| rt::spawn(release(ctx.clone(), ecosystem))));
    Workers(running)
}

/// Turns one lane of the release worker until it finds nothing more, then waits for its bell or a while.
async fn release(ctx: Ctx, ecosystem: Ecosystem) {
    loop {
        match submission::release::lane(&ctx, ecosystem).await {
            Ok(0) => {
                // Running out of patience is how what is due by time is found.
                let _ = tokio::time::timeout(RELEASES_EVERY, ctx.signals.release.of(ecosystem).notified()).await;
            }
            Ok(_) => tokio::task::yield_now().await,
            Err(problem) => {
                let cause = problem.cause.as_deref().unwrap_or("");
                tracing::warn!(%ecosystem, code = problem.code, cause, "the release worker failed and goes on: {problem}");
                tokio::time::sleep(RELEASES_EVERY).await;
            }
        }
    }
}
