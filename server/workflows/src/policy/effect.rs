//! What a policy does, or would do, with the releases this instance knows.

use std::sync::Arc;

use vetmoot_domain::{Adoption, Ecosystem, State};
use vetmoot_judge::Policy;
use vetmoot_storage::packages;

use super::book::Adopted;
use crate::ctx::Ctx;
use crate::problem::Problem;
use crate::registry::{judged, listing};

/// Counts of one ecosystem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effect {
    /// The ecosystem.
    pub ecosystem: Ecosystem,
    /// Known packages that were looked at.
    pub packages: u64,
    /// Releases listed.
    pub listed: u64,
    /// Releases held.
    pub held: u64,
    /// Releases refused.
    pub refused: u64,
    /// Whether there are more packages than were looked at.
    pub cut: bool,
}

/// Packages of one ecosystem looked at; a page must answer while a person waits.
const PACKAGES_MAX: u64 = 500;

/// Judges every known package (up to a bound) under a policy that need not be adopted.
pub async fn effect(ctx: &Ctx, policy: Policy, bytes: &[u8]) -> Result<Vec<Effect>, Problem> {
    let slug = "preview".parse().map_err(|error| Problem::new(crate::Kind::Internal, "preview", format!("{error}")))?;
    let adopted = Arc::new(Adopted {
        slug,
        digest: policy.digest(),
        bytes: bytes.to_vec(),
        revision: 0,
        // Nothing a preview lists is remembered as listed: observing leaves no trace.
        mode: Adoption::Observe,
        adopted_at: ctx.clock.now(),
        policy,
    });
    of_adopted(ctx, &adopted).await
}

/// Judges every known package (up to a bound) under an adopted policy.
pub async fn of_adopted(ctx: &Ctx, adopted: &Arc<Adopted>) -> Result<Vec<Effect>, Problem> {
    let mut effects = Vec::new();
    for ecosystem in adopted.policy.ecosystems() {
        let reader = ctx.store.read();
        let rows = packages::page(&reader, *ecosystem, 0, PACKAGES_MAX + 1).await?;
        let mut effect = Effect {
            ecosystem: *ecosystem,
            packages: 0,
            listed: 0,
            held: 0,
            refused: 0,
            cut: rows.len() as u64 > PACKAGES_MAX,
        };
        for row in
            rows.iter().filter(|row| row.first_listed_at.is_some()).take(usize::try_from(PACKAGES_MAX).unwrap_or(usize::MAX))
        {
            let Some(current) = listing::known(ctx, &row.package).await? else { continue };
            let judged = judged::of_current(ctx, adopted, current, adopted.policy.serve_use()).await?;
            effect.packages += 1;
            for (_, state) in judged::releases(&judged) {
                match state {
                    State::Listed => effect.listed += 1,
                    State::Held => effect.held += 1,
                    State::Refused => effect.refused += 1,
                }
            }
        }
        effects.push(effect);
    }
    Ok(effects)
}
