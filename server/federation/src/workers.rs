//! What runs beside the requests: composing activities from events, sending them, applying what came, catching up.

use std::sync::Arc;

use vetmoot_workflows::Ctx;

/// The workers of one instance; dropping it ends them.
#[derive(Clone)]
pub struct Workers(#[expect(dead_code, reason = "holds the workers")] Arc<()>);

impl Workers {
    /// Starts every worker on the current runtime; a trial has none.
    pub fn start(_ctx: &Ctx) -> Self {
        Self(Arc::new(()))
    }
}
