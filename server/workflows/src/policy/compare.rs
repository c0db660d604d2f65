//! What adopting a policy would change: the releases known here under it, and under the revision in force.

use std::collections::HashMap;
use std::sync::Arc;

use vetmoot_domain::{Adoption, Ecosystem, Slug, State, Version};
use vetmoot_judge::Policy;
use vetmoot_storage::packages;

use super::book::Adopted;
use crate::ctx::Ctx;
use crate::problem::Problem;
use crate::registry::judged;
use crate::registry::listing::{self, Current};

/// What would change in one ecosystem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The ecosystem.
    pub ecosystem: Ecosystem,
    /// Releases the new policy lists.
    pub listed: u64,
    /// Releases it holds.
    pub held: u64,
    /// Releases it refuses.
    pub refused: u64,
    /// Releases it lists that the revision in force does not; 0 for a new slug.
    pub newly_listed: u64,
    /// Releases it does not list that the revision in force lists; 0 for a new slug.
    pub newly_withheld: u64,
    /// Releases it refuses that the revision in force does not; 0 for a new slug.
    pub newly_refused: u64,
    /// Those of them that the revision in force lists; they are counted as newly withheld too.
    pub newly_refused_of_listed: u64,
    /// Whether there are more packages than were looked at.
    pub cut: bool,
}

impl Change {
    fn none(ecosystem: Ecosystem, cut: bool) -> Self {
        Self {
            ecosystem,
            listed: 0,
            held: 0,
            refused: 0,
            newly_listed: 0,
            newly_withheld: 0,
            newly_refused: 0,
            newly_refused_of_listed: 0,
            cut,
        }
    }
}

/// Packages of one ecosystem looked at; a page must answer while a person waits.
const PACKAGES_MAX: u64 = 300;

/// Judges every known package (up to a bound) under a policy and, where the slug is taken, under the revision in force.
pub async fn compare(ctx: &Ctx, slug: &Slug, policy: Policy, bytes: &[u8]) -> Result<Vec<Change>, Problem> {
    let wanted = Arc::new(Adopted {
        slug: slug.clone(),
        digest: policy.digest(),
        bytes: bytes.to_vec(),
        revision: 0,
        // Nothing a preview lists is remembered as listed: observing leaves no trace.
        mode: Adoption::Observe,
        adopted_at: ctx.clock.now(),
        policy,
    });
    let in_force = ctx.book.newest(slug);
    let mut changes = Vec::new();
    for ecosystem in wanted.policy.ecosystems() {
        let rows = packages::page(&ctx.store.read(), *ecosystem, 0, PACKAGES_MAX + 1).await?;
        let cut = rows.len() as u64 > PACKAGES_MAX;
        let mut change = Change::none(*ecosystem, cut);
        for row in rows.iter().filter(|row| row.first_listed_at.is_some()) {
            let Some(current) = listing::known(ctx, &row.package).await? else { continue };
            add(ctx, &mut change, &wanted, in_force.as_ref(), current).await?;
        }
        changes.push(change);
    }
    Ok(changes)
}

async fn add(
    ctx: &Ctx,
    change: &mut Change,
    wanted: &Arc<Adopted>,
    in_force: Option<&Arc<Adopted>>,
    current: Arc<Current>,
) -> Result<(), Problem> {
    let before: Option<HashMap<Version, State>> = match in_force {
        Some(adopted) => Some(states(ctx, adopted, current.clone()).await?.into_iter().collect()),
        None => None,
    };
    for (version, state) in states(ctx, wanted, current).await? {
        match state {
            State::Listed => change.listed += 1,
            State::Held => change.held += 1,
            State::Refused => change.refused += 1,
        }
        let Some(before) = &before else { continue };
        let was_listed = before.get(&version) == Some(&State::Listed);
        if state == State::Refused && before.get(&version) != Some(&State::Refused) {
            change.newly_refused += 1;
            change.newly_refused_of_listed += u64::from(was_listed);
        }
        match (was_listed, state == State::Listed) {
            (false, true) => change.newly_listed += 1,
            (true, false) => change.newly_withheld += 1,
            _ => {}
        }
    }
    Ok(())
}

async fn states(ctx: &Ctx, adopted: &Arc<Adopted>, current: Arc<Current>) -> Result<Vec<(Version, State)>, Problem> {
    let judged = judged::of_current(ctx, adopted, current, adopted.policy.serve_use()).await?;
    Ok(judged::releases(&judged))
}
