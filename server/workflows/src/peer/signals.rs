//! Bells between workflows and the workers, so that nobody has to look at a table for news all the time.

use tokio::sync::Notify;

/// The bells; ringing one wakes its worker, and a worker that was not listening finds it rung.
#[derive(Debug, Default)]
pub struct Signals {
    /// An event was written that may have to be published.
    pub compose: Notify,
    /// A delivery waits.
    pub deliver: Notify,
    /// An item waits in the inbox.
    pub apply: Notify,
    /// A followed log has to be looked at.
    pub catch_up: Notify,
    /// A release or an action may go a step further.
    pub release: Notify,
}
