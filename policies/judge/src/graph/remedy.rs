//! The cheapest audit that would help: which pair of versions somebody would have to compare.

use std::cmp::Ordering;

use vetmoot_domain::Version;

use super::search::Ask;
use super::{Graph, index};
use crate::limits::BASES_MAX;

/// The audit asked for: from a version (or from nothing) to another (or to the version judged).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Pair {
    pub(crate) from: Option<Version>,
    pub(crate) to: Option<Version>,
}

impl Graph<'_> {
    /// The pair to audit so that one voice more covers the version judged.
    ///
    /// Versions differ the less the nearer they stand in the order of those known, so the nearest covered version is
    /// the cheapest to start from; the older one where two are as near. Callers that have archives count lines.
    pub(crate) fn cheapest(&self, ask: &Ask<'_>, version: &Version, voices: u32) -> Pair {
        let bit = usize::try_from(ask.criterion.trailing_zeros()).unwrap_or(usize::MAX);
        let starts = self.kept(bit, || self.covered_places(ask));
        if starts.is_empty() {
            return Pair::default();
        }
        if voices > 0 {
            return Pair { from: self.start_of_new_voice(ask, &starts, self.place_of(version), voices), to: None };
        }
        let own = self.place_of(version);
        let ends = self.hanging(ask).into_iter().map(|(place, node)| (place, Some(node)));
        let best = std::iter::once((own, None))
            .chain(ends)
            .filter_map(|(place, end)| Some((nearest(&starts, place, 1, ask.target).first().copied()?, place, end)))
            .min_by_key(|((start, _), place, end)| (start.abs_diff(*place), end.is_some(), *start));
        match best {
            Some(((_, start), _, end)) => {
                Pair { from: self.version(start).cloned(), to: end.and_then(|end| self.version(end)).cloned() }
            }
            None => Pair::default(),
        }
    }

    /// Every covered version with its place.
    fn covered_places(&self, ask: &Ask<'_>) -> Vec<(usize, u32)> {
        let reached = self.reached(ask, 0);
        let places = self.ordered().iter().enumerate();
        places
            .filter(|(_, node)| usize::try_from(**node).is_ok_and(|at| reached.get(at) == Some(&true)))
            .map(|(place, node)| (place * 2, *node))
            .collect()
    }

    /// Where a version stands among the nodes, doubled so that one between two nodes has a place of its own.
    fn place_of(&self, version: &Version) -> usize {
        let compare = |node: &u32| self.version(*node).map_or(Ordering::Less, |known| self.versions().compare(known, version));
        match self.ordered().binary_search_by(compare) {
            Ok(place) => place * 2,
            Err(place) => (place * 2).saturating_sub(1),
        }
    }

    /// Versions from which audits lead to the one judged while nothing leads to them.
    fn hanging(&self, ask: &Ask<'_>) -> Vec<(usize, u32)> {
        let mut found = vec![false; self.nodes.len()];
        let mut open = vec![ask.target];
        let mut steps = 0;
        while let Some(node) = open.pop() {
            steps += 1;
            if steps > self.links.len() + 1 {
                break;
            }
            for number in self.links_into(node) {
                let Some(link) = self.link_at(*number) else { continue };
                let carries = link.criteria & ask.criterion != 0 && link.expires.is_none_or(|expires| expires > ask.now);
                let fits = node != ask.target || self.covers(link, ask);
                let Some(from) = link.from.filter(|from| self.violated_at(*from) & ask.closure == 0) else { continue };
                let Some(seen) = usize::try_from(from).ok().and_then(|from| found.get_mut(from)) else { continue };
                if carries && fits && from != ask.target && !*seen {
                    *seen = true;
                    open.push(from);
                }
            }
        }
        let places = self.ordered().iter().enumerate();
        places
            .filter(|(_, node)| usize::try_from(**node).is_ok_and(|at| found.get(at) == Some(&true)))
            .map(|(place, node)| (place * 2, *node))
            .collect()
    }

    /// The nearest version from which a delta by somebody new would be one voice more.
    fn start_of_new_voice(&self, ask: &Ask<'_>, starts: &[(usize, u32)], own: usize, voices: u32) -> Option<Version> {
        let near = nearest(starts, own, BASES_MAX, ask.target);
        let start = near.into_iter().find(|(_, node)| {
            // The newcomer's delta helps if, whichever bodies are mistaken, the version or its start stays covered.
            let either = Ask { or_at: Some(*node), ..*ask };
            self.count(&either, voices + 1) > voices
        });
        start.and_then(|(_, node)| self.version(node)).cloned()
    }
}

/// The starts nearest to a place, at most `each` on either side, nearest first, the older one where two are as near; the
/// version judged is no start of its own, whatever other bytes of it are covered.
fn nearest(starts: &[(usize, u32)], place: usize, each: usize, target: u32) -> Vec<(usize, u32)> {
    let split = starts.partition_point(|(start, _)| *start < place);
    let others = |(_, node): &&(usize, u32)| *node != target;
    let older = starts.iter().take(split).rev().filter(others).take(each);
    let newer = starts.iter().skip(split).filter(others).take(each);
    let mut near: Vec<(usize, u32)> = older.chain(newer).copied().collect();
    near.sort_by_key(|(start, node)| (start.abs_diff(place), *start, index(*start).wrapping_add(*node)));
    near
}
