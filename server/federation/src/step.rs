//! One step of each worker, so that tests turn them by hand; each answers how much it did.

use vetmoot_workflows::{Ctx, Problem};

/// Makes activities of the events since the last step.
pub async fn compose(_ctx: &Ctx) -> Result<usize, Problem> {
    Ok(0)
}

/// Sends every delivery that is due, once.
pub async fn deliver(_ctx: &Ctx) -> Result<usize, Problem> {
    Ok(0)
}

/// Applies every item of the inbox that is due, once.
pub async fn apply(_ctx: &Ctx) -> Result<usize, Problem> {
    Ok(0)
}

/// Looks at every followed log that is due, once.
pub async fn catch_up(_ctx: &Ctx) -> Result<usize, Problem> {
    Ok(0)
}
