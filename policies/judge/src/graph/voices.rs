//! Independent voices: how many bodies would have to be wrong before nothing covers the version any more.

use std::collections::BTreeSet;

use super::Graph;
use super::search::{Ask, Hop};
use crate::limits::{CHAINS_SHOWN_MAX, SEARCHES_MAX};

/// How far a criterion is met.
pub(crate) struct Coverage {
    /// Independent voices, counted up to those needed.
    pub(crate) voices: u32,
    /// Chains that show it, best first.
    pub(crate) chains: Vec<Vec<Hop>>,
}

/// Searches already made, and those still allowed.
struct Budget {
    left: u32,
    survived: BTreeSet<(u128, u32)>,
}

impl Graph<'_> {
    /// Counts the voices for one criterion, at most `needed`.
    ///
    /// The count is the least number of voices whose withdrawal leaves no chain: with two, whichever one is mistaken, a
    /// chain without it remains. One voice is cargo-vet's own rule.
    pub(crate) fn coverage(&self, ask: &Ask<'_>, needed: u32) -> Coverage {
        let Some(best) = self.chain(ask, 0) else { return Coverage { voices: 0, chains: Vec::new() } };
        let voices = if needed <= 1 { 1 } else { self.count(ask, needed) };
        let chains = if needed <= 1 { vec![best] } else { self.shown(ask, best, needed, voices) };
        Coverage { voices, chains }
    }

    /// Independent voices for one criterion, counted up to `most`.
    pub(crate) fn count(&self, ask: &Ask<'_>, most: u32) -> u32 {
        let mut budget = Budget { left: SEARCHES_MAX, survived: BTreeSet::new() };
        let mut voices = 0;
        while voices < most && self.survives(ask, 0, voices, &mut budget) {
            voices += 1;
        }
        voices
    }

    /// Whether a chain remains whichever `more` voices are taken away beyond those in `removed`.
    fn survives(&self, ask: &Ask<'_>, removed: u128, more: u32, budget: &mut Budget) -> bool {
        if budget.survived.contains(&(removed, more)) {
            return true;
        }
        if budget.left == 0 {
            return false;
        }
        budget.left -= 1;
        let Some(chain) = self.chain(ask, removed) else { return false };
        for hop in &chain {
            // What takes every chain away takes some link of this one away, with all the voices it still has.
            let link = self.voices_of(*hop) & !removed;
            let price = link.count_ones();
            if price <= more && !self.survives(ask, removed | link, more - price, budget) {
                return false;
            }
        }
        budget.survived.insert((removed, more));
        true
    }

    /// The voices of one link.
    pub(crate) fn voices_of(&self, hop: Hop) -> u128 {
        match hop {
            Hop::Link(number) => self.link_at(number).map_or(0, |link| link.voices),
            Hop::Trust(number) => self.weighed_at(number).map_or(0, |one| one.voices),
        }
    }

    fn voices_along(&self, chain: &[Hop]) -> u128 {
        chain.iter().fold(0, |all, hop| all | self.voices_of(*hop))
    }

    /// Chains that show how many voices there are: first chains that share nobody, then, where the voices are woven
    /// together, one chain around each body.
    fn shown(&self, ask: &Ask<'_>, best: Vec<Hop>, needed: u32, voices: u32) -> Vec<Vec<Hop>> {
        let wanted = usize::try_from(needed).unwrap_or(CHAINS_SHOWN_MAX).min(CHAINS_SHOWN_MAX);
        let mut used = self.voices_along(&best);
        let mut chains = vec![best];
        while chains.len() < wanted {
            let Some(next) = self.chain(ask, used) else { break };
            used |= self.voices_along(&next);
            chains.push(next);
        }
        if u32::try_from(chains.len()).unwrap_or(u32::MAX) >= voices.min(needed) {
            return chains;
        }
        for place in 0..self.voice_names.len().min(crate::limits::VOICES_MAX) {
            let one = super::weigh::bit(place);
            let avoided = chains.iter().any(|chain| self.voices_along(chain) & one == 0);
            if chains.len() >= CHAINS_SHOWN_MAX || avoided {
                continue;
            }
            chains.extend(self.chain(ask, one));
        }
        chains
    }
}
