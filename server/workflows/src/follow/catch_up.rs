//! Catching up with followed logs: what was missed while either side was away, taken in pieces that each stand alone.
//!
//! Every piece is one transaction, and taking one twice changes nothing; so a process that dies anywhere goes on where
//! the rows say.

use vetmoot_domain::log::announced;
use vetmoot_domain::{Span, Timestamp};
use vetmoot_storage::federation::following::{self, FollowState, FollowingRow, Progress};
use vetmoot_storage::federation::logs::{self, LogRow};
use vetmoot_storage::federation::received;

use super::{fork, missing};
use crate::ctx::{Ctx, Origin};
use crate::limits::{LOG_HINT_PAUSE, LOG_LOOK_EVERY, LOG_RETRY_FIRST, LOG_RETRY_MAX, LOGS_A_STEP, NO_LOG_LOOK_EVERY};
use crate::log::follow::{LogProblem, begin, pull};
use crate::moderation;
use crate::peer::Freshness;
use crate::problem::{Kind, Problem};
use crate::statement::receive::Community;

/// Looks at every followed log that is due, once; answers how many statements and leaves that brought.
///
/// What one community's server does wrong is noted with it and stops nobody else.
pub async fn step(ctx: &Ctx) -> Result<usize, Problem> {
    if ctx.domain.is_none() {
        return Ok(0);
    }
    let mut done = 0;
    for row in following::due(&ctx.store.read(), ctx.clock.now(), LOGS_A_STEP).await? {
        match look(ctx, &row).await {
            Ok(brought) => done += brought,
            Err(failure) => {
                let Stopped { code, text, brought } = failure;
                done += brought;
                tracing::info!(community = %row.source, code, "its log could not be read on: {text}");
                let tx = ctx.store.begin().await?;
                following::failed(&tx, row.id, &text, again_after(&row, ctx.clock.now()), ctx.clock.now()).await?;
                tx.commit().await?;
            }
        }
    }
    Ok(done)
}

/// When the next followed log is due; none when none is followed.
pub async fn next_due(ctx: &Ctx) -> Result<Option<Timestamp>, Problem> {
    Ok(following::next_due(&ctx.store.read()).await?)
}

/// Somebody heard of news from this actor: its log is looked at soon.
pub async fn hint(ctx: &Ctx, actor: &str) -> Result<(), Problem> {
    let Some(row) = following::by_actor(&ctx.store.read(), actor).await? else { return Ok(()) };
    // Every post is a hint; a log that was just looked at need not be looked at for each of them. One that failed is not
    // left alone for as long as was settled, for its server is there again.
    let pause = if row.failures > 0 { LOG_RETRY_FIRST } else { LOG_HINT_PAUSE };
    let soon = row.checked_at.map_or(ctx.clock.now(), |checked| ctx.clock.now().max(checked.plus(pause)));
    let settled = row.next_check_at.is_some_and(|next| next <= soon);
    if row.state != FollowState::Accepted || row.log_url.is_none() || settled {
        return Ok(());
    }
    let tx = ctx.store.begin().await?;
    following::hurry(&tx, row.id, soon).await?;
    tx.commit().await?;
    ctx.signals.catch_up.notify_one();
    Ok(())
}

/// Reads a followed community's log from its beginning again, for what was passed over; what is known stays as it is.
pub async fn read_again(ctx: &Ctx, origin: &Origin, text: &str) -> Result<(), Problem> {
    moderation::authorised(origin)?;
    let row = super::list::find(ctx, text).await?;
    let Some(log_id) = row.log_id.filter(|_| row.state == FollowState::Accepted) else {
        return Err(Problem::new(Kind::Conflict, "no-log", "this community is not followed, or has no log that was read"));
    };
    let tx = ctx.store.begin().await?;
    received::forget_log(&tx, log_id, row.source_id).await?;
    following::read_again(&tx, row.id, ctx.clock.now()).await?;
    tx.commit().await?;
    ctx.signals.catch_up.notify_one();
    Ok(())
}

/// Why a look stopped, and what it had brought until then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stopped {
    pub code: &'static str,
    pub text: String,
    pub brought: usize,
}

impl Stopped {
    pub fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), brought: 0 }
    }
}

