//! `policyRestrictions`: what npm 11 and later read to say why a version is not to be had.

use std::fmt::Write as _;

use super::index::Packument;
use crate::json::push_string;
use crate::limits::{RESTRICTION_LINE_VERSIONS_MAX, RESTRICTION_LINES_MAX, RESTRICTIONS_MAX};
use crate::listing::Listing;
use crate::shown::{Shown, fate};

/// Appends the value of the member, naming the newest withheld versions; `false` when none is withheld.
///
/// npm shows one message for the whole package, whichever version was asked for, so that it names versions itself.
pub(super) fn push(body: &mut Vec<u8>, packument: &Packument, listing: &Listing, shown: &[Shown]) -> bool {
    let withheld = newest(packument, listing, shown);
    if withheld.is_empty() {
        return false;
    }
    body.extend_from_slice(b"{\"message\":");
    push_string(body, &message(listing, &withheld));
    body.extend_from_slice(b",\"versions\":{");
    for (place, (entry, reason)) in withheld.iter().take(RESTRICTIONS_MAX).enumerate() {
        let Some(entry) = listing.entries.get(*entry) else { continue };
        if place > 0 {
            body.push(b',');
        }
        // npm looks the version up by the member's name and again by the text inside.
        push_string(body, entry.version.as_str());
        body.extend_from_slice(b":{\"name\":");
        push_string(body, listing.package.name().as_str());
        body.extend_from_slice(b",\"version\":");
        push_string(body, entry.version.as_str());
        body.extend_from_slice(b",\"reason\":");
        push_string(body, reason);
        body.push(b'}');
    }
    body.extend_from_slice(b"}}");
    true
}

/// The withheld entries with their reasons, highest version first, unreadable versions last.
fn newest<'s>(packument: &Packument, listing: &Listing, shown: &'s [Shown]) -> Vec<(usize, &'s str)> {
    let withheld = |entry: usize| fate(shown, entry).reason().map(|reason| (entry, reason));
    let mut found: Vec<_> = packument.order.iter().rev().filter_map(|ranked| withheld(ranked.entry)).collect();
    if packument.order.len() < listing.entries.len() {
        let mut is_ordered = vec![false; listing.entries.len()];
        for ranked in &packument.order {
            if let Some(flag) = is_ordered.get_mut(ranked.entry) {
                *flag = true;
            }
        }
        let unreadable = is_ordered.iter().enumerate().filter(|(_, ordered)| !**ordered);
        found.extend(unreadable.filter_map(|(entry, _)| withheld(entry)));
    }
    found
}

/// One line a reason, each naming its newest versions.
fn message(listing: &Listing, withheld: &[(usize, &str)]) -> String {
    let mut groups: Vec<(&str, Vec<usize>)> = Vec::new();
    let mut unnamed = 0_usize;
    for (entry, reason) in withheld {
        let room = groups.len() < RESTRICTION_LINES_MAX;
        match groups.iter_mut().find(|(known, _)| known == reason) {
            Some((_, entries)) => entries.push(*entry),
            None if room => groups.push((reason, vec![*entry])),
            None => unnamed += 1,
        }
    }
    let mut text = String::new();
    for (reason, entries) in &groups {
        let named = entries.iter().take(RESTRICTION_LINE_VERSIONS_MAX).filter_map(|entry| listing.entries.get(*entry));
        let named: Vec<&str> = named.map(|entry| entry.version.as_str()).collect();
        let rest = entries.len().saturating_sub(named.len());
        let and = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        writeln!(text, "{}{and}: {reason}", named.join(", ")).expect("writing into memory cannot fail");
    }
    if unnamed > 0 {
        writeln!(text, "and {unnamed} more versions for other reasons").expect("writing into memory cannot fail");
    }
    text.truncate(text.trim_end().len());
    text
}
