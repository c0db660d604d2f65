//! The statements behind leaves that have none here: fetched by pages, each checked against its leaf, then received.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use vetmoot_domain::proof;
use vetmoot_storage::federation::following::FollowingRow;
use vetmoot_storage::federation::{logs, statements};

use super::catch_up::Stopped;
use crate::ctx::Ctx;
use crate::limits::{LEAVES_A_WINDOW, PAGES_A_STEP, STATEMENTS_PAGE_BYTES_MAX, STUCK_LOOKS_MAX, WINDOWS_A_STEP};
use crate::statement::receive::{Arriving, Community, Taken, Via, receive};

/// One look at a log whose leaves are here.
pub(super) struct Look<'a> {
    pub ctx: &'a Ctx,
    pub row: &'a FollowingRow,
    pub community: &'a Community,
    /// The address of the log, without a slash at the end.
    pub url: &'a str,
    pub log_id: i64,
    /// The first leaf whose statement was not looked for yet; goes on as this does.
    pub taken: u64,
}

/// A page of statements as it is answered.
#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    statements: Vec<Entry<'a>>,
    next: u64,
}

#[derive(Deserialize)]
struct Entry<'a> {
    index: u64,
    /// The record.
    #[serde(borrow, default)]
    record: Option<&'a RawValue>,
    /// The erasure that stands in its place.
    #[serde(borrow, default)]
    erased: Option<&'a RawValue>,
}

impl Look<'_> {
    /// Takes what is missing of the first `here` leaves, as much as one step may; answers how many statements were new.
    pub async fn take(&mut self, here: u64) -> Result<usize, Stopped> {
        let (mut pages, mut new) = (0, 0);
        for _ in 0..WINDOWS_A_STEP {
            if self.taken >= here || pages >= PAGES_A_STEP {
                break;
            }
            let leaves = logs::leaves(&self.ctx.store.read(), self.log_id, self.taken, LEAVES_A_WINDOW).await?;
            let missing = self.missing(&leaves).await?;
            let (Some(first), Some(end)) = (missing.keys().min().copied(), missing.keys().max().map(|last| last + 1)) else {
                self.taken = window_end(&leaves).unwrap_or(here);
                continue;
            };
            pages += 1;
            match self.page(first, end, &missing).await {
                Ok(taken) => new += taken,
                Err(mut stopped) => {
                    stopped.brought += new;
                    return Err(stopped);
                }
            }
        }
        Ok(new)
    }

    /// The leaves of a window without a statement here; those that have one, but not its place, are given it.
    async fn missing(&self, leaves: &[(i64, [u8; 32])]) -> Result<HashMap<u64, [u8; 32]>, Stopped> {
        let digests: Vec<[u8; 32]> = leaves.iter().map(|(_, digest)| *digest).collect();
        let rows = statements::by_digests(&self.ctx.store.read(), &digests).await?;
        let ours = rows.into_iter().filter(|row| row.source_id == Some(self.community.source_id));
        let known: HashMap<[u8; 32], (i64, Option<i64>)> = ours.map(|row| (row.digest, (row.id, row.leaf))).collect();
        let mut missing = HashMap::new();
        let mut places = Vec::new();
        for (index, digest) in leaves {
            match known.get(digest) {
                Some((id, None)) => places.push((*id, *index)),
                Some(_) => {}
                None => {
                    missing.insert(u64::try_from(*index).unwrap_or(0), *digest);
                }
            }
        }
        if !places.is_empty() {
            let tx = self.ctx.store.begin().await?;
            statements::set_leaves(&tx, &places).await?;
            tx.commit().await?;
        }
        Ok(missing)
    }

    /// Fetches one page from its first missing leaf on, and takes it.
    async fn page(&mut self, first: u64, end: u64, missing: &HashMap<u64, [u8; 32]>) -> Result<usize, Stopped> {
        let url = format!("{}/statements?from={first}&limit={}", self.url, end.saturating_sub(first));
        let bytes = self.ctx.peers.bytes(self.ctx, &url, STATEMENTS_PAGE_BYTES_MAX).await?;
        let page: Page<'_> = serde_json::from_slice(&bytes)
            .map_err(|error| Stopped::new("bad-statements", format!("its page of statements cannot be read: {error}")))?;
        let next = page.next.min(end);
        if next <= first {
            return Err(Stopped::new("no-statements", "its log has leaves, and gives no statements for them"));
        }
        let mut arriving = Vec::new();
        let mut settled = Vec::new();
        for entry in page.statements.iter().filter(|entry| entry.index < next) {
            let Some(leaf) = missing.get(&entry.index) else { continue };
            if let Some(record) = entry.record {
                arriving.push((entry.index, record_of(record, leaf)?));
                settled.push(entry.index);
            } else if let Some(note) = entry.erased {
                // What is left of it is that it was there: the erasure has a leaf of its own, and this one nothing behind it.
                erasure_of(note, leaf)?;
                settled.push(entry.index);
            }
        }
        let new = self.hand_over(arriving, next).await?;
        let absent = missing.keys().filter(|index| **index < next && !settled.contains(index)).min().copied();
        if let Some(absent) = absent.filter(|absent| *absent < self.taken && self.row.failures < STUCK_LOOKS_MAX) {
            self.taken = absent;
            let text = format!("its log has a leaf {absent}, and gives no statement for it");
            return Err(Stopped { brought: new, ..Stopped::new("no-statements", text) });
        }
        Ok(new)
    }

    /// Hands records to where all of them arrive, and goes on to `next`, or to the first that could not be verified now.
    async fn hand_over(&mut self, arriving: Vec<(u64, Value)>, next: u64) -> Result<usize, Stopped> {
        let authors: Vec<(u64, String)> = arriving.iter().map(|(index, record)| (*index, author_of(record))).collect();
        let records =
            arriving.into_iter().map(|(index, record)| Arriving { record, leaf: i64::try_from(index).ok(), via: Via::Log });
        let taken = receive(self.ctx, self.community, records.collect()).await?;
        let new = taken.iter().filter(|one| matches!(one, Taken::New { .. })).count();
        if let Some(Taken::Refused { uri, code, text }) = taken.iter().find(|one| matches!(one, Taken::Refused { .. })) {
            let refused = taken.iter().filter(|one| matches!(one, Taken::Refused { .. })).count();
            tracing::warn!(community = %self.row.source, refused, uri, code, "statements of its log were refused: {text}");
        }
        let later = authors.into_iter().zip(&taken).filter_map(|((index, author), one)| match one {
            Taken::Later { text, .. } => Some((index, author, text.clone())),
            _ => None,
        });
        let mut later: Vec<(u64, String, String)> = later.collect();
        later.sort();
        if self.row.failures >= STUCK_LOOKS_MAX
            && let Some((_, stuck, _)) = later.first().cloned()
        {
            // One author whose keys nobody can read must not hide what all others say.
            later.retain(|(_, author, _)| *author != stuck);
        }
        if let Some((index, _, text)) = later.into_iter().next() {
            self.taken = index;
            return Err(Stopped { brought: new, ..Stopped::new("author-unknown", text) });
        }
        self.taken = next;
        Ok(new)
    }
}

