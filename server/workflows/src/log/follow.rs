//! Following another's log: its checkpoint, the leaves missed here, and whether it still says what it said before.

use std::collections::HashMap;

use vetmoot_domain::event::Topic;
use vetmoot_domain::log::{self, Checkpoint, Hash, LogError, Tile, Tiles, Vkey};
use vetmoot_storage::events;
use vetmoot_storage::federation::logs::{self, LogRow};

use super::append::{damaged, grow};
use super::fork;
use crate::ctx::Ctx;
use crate::limits::LOG_TILES_PER_STEP;
use crate::problem::{Kind, Problem};

/// What a look at another's log brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// What the log says it is now, verified.
    pub checkpoint: Checkpoint,
    /// The same as it was signed.
    pub note: String,
    /// The leaves that are here since this look: index and entry, proven to be those of the checkpoint.
    pub new: Vec<(i64, Hash)>,
    /// How many leaves are here now.
    pub here: u64,
}

impl Pulled {
    /// Whether everything the checkpoint covers is here; otherwise look again at once.
    pub fn is_complete(&self) -> bool {
        self.here >= self.checkpoint.size
    }
}

/// Why a log could not be read, or is not believed.
#[derive(Debug, Clone)]
pub enum LogProblem {
    /// It did not answer, or we could not write; later it may.
    Later(Problem),
    /// What it answered is wrong, but proves nothing against it.
    Wrong(LogError),
    /// It signed two things that contradict each other; both are kept, and the admins see them.
    Forked {
        /// The number of the row that keeps them.
        fork: Option<i64>,
        /// At which size they part, or the smaller of both sizes.
        size: u64,
    },
}

impl LogProblem {
    /// The stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Later(problem) => problem.code,
            Self::Wrong(error) => error.code(),
            Self::Forked { .. } => "log-forked",
        }
    }
}

impl std::fmt::Display for LogProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Later(problem) => problem.fmt(f),
            Self::Wrong(error) => error.fmt(f),
            Self::Forked { size, .. } => {
                write!(f, "the log contradicts what it signed before: its first {size} entries are other ones now")
            }
        }
    }
}

impl std::error::Error for LogProblem {}

impl From<Problem> for LogProblem {
    fn from(problem: Problem) -> Self {
        Self::Later(problem)
    }
}

impl From<vetmoot_storage::StoreError> for LogProblem {
    fn from(error: vetmoot_storage::StoreError) -> Self {
        Self::Later(error.into())
    }
}

impl From<LogError> for LogProblem {
    fn from(error: LogError) -> Self {
        Self::Wrong(error)
    }
}

/// Begins to follow a log under the key its community announced; a key pinned before stays, and another is a problem.
pub async fn begin(ctx: &Ctx, key: &Vkey) -> Result<LogRow, Problem> {
    let tx = ctx.store.begin().await?;
    let row = logs::create(&tx, key.name(), &key.to_string(), false).await?;
    if row.own || row.vkey != key.to_string() {
        return Err(Problem::new(
            Kind::Conflict,
            "log-key-changed",
            format!("the log {} announces another key than the one it was first seen with", key.name()),
        ));
    }
    tx.commit().await?;
    Ok(row)
}

/// Looks at a log, takes in some of the leaves that are missing here, and checks that it contradicts nothing it said.
///
/// What is taken in was proven to be the beginning of what the checkpoint signs, so our copy is at every moment a tree
/// that every checkpoint seen so far agrees with. One step fetches at most [`LOG_TILES_PER_STEP`] bundles.
pub async fn pull(ctx: &Ctx, base_url: &str, known: &LogRow) -> Result<Pulled, LogProblem> {
    let key: Vkey = known.vkey.parse()?;
    let bytes = ctx.peers.bytes(ctx, &format!("{base_url}/checkpoint"), bound(log::limits::CHECKPOINT_BYTES_MAX)).await?;
    let checkpoint = Checkpoint::verified(&bytes, &key)?;
    let note = String::from_utf8(bytes.to_vec()).map_err(|_| LogError::BadCheckpoint)?;
    // Others may have gone on with it since the caller read the row.
    let row = logs::by_id(&ctx.store.read(), known.id).await?.unwrap_or_else(|| known.clone());
    let look = Look { ctx, base_url, row: &row, checkpoint: &checkpoint, note: &note };
    look.compare_with_last().await?;
    let new = if checkpoint.size <= row.size { look.compare_with_copy().await? } else { look.take_in().await? };
    let here = row.size.saturating_add(u64::try_from(new.len()).unwrap_or(u64::MAX));
    Ok(Pulled { checkpoint, note, new, here })
}

