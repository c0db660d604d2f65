//! Bells between workflows and the workers, so that nobody has to look at a table for news all the time.

use tokio::sync::Notify;
use vetmoot_domain::Ecosystem;

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
    pub release: Releases,
}

/// The bells of the release worker: one for each official index, since none of its lanes waits for another.
#[derive(Debug, Default)]
pub struct Releases {
    cargo: Notify,
    pypi: Notify,
    npm: Notify,
}

impl Releases {
    /// Rings all of them: a lane that has nothing to do finds that out with one query.
    pub fn notify_one(&self) {
        for &ecosystem in Ecosystem::ALL {
            self.of(ecosystem).notify_one();
        }
    }

    /// The bell of one lane.
    pub fn of(&self, ecosystem: Ecosystem) -> &Notify {
        match ecosystem {
            Ecosystem::Cargo => &self.cargo,
            Ecosystem::Pypi => &self.pypi,
            Ecosystem::Npm => &self.npm,
        }
    }
}