fn window_end(leaves: &[(i64, [u8; 32])]) -> Option<u64> {
    u64::try_from(leaves.last()?.0).ok().map(|last| last + 1)
}

fn author_of(record: &Value) -> String {
    record.get("attributedTo").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The record, if it is the one its leaf stands for.
fn record_of(text: &RawValue, leaf: &[u8; 32]) -> Result<Value, Stopped> {
    let unreadable =
        |error: proof::ProofError| Stopped::new("bad-statements", format!("a statement of its log cannot be read: {error}"));
    let record = proof::parse(text.get().as_bytes()).map_err(unreadable)?;
    let canonical = proof::canonical(&record).map_err(unreadable)?;
    if Sha256::digest(&canonical).as_slice() != leaf {
        return Err(Stopped::new("not-its-leaf", "its log gives another statement than the one its leaf stands for"));
    }
    Ok(record)
}

/// Checks that an erasure is about the statement its leaf stands for.
fn erasure_of(text: &RawValue, leaf: &[u8; 32]) -> Result<(), Stopped> {
    let note = proof::parse(text.get().as_bytes()).ok();
    let digest = note.as_ref().and_then(|note| note.get("digest")?.as_str()?.strip_prefix("sha256:"));
    if digest == Some(hex::encode(leaf).as_str()) {
        return Ok(());
    }
    Err(Stopped::new("not-its-leaf", "its log gives an erasure of another statement than the one its leaf stands for"))
}
