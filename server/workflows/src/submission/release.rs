//! The release worker: it alone opens credentials and speaks to official indexes, and it never publishes twice.
//!
//! A release is taken as far as it goes, file by file: look whether the index has the file, note that it is about to be
//! sent, send it, note what the index said; when the index has all files, download each and compare. Every note is
//! committed before the next thing is done, so a process that is killed anywhere goes on by looking first.

mod act;
mod answer;
mod body;
mod cargo;
mod compare;
mod look;
mod npm;
mod over;
mod pypi;
mod run;
mod send;
mod target;
mod way;

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use vetmoot_domain::Ecosystem;
use vetmoot_storage::submission::{actions, releases};

use crate::ctx::Ctx;
use crate::limits::RELEASES_A_STEP;
use crate::problem::{Kind, Problem};

pub use vetmoot_storage::submission::releases::{Pause, ReleaseRow, ReleaseStep};
pub(crate) use way::contradicted;
pub use way::{Ways, way};

/// One lane for each official index: of one target nothing is done twice at once.
#[derive(Debug, Default)]
pub struct Lanes {
    cargo: tokio::sync::Mutex<()>,
    pypi: tokio::sync::Mutex<()>,
    npm: tokio::sync::Mutex<()>,
}

impl Lanes {
    fn of(&self, ecosystem: Ecosystem) -> &tokio::sync::Mutex<()> {
        match ecosystem {
            Ecosystem::Cargo => &self.cargo,
            Ecosystem::Pypi => &self.pypi,
            Ecosystem::Npm => &self.npm,
        }
    }
}

/// One turn of every lane; answers how many releases and actions were looked at. The server turns each lane by itself
/// ([`lane`]): this waits for the slowest.
pub async fn step(ctx: &Ctx) -> Result<usize, Problem> {
    // Not the kind of join that drops the others when one fails: each is in the middle of something.
    let turns = futures_util::future::join_all(Ecosystem::ALL.iter().map(|&ecosystem| lane(ctx, ecosystem))).await;
    turns.into_iter().sum()
}

/// How long the index of an ecosystem wants to be left alone, while it does.
pub async fn pause(ctx: &Ctx, ecosystem: Ecosystem) -> Result<Option<Pause>, Problem> {
    let found = releases::pause(&ctx.store.read(), ecosystem).await?;
    Ok(found.filter(|pause| pause.until > ctx.clock.now()))
}

/// Takes every release and action to one index that is due as far as it goes; answers how many it looked at. Each of
/// them is either over afterwards, or put off. Nothing here waits for another index.
pub async fn lane(ctx: &Ctx, ecosystem: Ecosystem) -> Result<usize, Problem> {
    // Whoever turns a lane turns it again after a fault: what was noted before says how to go on.
    AssertUnwindSafe(Box::pin(turn(ctx, ecosystem))).catch_unwind().await.unwrap_or_else(|_| {
        let text = "the release worker stopped in the middle; it goes on from what is written down";
        Err(Problem::new(Kind::Internal, "release-fault", text))
    })
}

async fn turn(ctx: &Ctx, ecosystem: Ecosystem) -> Result<usize, Problem> {
    // Somebody else is at it already, and looks for more when they are done.
    let Ok(_alone) = ctx.world.lanes.of(ecosystem).try_lock() else { return Ok(0) };
    let mut looked_at = 0;
    for row in releases::due(&ctx.store.read(), ecosystem, ctx.clock.now(), RELEASES_A_STEP).await? {
        looked_at += 1;
        run::advance(ctx, &row).await?;
    }
    for row in actions::due(&ctx.store.read(), ecosystem, ctx.clock.now(), RELEASES_A_STEP).await? {
        looked_at += 1;
        act::advance(ctx, &row).await?;
    }
    Ok(looked_at)
}
