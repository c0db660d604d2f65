//! What runs beside the requests: composing activities from events, sending them, applying what came, catching up.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use vetmoot_workflows::peer::Signals;
use vetmoot_workflows::{Ctx, Problem, delivery};

use crate::delivery::Sender;
use crate::limits::{APPLY_WORKERS, FAILURE_PAUSE, MEASURE_EVERY, RESCAN_EVERY, SOFTWARE_EVERY};
use crate::step;

/// The workers of one instance; dropping the last clone ends them. What they were doing is on disk.
#[derive(Clone)]
pub struct Workers(#[expect(dead_code, reason = "holds the workers")] Arc<Running>);

/// The loops; ended with this.
struct Running(Vec<JoinHandle<()>>);

impl Drop for Running {
    fn drop(&mut self) {
        for worker in &self.0 {
            worker.abort();
        }
    }
}

/// Which bell rings for a worker.
type Bell = fn(&Signals) -> &Notify;
/// One step of a worker.
type Step = for<'a> fn(&'a Ctx) -> BoxFuture<'a, Result<usize, Problem>>;

impl Workers {
    /// Starts every worker on the current runtime; a trial has none.
    pub fn start(ctx: &Ctx) -> Self {
        if ctx.domain.is_none() {
            return Self(Arc::new(Running(Vec::new())));
        }
        let steps: [(&'static str, Bell, Step); 3] = [
            ("compose", |signals| &signals.compose, |ctx| Box::pin(step::compose(ctx))),
            ("apply", |signals| &signals.apply, |ctx| Box::pin(step::apply(ctx))),
            ("catch-up", |signals| &signals.catch_up, |ctx| Box::pin(step::catch_up(ctx))),
        ];
        let mut running = vec![tokio::spawn(deliver(ctx.clone())), tokio::spawn(ask_software(ctx.clone()))];
        running.extend(steps.map(|(name, bell, step)| tokio::spawn(turn(ctx.clone(), name, bell, step))));
        // One of them is among the steps above.
        let more =
            (1..APPLY_WORKERS).map(|_| turn(ctx.clone(), "apply", |signals| &signals.apply, |ctx| Box::pin(step::apply(ctx))));
        running.extend(more.map(tokio::spawn));
        Self(Arc::new(Running(running)))
    }
}

/// Turns a worker until it finds nothing more, then waits for its bell or a while.
async fn turn(ctx: Ctx, name: &'static str, bell: Bell, step: Step) {
    loop {
        match step(&ctx).await {
            Ok(0) => wait(bell(&ctx.signals)).await,
            Ok(_) => tokio::task::yield_now().await,
            Err(problem) => failed(name, &problem).await,
        }
    }
}

/// Sends what is due, for as long as the instance runs.
async fn deliver(ctx: Ctx) {
    let mut sender = Sender::new(&ctx);
    let mut measure_at = Instant::now();
    loop {
        match sender.drain(Some(&ctx.signals.deliver)).await {
            Ok(_) => {}
            Err(problem) => failed("deliver", &problem).await,
        }
        if Instant::now() >= measure_at {
            measure_at = Instant::now() + MEASURE_EVERY;
            if let Err(problem) = delivery::peers::measure(&ctx).await {
                failed("measure", &problem).await;
            }
        }
        wait(&ctx.signals.deliver).await;
    }
}

/// Asks other servers what they run, a few at a time.
async fn ask_software(ctx: Ctx) {
    loop {
        if let Err(problem) = delivery::software::step(&ctx).await {
            failed("software", &problem).await;
        }
        tokio::time::sleep(SOFTWARE_EVERY).await;
    }
}

async fn wait(bell: &Notify) {
    // Running out of patience is how a worker finds what nobody rang for.
    let _ = tokio::time::timeout(RESCAN_EVERY, bell.notified()).await;
}

async fn failed(worker: &str, problem: &Problem) {
    let cause = problem.cause.as_deref().unwrap_or("");
    tracing::warn!(worker, code = problem.code, cause, "a worker of federation failed and goes on: {problem}");
    tokio::time::sleep(FAILURE_PAUSE).await;
}