impl From<Problem> for Stopped {
    fn from(problem: Problem) -> Self {
        Self::new(problem.code, problem.to_string())
    }
}

impl From<vetmoot_storage::StoreError> for Stopped {
    fn from(error: vetmoot_storage::StoreError) -> Self {
        Problem::from(error).into()
    }
}

impl From<LogProblem> for Stopped {
    fn from(problem: LogProblem) -> Self {
        Self::new(problem.code(), problem.to_string())
    }
}

async fn look(ctx: &Ctx, row: &FollowingRow) -> Result<usize, Stopped> {
    let Some(community) = Community::of(row) else { return Ok(0) };
    let now = ctx.clock.now();
    let Some((url, log)) = log_of(ctx, row).await? else {
        let tx = ctx.store.begin().await?;
        following::put_off(&tx, row.id, now.plus(NO_LOG_LOOK_EVERY), now).await?;
        tx.commit().await?;
        return Ok(0);
    };
    if fork::open(&ctx.store.read(), Some(log.id)).await?.is_some() {
        return Err(Stopped::new("log-forked", "its log contradicts itself; nothing is taken from it until an admin decides"));
    }
    let pulled = match pull(ctx, &url, &log).await {
        Ok(pulled) => pulled,
        Err(problem) => {
            // Whoever shows the following has to find its log, most of all when it is forked.
            remember_log(ctx, row, log.id).await?;
            return Err(problem.into());
        }
    };
    let mut look = missing::Look { ctx, row, community: &community, url: &url, log_id: log.id, taken: row.log_taken };
    let brought = pulled.new.len();
    let taken = look.take(pulled.here).await;
    let complete = taken.is_ok() && pulled.is_complete() && look.taken >= pulled.here;
    let next_check_at = if complete { now.plus(LOG_LOOK_EVERY) } else { now };
    let advanced = look.taken > row.log_taken || taken.is_ok() || row.log_total != Some(pulled.checkpoint.size);
    if advanced {
        let tx = ctx.store.begin().await?;
        let progress = Progress { log_id: log.id, total: pulled.checkpoint.size, taken: look.taken, next_check_at };
        following::progress(&tx, row.id, &progress, now).await?;
        tx.commit().await?;
    }
    match taken {
        Ok(statements) => {
            if !complete {
                ctx.signals.catch_up.notify_one();
            }
            Ok(brought + statements)
        }
        Err(mut stopped) => {
            stopped.brought += brought;
            Err(stopped)
        }
    }
}

/// The address and row of a community's log; none when it has none.
async fn log_of(ctx: &Ctx, row: &FollowingRow) -> Result<Option<(String, LogRow)>, Stopped> {
    if let (Some(url), Some(id)) = (&row.log_url, row.log_id)
        && let Some(log) = logs::by_id(&ctx.store.read(), id).await?
    {
        return Ok(Some((url.clone(), log)));
    }
    let fresh = if row.log_url.is_some() { Freshness::Remembered } else { Freshness::Daily };
    let actor = ctx.peers.actor(ctx, &row.actor_uri, fresh).await?;
    let Ok(place) = announced(&actor.document) else { return Ok(None) };
    let log = begin(ctx, &place.key).await?;
    if row.log_url.as_deref() != Some(place.url.as_str()) {
        let tx = ctx.store.begin().await?;
        following::set_log_url(&tx, row.id, &place.url).await?;
        tx.commit().await?;
    }
    Ok(Some((place.url, log)))
}

async fn remember_log(ctx: &Ctx, row: &FollowingRow, log_id: i64) -> Result<(), Stopped> {
    if row.log_id == Some(log_id) {
        return Ok(());
    }
    let tx = ctx.store.begin().await?;
    following::set_log_id(&tx, row.id, log_id).await?;
    tx.commit().await?;
    Ok(())
}

/// Twice the pause after each failure, up to a bound.
fn again_after(row: &FollowingRow, now: Timestamp) -> Timestamp {
    let doublings = row.failures.min(20);
    let pause = LOG_RETRY_FIRST.millis().saturating_mul(1_i64 << doublings).min(LOG_RETRY_MAX.millis());
    now.plus(Span::from_millis(pause))
}
