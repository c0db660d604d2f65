//! What a feed held and could not be taken over: counted by reason, a few named.

use std::collections::BTreeMap;

use serde::Serialize;

use super::limits::{EXAMPLE_CHARS_MAX, EXAMPLES_MAX};

/// Why an entry of a feed was not taken over; the text form is a stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DropReason {
    /// The package's name is none its index admits (a crate named `0.7.11`).
    BadPackageName,
    /// A version is not one of its ecosystem's.
    BadVersion,
    /// A range of versions cannot be read.
    BadRange,
    /// A criterion's name or definition cannot be read.
    BadCriterion,
    /// A criterion takes the name of one of the two built-ins, whose meaning is fixed.
    BuiltinRedefined,
    /// No criterion the feed defines is left on the entry.
    NoCriteria,
    /// The entry is none of the kinds known, or several at once.
    UnknownKind,
    /// The entry has a field unknown here, which might change its meaning.
    UnknownField,
    /// A field has another type than it should.
    BadField,
    /// The feed's owner marked the entry as not for others.
    NotImportable,
    /// The entry is for its own project alone (trusted publishers of cargo-vet).
    LocalOnly,
    /// The window of publisher trust ends before it begins, or its days are no days.
    BadWindow,
    /// The publisher is named in no way known.
    BadPublisher,
    /// A delta from a version to itself.
    SameVersion,
    /// The entry, or one of its texts or lists, is longer than any real one.
    TooLong,
    /// The advisory is about an ecosystem not served here.
    OtherEcosystem,
    /// The range counts commits, which no release can be compared with.
    CommitRange,
    /// The advisory names neither a range nor a version.
    NothingAffected,
    /// The record is no OSV record.
    NotARecord,
}

vetmoot_domain::word_enum!(DropReason, "reason for dropping", {
    BadPackageName => "bad-package-name", BadVersion => "bad-version", BadRange => "bad-range",
    BadCriterion => "bad-criterion", BuiltinRedefined => "builtin-redefined", NoCriteria => "no-criteria",
    UnknownKind => "unknown-kind", UnknownField => "unknown-field", BadField => "bad-field",
    NotImportable => "not-importable", LocalOnly => "local-only", BadWindow => "bad-window",
    BadPublisher => "bad-publisher", SameVersion => "same-version", TooLong => "too-long",
    OtherEcosystem => "other-ecosystem", CommitRange => "commit-range", NothingAffected => "nothing-affected",
    NotARecord => "not-a-record",
});

/// How many entries one reason dropped.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Drop {
    /// How many.
    pub count: u64,
    /// The first few, cut short.
    pub examples: Vec<String>,
}

/// Everything dropped of one feed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Dropped(BTreeMap<DropReason, Drop>);

impl Dropped {
    /// Counts one more, named by `example` while there is room.
    pub fn add(&mut self, reason: DropReason, example: &str) {
        let drop = self.0.entry(reason).or_default();
        drop.count = drop.count.saturating_add(1);
        if drop.examples.len() < EXAMPLES_MAX {
            drop.examples.push(example.chars().filter(|c| !c.is_control()).take(EXAMPLE_CHARS_MAX).collect());
        }
    }
    /// Adds what another part of the same feed dropped.
    pub fn join(&mut self, other: Self) {
        for (reason, more) in other.0 {
            let drop = self.0.entry(reason).or_default();
            drop.count = drop.count.saturating_add(more.count);
            drop.examples.extend(more.examples);
            drop.examples.truncate(EXAMPLES_MAX);
        }
    }
    /// How many entries one reason dropped.
    pub fn count(&self, reason: DropReason) -> u64 {
        self.0.get(&reason).map_or(0, |drop| drop.count)
    }
    /// How many entries were dropped in all.
    pub fn total(&self) -> u64 {
        self.0.values().fold(0, |sum, drop| sum.saturating_add(drop.count))
    }
    /// The reasons in a fixed order, each with its count and examples.
    pub fn iter(&self) -> impl Iterator<Item = (DropReason, &Drop)> {
        self.0.iter().map(|(reason, drop)| (*reason, drop))
    }
    /// Whether nothing was dropped.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
