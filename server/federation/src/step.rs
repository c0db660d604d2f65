//! One step of each worker, so that tests turn them by hand; each answers how much it did.

use vetmoot_workflows::{Ctx, Problem};

use crate::delivery::Sender;

/// Makes activities of the events since the last step.
pub async fn compose(ctx: &Ctx) -> Result<usize, Problem> {
    crate::compose::step(ctx).await
}

/// Sends every delivery that is due, once.
pub async fn deliver(ctx: &Ctx) -> Result<usize, Problem> {
    if ctx.domain.is_none() {
        return Ok(0);
    }
    // A sender is a large thing that lives for this one step.
    Box::pin(Sender::new(ctx).drain(None)).await
}

/// Applies every item of the inbox that is due, once.
pub async fn apply(ctx: &Ctx) -> Result<usize, Problem> {
    Box::pin(crate::inbox::apply(ctx)).await
}

/// Looks at every followed log that is due, once.
pub async fn catch_up(ctx: &Ctx) -> Result<usize, Problem> {
    vetmoot_workflows::follow::catch_up::step(ctx).await
}
