//! What time does to candidates: drafts become whole, waits end, credentials near their end.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use vetmoot_domain::{CandidateId, CandidateState, Timestamp};
use vetmoot_storage::submission::candidates::{self, Filter};

use super::{CandidateRow, candidate, credential, moves, vet};
use crate::ctx::{Ctx, Origin};
use crate::limits::{CANDIDATE_LOOK_EVERY, CANDIDATES_A_STEP, DRAFTS_A_STEP, WAITING_CANDIDATES_MAX};
use crate::problem::Problem;

/// When each candidate that waits for the policy is looked at next; forgotten at a restart, which looks at all of them.
#[derive(Debug, Default)]
pub struct Looks(Mutex<HashMap<CandidateId, Look>>);

/// The last look at a candidate.
#[derive(Debug, Clone, Copy)]
struct Look {
    /// What it was then: a move makes another look worth while.
    changed_at: Timestamp,
    /// When to look again.
    next: Timestamp,
}

/// Looks at what time alone changes; answers how much it changed. Turned by a timer, and by hand in tests.
pub async fn step(ctx: &Ctx) -> Result<usize, Problem> {
    let mut changed = quiet_drafts(ctx).await?;
    changed += waits(ctx).await?;
    changed += credential::tend(ctx).await?;
    if changed > 0 {
        ctx.changed();
        ctx.signals.compose.notify_one();
    }
    Ok(changed)
}

/// Drafts to which no file came for a while are whole.
async fn quiet_drafts(ctx: &Ctx) -> Result<usize, Problem> {
    let before = ctx.clock.now().minus(ctx.publishing.quiet);
    let mut staged = 0;
    for seen in candidates::quiet_drafts(&ctx.store.read(), before, DRAFTS_A_STEP).await? {
        let tx = ctx.store.begin().await?;
        // A file may have come meanwhile, or somebody may have said that it is whole.
        let row = candidates::get(&tx, &seen.id).await?;
        let Some(row) = row.filter(|row| row.state == CandidateState::Draft && row.last_file_at <= before) else { continue };
        match moves::go(ctx, &tx, &row, CandidateState::Staged, &Origin::Timer, None).await {
            Ok(_) => tx.commit().await?,
            // One that cannot be staged does not keep the others waiting.
            Err(problem) => {
                tracing::warn!(code = problem.code, candidate = %row.id, "a draft could not be staged: {problem}");
                continue;
            }
        }
        ctx.signals.compose.notify_one();
        moves::settled(ctx, row).await;
        staged += 1;
    }
    Ok(staged)
}

/// Candidates whose wait may have ended are looked at again.
async fn waits(ctx: &Ctx) -> Result<usize, Problem> {
    let vetted: Vec<CandidateState> = CandidateState::ALL.iter().copied().filter(|state| state.is_vetted()).collect();
    let filter = Filter { states: vetted, ..Filter::default() };
    let rows = candidates::list(&ctx.store.read(), &filter, 0, WAITING_CANDIDATES_MAX).await?;
    let now = ctx.clock.now();
    let due = ctx.world.looks.due(&rows, now);
    let mut moved = 0;
    for row in due.into_iter().take(CANDIDATES_A_STEP) {
        let mut next = now.plus(CANDIDATE_LOOK_EVERY);
        match look(ctx, &row).await {
            Ok((stands, changes_at)) => {
                moved += usize::from(stands != row.state);
                next = changes_at.filter(|at| *at > now).map_or(next, |at| at.min(next));
            }
            Err(problem) => {
                tracing::warn!(code = problem.code, candidate = %row.id, "a candidate could not be looked at: {problem}");
            }
        }
        ctx.world.looks.remember(&row, next);
    }
    Ok(moved)
}

/// Looks at one candidate; answers where it stands then, and when time changes that.
async fn look(ctx: &Ctx, row: &CandidateRow) -> Result<(CandidateState, Option<Timestamp>), Problem> {
    let stands = vet::settle(ctx, &row.id).await?;
    let needs = vet::of_policy(ctx, &candidate::show(ctx, &row.id).await?).await?;
    Ok((stands, needs.changes_at))
}

impl Looks {
    /// Those of these candidates that are to be looked at now; what is not among them is forgotten.
    fn due(&self, rows: &[CandidateRow], now: Timestamp) -> Vec<CandidateRow> {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut kept = HashMap::with_capacity(rows.len());
        let mut due = Vec::new();
        for row in rows {
            match looks.remove(&row.id).filter(|look| look.changed_at == row.changed_at && look.next > now) {
                Some(look) => {
                    kept.insert(row.id.clone(), look);
                }
                None => due.push(row.clone()),
            }
        }
        *looks = kept;
        due
    }

    fn remember(&self, row: &CandidateRow, next: Timestamp) {
        let look = Look { changed_at: row.changed_at, next };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(row.id.clone(), look);
    }
}
