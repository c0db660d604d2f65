//! Chains: the shortest way from nothing at all, through audits that count, to the version judged.

use vetmoot_domain::{Subject, Timestamp};

use super::{Graph, Link};

/// One link of a chain that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hop {
    /// A full audit or a delta, by its number.
    Link(u32),
    /// Publisher trust, by the number of its weighed testimony.
    Trust(u32),
}

/// What a chain has to carry, and to where.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a> {
    /// The criterion's bit.
    pub(crate) criterion: u64,
    /// The criterion with all it implies: a violation of any of these breaks a chain.
    pub(crate) closure: u64,
    pub(crate) now: Timestamp,
    pub(crate) max_chain: u32,
    /// The node of the version judged.
    pub(crate) target: u32,
    pub(crate) subject: &'a Subject,
    pub(crate) uploaded: Option<Timestamp>,
    /// Publisher trust that applies to the version judged.
    pub(crate) trusts: &'a [u32],
    /// Whether the last link has to cover the subject's digests.
    pub(crate) bound: bool,
    /// A second version at which a chain may end, whichever its bytes.
    pub(crate) or_at: Option<u32>,
}

impl Ask<'_> {
    fn carries(&self, link: &Link<'_>, removed: u128) -> bool {
        link.criteria & self.criterion != 0
            && link.voices & !removed != 0
            && link.expires.is_none_or(|expires| expires > self.now)
    }
}

impl Graph<'_> {
    /// Whether a link that leads to the subject's version covers its bytes.
    pub(crate) fn covers(&self, link: &Link<'_>, ask: &Ask<'_>) -> bool {
        if link.digests.is_empty() || !ask.bound || ask.subject.digests.iter().any(|digest| link.digests.contains(&digest)) {
            return true;
        }
        // On the Python index a policy may let an audit cover every file uploaded before it.
        self.covers_release && matches!((ask.uploaded, link.recorded), (Some(up), Some(recorded)) if up <= recorded)
    }

    /// Whether what one link reached is what the next one compared with.
    fn joins(&self, reached: &Link<'_>, next: &Link<'_>) -> bool {
        let Some(from) = next.from_digests else { return false };
        if reached.digests.is_empty() || from.is_empty() || self.covers_release || !reached.digests.is_disjoint(from) {
            return true;
        }
        // Digests of different algorithms say nothing against one another.
        let algorithm = |digest: &vetmoot_domain::Digest| digest.algorithm();
        !reached.digests.iter().any(|one| from.iter().any(|other| algorithm(one) == algorithm(other)))
    }

    /// The shortest chain without the voices in `removed`; among equals the one of the most preferred links.
    pub(crate) fn chain(&self, ask: &Ask<'_>, removed: u128) -> Option<Vec<Hop>> {
        if self.violated_at(ask.target) & ask.closure != 0 {
            return None;
        }
        let trusted = ask.trusts.iter().find(|trust| {
            self.weighed_at(**trust).is_some_and(|one| {
                one.criteria & ask.criterion != 0
                    && one.voices & !removed != 0
                    && one.expires.is_none_or(|expires| expires > ask.now)
            })
        });
        let direct = self.roots.iter().copied().find(|number| {
            self.link_at(*number).is_some_and(|link| {
                ask.carries(link, removed) && self.violated_at(link.to) & ask.closure == 0 && self.ends(link, ask)
            })
        });
        match (direct, trusted) {
            (Some(link), _) => return Some(vec![Hop::Link(link)]),
            (None, Some(trust)) => return Some(vec![Hop::Trust(*trust)]),
            (None, None) if self.links_into(ask.target).is_empty() && ask.or_at.is_none() => return None,
            (None, None) => {}
        }
        self.longer_chain(ask, removed)
    }

    fn ends(&self, link: &Link<'_>, ask: &Ask<'_>) -> bool {
        (link.to == ask.target && self.covers(link, ask)) || ask.or_at == Some(link.to)
    }

    fn longer_chain(&self, ask: &Ask<'_>, removed: u128) -> Option<Vec<Hop>> {
        const UNSEEN: u32 = u32::MAX;
        // For each link reached, the link before it; roots stand before themselves.
        let mut before: Vec<u32> = vec![UNSEEN; self.links.len()];
        let mut layer: Vec<u32> = Vec::new();
        let open = |link: &Link<'_>| ask.carries(link, removed) && self.violated_at(link.to) & ask.closure == 0;
        for root in &self.roots {
            if self.link_at(*root).is_some_and(open) {
                set(&mut before, *root, *root);
                layer.push(*root);
            }
        }
        for _ in 1..ask.max_chain {
            let mut next: Vec<u32> = Vec::new();
            for number in &layer {
                let Some(link) = self.link_at(*number) else { continue };
                for onward in self.links_out(link.to) {
                    let Some(step) = self.link_at(*onward) else { continue };
                    let seen = before_of(&before, *onward) != UNSEEN;
                    if !seen && open(step) && self.joins(link, step) {
                        set(&mut before, *onward, *number);
                        next.push(*onward);
                    }
                }
            }
            next.sort_unstable();
            if let Some(last) = next.iter().find(|number| self.link_at(**number).is_some_and(|link| self.ends(link, ask))) {
                return Some(trace(&before, *last));
            }
            if next.is_empty() {
                return None;
            }
            layer = next;
        }
        None
    }

    /// Every version that a chain leads to, whichever its bytes; `true` at each such node.
    pub(crate) fn reached(&self, ask: &Ask<'_>, removed: u128) -> Vec<bool> {
        let mut reached = vec![false; self.nodes.len()];
        let mut seen = vec![false; self.links.len()];
        let open = |link: &Link<'_>| ask.carries(link, removed) && self.violated_at(link.to) & ask.closure == 0;
        let mut layer: Vec<u32> = self.roots.iter().copied().filter(|root| self.link_at(*root).is_some_and(open)).collect();
        for _ in 0..ask.max_chain.saturating_sub(1) {
            let mut next = Vec::new();
            for number in &layer {
                let Some(link) = self.link_at(*number) else { continue };
                mark(&mut reached, link.to);
                for onward in self.links_out(link.to) {
                    let Some(step) = self.link_at(*onward) else { continue };
                    if open(step) && self.joins(link, step) && mark(&mut seen, *onward) {
                        next.push(*onward);
                    }
                }
            }
            layer = next;
        }
        reached
    }
}

fn set(before: &mut [u32], at: u32, value: u32) {
    if let Some(place) = usize::try_from(at).ok().and_then(|at| before.get_mut(at)) {
        *place = value;
    }
}

fn before_of(before: &[u32], at: u32) -> u32 {
    usize::try_from(at).ok().and_then(|at| before.get(at)).copied().unwrap_or(u32::MAX)
}

/// Sets a flag; true when it was not set before.
fn mark(flags: &mut [bool], at: u32) -> bool {
    match usize::try_from(at).ok().and_then(|at| flags.get_mut(at)) {
        Some(flag) => !std::mem::replace(flag, true),
        None => false,
    }
}

fn trace(before: &[u32], last: u32) -> Vec<Hop> {
    let mut chain = vec![Hop::Link(last)];
    let mut at = last;
    // Each step goes to an earlier layer, so the walk ends at a root, which stands before itself.
    while before_of(before, at) != at && chain.len() <= before.len() {
        at = before_of(before, at);
        chain.push(Hop::Link(at));
    }
    chain.reverse();
    chain
}
