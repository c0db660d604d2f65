//! How many known releases each policy lists: worked out once beside the requests, and shown until it is older than a while.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use vetmoot_domain::{PolicyDigest, Slug, Span, Timestamp};
use vetmoot_frontend::parts::{Counts, EcosystemCounts};
use vetmoot_workflows::Ctx;
use vetmoot_workflows::policy::book::Adopted;
use vetmoot_workflows::policy::effect::{self, Effect};

/// How long counts are shown before they are worked out again.
const FRESH: Span = Span::from_millis(30_000);

type Counting = Shared<BoxFuture<'static, Option<Arc<Vec<Effect>>>>>;

/// Counts kept by policy.
#[derive(Default)]
pub struct Effects(Mutex<HashMap<(Slug, PolicyDigest), Kept>>);

struct Kept {
    begun: Timestamp,
    counting: Counting,
    /// What an earlier counting came to, shown while the next one runs.
    before: Option<Arc<Vec<Effect>>>,
}

impl Effects {
    /// The counts of a policy; none when they cannot be had within `patience`.
    pub async fn of(&self, ctx: &Ctx, adopted: &Arc<Adopted>, patience: Duration) -> Option<Arc<Vec<Effect>>> {
        let (counting, before) = self.counting(ctx, adopted);
        match tokio::time::timeout(patience, counting).await {
            Ok(Some(effects)) => Some(effects),
            _ => before,
        }
    }

    fn counting(&self, ctx: &Ctx, adopted: &Arc<Adopted>) -> (Counting, Option<Arc<Vec<Effect>>>) {
        let now = ctx.clock.now();
        let key = (adopted.slug.clone(), adopted.digest);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = match all.get(&key) {
            // One that still runs is waited for, however long ago it began.
            Some(kept) if now < kept.begun.plus(FRESH) || kept.counting.peek().is_none() => {
                return (kept.counting.clone(), kept.before.clone());
            }
            Some(kept) => kept.counting.peek().cloned().flatten().or_else(|| kept.before.clone()),
            None => None,
        };
        let counting = count(ctx.clone(), adopted.clone()).boxed().shared();
        // It goes on when nobody waits for it any more.
        tokio::spawn(counting.clone());
        // Revisions that are no longer shown are forgotten with the first newer one.
        all.retain(|(slug, digest), _| *slug != adopted.slug || *digest == adopted.digest);
        all.insert(key, Kept { begun: now, counting: counting.clone(), before: before.clone() });
        (counting, before)
    }
}

async fn count(ctx: Ctx, adopted: Arc<Adopted>) -> Option<Arc<Vec<Effect>>> {
    match effect::of_adopted(&ctx, &adopted).await {
        Ok(effects) => Some(Arc::new(effects)),
        Err(problem) => {
            tracing::warn!(policy = %adopted.slug, code = problem.code, "the releases it lists could not be counted: {problem}");
            None
        }
    }
}

/// The counts as pages show them; ecosystems of which nothing is known are left out.
pub fn rows(effects: &[Effect]) -> Vec<EcosystemCounts> {
    let known = effects.iter().filter(|effect| effect.listed + effect.held + effect.refused > 0);
    known
        .map(|effect| EcosystemCounts {
            ecosystem: effect.ecosystem.to_string(),
            counts: Counts { listed: effect.listed, held: effect.held, refused: effect.refused, unknown: 0 },
        })
        .collect()
}
