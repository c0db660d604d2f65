//! Whom this community follows, with what came of it.

use vetmoot_storage::federation::following::{self, FollowingRow};
use vetmoot_storage::federation::{logs, peer_evidence, received};

use crate::ctx::Ctx;
use crate::moderation::Subject;
use crate::problem::Problem;

/// A following as pages and the command show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The row.
    pub row: FollowingRow,
    /// Leaves of its log that were read and found consistent.
    pub leaves: u64,
    /// Its statements that are here.
    pub statements: u64,
    /// Its audits that are evidence here; a policy's `[[import]]` says what they weigh.
    pub evidence: u64,
    /// Ids under which it said two things.
    pub equivocations: u64,
    /// Whether its log contradicts itself and no admin has decided what to do about it.
    pub forked: bool,
}

impl Shown {
    /// Leaves whose statements were looked for, of how many there are; none before the first look.
    pub fn progress(&self) -> Option<(u64, u64)> {
        self.row.log_total.map(|total| (self.row.log_taken.min(total), total))
    }
}

/// Every following, ended ones too, by handle.
pub async fn list(ctx: &Ctx) -> Result<Vec<Shown>, Problem> {
    let mut all = Vec::new();
    for row in following::all(&ctx.store.read()).await? {
        all.push(shown(ctx, row).await?);
    }
    Ok(all)
}

/// One following by the address or handle of its actor, or by its host.
pub async fn one(ctx: &Ctx, text: &str) -> Result<Shown, Problem> {
    let row = find(ctx, text).await?;
    shown(ctx, row).await
}

async fn shown(ctx: &Ctx, row: FollowingRow) -> Result<Shown, Problem> {
    let reads = ctx.store.read();
    let (statements, evidence) = peer_evidence::count(&reads, row.source_id).await?;
    let leaves = match row.log_id {
        Some(id) => logs::by_id(&reads, id).await?.map_or(0, |log| log.size),
        None => 0,
    };
    Ok(Shown {
        leaves,
        statements,
        evidence,
        equivocations: received::equivocations_on(&reads, &row.origin).await?,
        forked: super::fork::open(&reads, row.log_id).await?.is_some(),
        row,
    })
}

/// The following a person means: by address, handle or host.
pub(super) async fn find(ctx: &Ctx, text: &str) -> Result<FollowingRow, Problem> {
    let text = text.trim();
    let handle = text.trim_start_matches('@').to_lowercase();
    let host = match Subject::read(text) {
        Ok(Subject::Host(host)) => Some(host),
        _ => None,
    };
    let all = following::all(&ctx.store.read()).await?;
    let is = |row: &&FollowingRow| {
        row.actor_uri == text || row.handle.to_lowercase() == handle || host.as_deref() == Some(row.source.as_str())
    };
    let found = all.iter().find(is).cloned();
    found.ok_or_else(|| {
        Problem::not_found("not-followed", "this community does not follow, and did not follow, anybody of that name")
    })
}