/// One look at a log.
struct Look<'a> {
    ctx: &'a Ctx,
    base_url: &'a str,
    row: &'a LogRow,
    checkpoint: &'a Checkpoint,
    note: &'a str,
}

impl Look<'_> {
    /// Two checkpoints of one size have one root, whether or not we have the leaves.
    async fn compare_with_last(&self) -> Result<(), LogProblem> {
        match self.last() {
            Some(last) if last.size == self.checkpoint.size && last.root != self.checkpoint.root => {
                Err(self.forked(last.size).await)
            }
            _ => Ok(()),
        }
    }

    /// The newest checkpoint seen before.
    fn last(&self) -> Option<Checkpoint> {
        Checkpoint::claimed(self.row.note.as_deref()?.as_bytes()).ok()
    }

    /// A checkpoint of what we have, or of less, has the root our copy has there.
    async fn compare_with_copy(&self) -> Result<Vec<(i64, Hash)>, LogProblem> {
        if root_here(self.ctx, self.row.id, self.checkpoint.size).await? != self.checkpoint.root {
            return Err(self.forked(self.checkpoint.size).await);
        }
        if self.last().is_none_or(|last| last.size < self.checkpoint.size) {
            let tx = self.ctx.store.begin().await?;
            logs::set_checkpoint(&tx, self.row.id, &self.checkpoint.root, self.note, self.ctx.clock.now()).await?;
            tx.commit().await?;
        }
        Ok(Vec::new())
    }

    /// Fetches entries, and keeps them once they are proven.
    async fn take_in(&self) -> Result<Vec<(i64, Hash)>, LogProblem> {
        let (here, size) = (self.row.size, self.checkpoint.size);
        let bundles: Vec<Tile> = Tile::entries_from(here, size).take(LOG_TILES_PER_STEP).collect();
        let mut entries = Vec::new();
        for bundle in &bundles {
            let bytes = self.fetch(bundle).await?;
            entries.extend(log::bundle_entries(&bytes, bundle.width())?);
        }
        // The first bundle may begin with leaves we have.
        let skip = bundles.first().map_or(0, |first| here.saturating_sub(first.first()));
        let entries = entries.split_off(usize::try_from(skip).unwrap_or(usize::MAX).min(entries.len()));
        let end = here.saturating_add(u64::try_from(entries.len()).unwrap_or(u64::MAX));
        let known = self.with(here, &entries).await?;
        if !self.is_proven(end, &known).await? {
            // Either they answered false entries, or their tree is not the one we know: their own hashes tell.
            if here > 0 && self.proven_root(here).await? != root_here(self.ctx, self.row.id, here).await? {
                return Err(self.forked(here).await);
            }
            return Err(LogError::ProofWrong.into());
        }
        // What an earlier checkpoint said about leaves we did not have then.
        if let Some(last) = self.last().filter(|last| last.size > here && last.size <= end)
            && log::root(last.size, &known).map_err(damaged)? != last.root
        {
            return Err(self.forked(last.size).await);
        }
        self.keep(&entries).await?;
        Ok((here..).zip(entries).map(|(index, entry)| (i64::try_from(index).unwrap_or(i64::MAX), entry)).collect())
    }

    /// The hashes of our copy with these entries appended.
    async fn with(&self, here: u64, entries: &[Hash]) -> Result<HashMap<u64, Hash>, LogProblem> {
        let needs = log::frontier(here).map_err(damaged)?;
        let mut known = logs::hashes(&self.ctx.store.read(), self.row.id, &needs).await?;
        for (place, entry) in (here..).zip(entries) {
            known.extend(log::append(place, entry, &known).map_err(damaged)?);
        }
        Ok(known)
    }

    /// Whether the first `end` leaves as we have them are the beginning of what the checkpoint signs.
    async fn is_proven(&self, end: u64, known: &HashMap<u64, Hash>) -> Result<bool, LogProblem> {
        let ours = log::root(end, known).map_err(damaged)?;
        if end == self.checkpoint.size {
            return Ok(ours == self.checkpoint.root);
        }
        Ok(self.proven_root(end).await? == ours)
    }

    /// The root of the first leaves of their tree, proven by their own hashes against the checkpoint.
    async fn proven_root(&self, earlier: u64) -> Result<Hash, LogProblem> {
        let size = self.checkpoint.size;
        let needs = log::prefix_needs(earlier, size)?;
        let mut tiles = Tiles::new();
        for tile in log::tiles_of(&needs, size)? {
            tiles.insert(tile, self.fetch(&tile).await?);
        }
        let known = log::hashes_in(&tiles, &needs, size)?;
        Ok(log::prefix_root(earlier, size, &self.checkpoint.root, &known)?)
    }

    async fn fetch(&self, tile: &Tile) -> Result<Vec<u8>, LogProblem> {
        let url = format!("{}/{tile}", self.base_url);
        Ok(self.ctx.peers.bytes(self.ctx, &url, bound(log::limits::BUNDLE_BYTES_MAX)).await?.to_vec())
    }

    async fn keep(&self, entries: &[Hash]) -> Result<(), LogProblem> {
        let tx = self.ctx.store.begin().await?;
        let count = u64::try_from(entries.len()).unwrap_or(u64::MAX);
        if logs::take_places(&tx, self.row.id, count).await? != self.row.size {
            return Err(Problem::new(Kind::Conflict, "log-moved", "another look at this log was quicker; look again").into());
        }
        grow(self.ctx, &tx, self.row.id, self.row.size, entries).await?;
        if self.last().is_none_or(|last| last.size <= self.checkpoint.size) {
            logs::set_checkpoint(&tx, self.row.id, &self.checkpoint.root, self.note, self.ctx.clock.now()).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Keeps both sides of a contradiction and tells of it, once.
    async fn forked(&self, size: u64) -> LogProblem {
        match self.keep_fork(size).await {
            Ok(fork) => LogProblem::Forked { fork, size },
            Err(problem) => LogProblem::Later(problem),
        }
    }

    async fn keep_fork(&self, size: u64) -> Result<Option<i64>, Problem> {
        let ctx = self.ctx;
        let known = self.row.note.as_deref().unwrap_or_default();
        let said = fork::say(ctx, &self.row.origin, size, known, self.note).await?;
        let tx = ctx.store.begin().await?;
        let fork = logs::add_fork(&tx, self.row.id, size, self.note, known, ctx.clock.now()).await?;
        if fork.is_some() {
            said.publish(ctx, &tx).await?;
            let subject = [self.row.origin.clone(), size.to_string(), said.id];
            events::append(&tx, Topic::LogForked, &subject, None, ctx.clock.now()).await?;
        }
        tx.commit().await?;
        if fork.is_some() {
            ctx.signals.compose.notify_one();
        }
        Ok(fork)
    }
}

/// The root of the first leaves of a copy.
async fn root_here(ctx: &Ctx, log_id: i64, size: u64) -> Result<Hash, Problem> {
    let needs = log::frontier(size).map_err(damaged)?;
    let known = logs::hashes(&ctx.store.read(), log_id, &needs).await?;
    log::root(size, &known).map_err(damaged)
}

fn bound(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
