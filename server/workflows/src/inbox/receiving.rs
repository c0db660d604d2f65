//! What comes in and is not on disk yet: messages wait together and are made durable in one transaction.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use moka::sync::Cache;
use tokio::sync::oneshot;
use vetmoot_domain::Timestamp;
use vetmoot_storage::federation::inbox::{self, NewItem};

use crate::ctx::Ctx;
use crate::limits::{
    INBOX_BUDGETS_MAX, INBOX_COMMIT_MAX, INBOX_FAILURES_BURST, INBOX_FAILURES_EACH_MS, INBOX_ORIGIN_BURST,
    INBOX_ORIGIN_EACH_MS, INBOX_SEEN_MAX, INBOX_WAITING_MAX,
};
use crate::peer::Budgets;
use crate::problem::{Kind, Problem};

/// Which message: the activity's id and the digest of its bytes.
type Message = (String, [u8; 32]);
/// A message that waits, and who waits for it.
type Waiting = (NewItem, oneshot::Sender<Result<(), Problem>>);

/// The inbox in memory.
#[derive(Debug)]
pub struct Receiving {
    queue: Mutex<Queue>,
    seen: Cache<Message, ()>,
    /// Verified messages, by origin.
    pub(crate) origins: Budgets,
    /// Refused messages, by address.
    pub(crate) failures: Budgets,
    /// Origins whose items are being applied.
    pub(super) busy: Mutex<HashSet<String>>,
    /// The last origin looked at, so that the next round begins after it.
    pub(super) turn: Mutex<String>,
    /// When old items were last looked for.
    pub(super) pruned_at: Mutex<Option<Timestamp>>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<Waiting>,
    /// Whether a task is writing; it takes everything that came meanwhile.
    writing: bool,
}

impl Default for Receiving {
    fn default() -> Self {
        Self {
            queue: Mutex::default(),
            seen: Cache::new(INBOX_SEEN_MAX),
            origins: Budgets::new(INBOX_ORIGIN_BURST, INBOX_ORIGIN_EACH_MS, INBOX_BUDGETS_MAX),
            failures: Budgets::new(INBOX_FAILURES_BURST, INBOX_FAILURES_EACH_MS, INBOX_BUDGETS_MAX),
            busy: Mutex::default(),
            turn: Mutex::default(),
            pruned_at: Mutex::default(),
        }
    }
}

/// Whether a message with these bytes was accepted before, as far as memory goes: a repetition that memory has forgotten
/// is found by the table.
pub fn seen(ctx: &Ctx, uri: &str, digest: &[u8; 32]) -> bool {
    ctx.world.receiving.seen.contains_key(&(uri.to_owned(), *digest))
}

/// Takes one message of a verified origin from its budget; otherwise the milliseconds after which it may come again.
pub fn admit(ctx: &Ctx, origin: &str) -> Result<(), i64> {
    ctx.world.receiving.origins.take(origin, ctx.clock.now())
}

/// Counts a message without a good signature against the address it came from.
pub fn count_failure(ctx: &Ctx, client: &str) {
    // Whoever has none left is turned away before the next one is looked at.
    let _ = ctx.world.receiving.failures.take(client, ctx.clock.now());
}

/// Whether an address may still send; otherwise the milliseconds after which it may.
pub fn bearable(ctx: &Ctx, client: &str) -> Result<(), i64> {
    ctx.world.receiving.failures.has(client, ctx.clock.now())
}

/// Makes a message durable: when this answers `Ok`, it is on disk and will be applied, whatever happens to this process.
///
/// # Errors
/// `inbox-full` when too many wait for the disk; else what the database says.
pub async fn accept(ctx: &Ctx, item: NewItem) -> Result<(), Problem> {
    let message = (item.uri.clone(), item.digest);
    let (answer, answered) = oneshot::channel();
    let first = {
        let mut queue = ctx.world.receiving.queue();
        if queue.waiting.len() >= INBOX_WAITING_MAX {
            let text = "more arrives than can be written down just now; send it again in a moment";
            return Err(Problem::new(Kind::Unavailable, "inbox-full", text));
        }
        queue.waiting.push((item, answer));
        !std::mem::replace(&mut queue.writing, true)
    };
    if first {
        // A task of its own: whoever came first may hang up while the others wait.
        tokio::spawn(write(Writer { ctx: ctx.clone(), done: false }));
    }
    let text = "this server is stopping; send it again in a moment";
    answered.await.unwrap_or_else(|_| Err(Problem::new(Kind::Unavailable, "stopping", text)))?;
    ctx.world.receiving.seen.insert(message, ());
    ctx.signals.apply.notify_one();
    Ok(())
}

/// Whoever writes. If it is ended in the middle, the next one to come writes.
struct Writer {
    ctx: Ctx,
    done: bool,
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.done {
            let mut queue = self.ctx.world.receiving.queue();
            queue.writing = false;
            // Nobody would answer them; dropping says that they have to come again.
            queue.waiting.clear();
        }
    }
}

/// Writes what waits, heap by heap, until nothing does.
async fn write(mut writer: Writer) {
    let ctx = writer.ctx.clone();
    loop {
        let batch: Vec<Waiting> = {
            let mut queue = ctx.world.receiving.queue();
            let many = queue.waiting.len().min(INBOX_COMMIT_MAX);
            if many == 0 {
                // Under the lock that others push under: whoever comes next finds nobody writing and writes.
                queue.writing = false;
                writer.done = true;
                return;
            }
            queue.waiting.drain(..many).collect()
        };
        let (items, answers): (Vec<NewItem>, Vec<_>) = batch.into_iter().unzip();
        let written = commit(&ctx, &items).await;
        ctx.metrics.inbox_commits.inc();
        for answer in answers {
            // Who does not wait any more finds it done when they come again.
            let _ = answer.send(written.clone());
        }
    }
}

async fn commit(ctx: &Ctx, items: &[NewItem]) -> Result<(), Problem> {
    let all: Vec<&NewItem> = items.iter().collect();
    let tx = ctx.store.begin().await?;
    inbox::insert(&tx, &all, ctx.clock.now()).await?;
    Ok(tx.commit().await?)
}

impl Receiving {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An origin taken for a turn; it is free again when this is dropped.
pub(super) struct Claim {
    ctx: Ctx,
    origin: String,
}

impl Claim {
    /// Takes an origin, unless somebody else is applying its items.
    pub(super) fn take(ctx: &Ctx, origin: &str) -> Option<Self> {
        let mut busy = ctx.world.receiving.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = busy.insert(origin.to_owned());
        taken.then(|| Self { ctx: ctx.clone(), origin: origin.to_owned() })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.ctx.world.receiving.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.origin);
    }
}
