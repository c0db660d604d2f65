//! Generated stores: a batch shares its criteria, each crate of it is a store of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use vetmoot_domain::{AuditKind, Day, Publisher, Use, Versions};
use vetmoot_ecosystems::cargo::CargoVersions;
use vetmoot_ecosystems::feeds::cargo_vet::{self, Entry, Feed};

use crate::chance::Chance;

const VERSIONS: [&str; 10] = [
    "0.1.0",
    "0.2.0",
    "0.2.1",
    "1.0.0",
    "1.0.0@git:0123456789abcdef0123456789abcdef01234567",
    "1.1.0",
    "1.1.1",
    "2.0.0-rc.1",
    "2.0.0",
    "2.0.0+meta",
];
const RANGES: [&str; 12] =
    ["*", "<1.0.0", "^1", "=1.1.0", ">=2", "~0.2", ">0.2.0, <1.1", "1.1.*", "=2.0.0-rc.1", ">=3", "=0.2.1", ">=1.1.1"];
const CUSTOM: [&str; 4] = ["crit-a", "crit-b", "crit-c", "crit-d"];
const DAYS: [&str; 6] = ["2025-01-01", "2025-03-01", "2025-06-01", "2025-09-01", "2026-01-01", "2026-05-01"];
const SOURCES: [&str; 3] = ["user:11", "user:12", "github:example/madeup"];

/// Crates under one table of criteria.
pub struct Batch {
    pub number: usize,
    pub criteria: Vec<(&'static str, Vec<&'static str>)>,
    /// What the third root asks of its dependencies, beside safe-to-deploy and safe-to-run of the others.
    pub asked: Vec<&'static str>,
    pub crates: Vec<Crate>,
}

/// One store: the audits about one crate, and the releases of it that a project uses.
pub struct Crate {
    pub name: String,
    pub usage: Use,
    pub releases: Vec<&'static str>,
    pub entries: Vec<Entry>,
    /// Who published the release, and when. Known of a crate with one release alone: what is known here of a publisher is a
    /// fact about the release judged, where the other side knows publishers of releases nobody asked about.
    pub published: Option<(Publisher, Day)>,
}

impl Batch {
    pub fn new(number: usize, size: usize, chance: &mut Chance) -> Self {
        let names = &CUSTOM[..chance.below(CUSTOM.len() + 1)];
        let criteria: Vec<(&str, Vec<&str>)> =
            names.iter().enumerate().map(|(at, name)| (*name, implied(at, names, chance))).collect();
        let asked = match names.len() {
            0 => vec!["safe-to-run"],
            _ => (0..=chance.below(2)).map(|_| *chance.pick(names)).collect::<BTreeSet<_>>().into_iter().collect(),
        };
        let known: Vec<&'static str> =
            names.iter().copied().chain(["safe-to-run", "safe-to-deploy", "safe-to-deploy"]).collect();
        let mut batch = Self { number, criteria, asked, crates: Vec::new() };
        let drafts: Vec<Draft> = (0..size).map(|at| Draft::new(format!("madeup-{number}-{at}"), &known, chance)).collect();
        let feed = batch.read(&drafts);
        batch.crates = drafts.into_iter().map(|draft| draft.settle(&feed, chance)).collect();
        batch
    }

    /// The entries go through the reader of feeds, as imported ones do.
    fn read(&self, drafts: &[Draft]) -> Feed {
        let mut text = String::new();
        for (name, implies) in &self.criteria {
            writeln!(text, "[criteria.{name}]\ndescription = \"made up\"\nimplies = {implies:?}").unwrap();
        }
        text.extend(drafts.iter().map(|draft| draft.text.as_str()));
        let feed = cargo_vet::read(text.as_bytes(), "made-up").unwrap();
        assert!(feed.summary.dropped.is_empty(), "{:?}", feed.summary.dropped);
        feed
    }

    /// A criterion and all it implies.
    pub fn closure(&self, name: &str) -> BTreeSet<&str> {
        let mut all = BTreeSet::new();
        let mut open = vec![name];
        while let Some(next) = open.pop() {
            let own = self.criteria.iter().find(|(known, _)| *known == next);
            let (next, implies) = match own {
                Some((known, implies)) => (*known, implies.clone()),
                None if next == "safe-to-deploy" => ("safe-to-deploy", vec!["safe-to-run"]),
                None => ("safe-to-run", Vec::new()),
            };
            if all.insert(next) {
                open.extend(implies);
            }
        }
        all
    }

    /// What a use asks for.
    pub fn asked_of(&self, usage: Use) -> Vec<&'static str> {
        match usage {
            Use::Runtime => vec!["safe-to-deploy"],
            Use::Dev => vec!["safe-to-run"],
            Use::Build => self.asked.clone(),
        }
    }

    /// The criteria of a set that no other of the set implies, as cargo-vet names them.
    pub fn minimal<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
        let names: BTreeSet<&str> = names.into_iter().collect();
        let implied = |name: &&&str| names.iter().any(|other| other != *name && self.closure(other).contains(**name));
        names.iter().filter(|name| !implied(name)).map(|name| (*name).to_owned()).collect()
    }
}

fn implied(at: usize, names: &[&'static str], chance: &mut Chance) -> Vec<&'static str> {
    let mut implies = Vec::new();
    for later in &names[at + 1..] {
        if chance.percent(30) {
            implies.push(*later);
        }
    }
    for builtin in ["safe-to-run", "safe-to-deploy"] {
        if chance.percent(20) {
            implies.push(builtin);
        }
    }
    implies
}

struct Draft {
    name: String,
    text: String,
    releases: Vec<&'static str>,
    usage: Use,
    source: Option<&'static str>,
}

impl Draft {
    fn new(name: String, known: &[&'static str], chance: &mut Chance) -> Self {
        let pool: Vec<&'static str> = (0..2 + chance.below(5)).map(|_| *chance.pick(&VERSIONS)).collect();
        let by_publisher = chance.percent(30);
        let source = *chance.pick(&SOURCES);
        let mut text = String::new();
        for _ in 0..chance.below(9) {
            let (from, to) = (*chance.pick(&pool), *chance.pick(&pool));
            match chance.below(100) {
                0..30 => entry(&mut text, &name, known, &format!("version = \"{to}\""), chance),
                30..90 if from != to => entry(&mut text, &name, known, &format!("delta = \"{from} -> {to}\""), chance),
                _ => {}
            }
        }
        if chance.percent(35) {
            for _ in 0..=chance.below(2) {
                entry(&mut text, &name, known, &format!("violation = \"{}\"", chance.pick(&RANGES)), chance);
            }
        }
        if by_publisher {
            for _ in 0..=chance.below(2) {
                let source = if chance.percent(70) { source } else { *chance.pick(&SOURCES) };
                wildcard(&mut text, &name, known, source, chance);
            }
        }
        // Projects use releases of the index, which no revision of a repository is.
        let usable: Vec<&'static str> = pool.into_iter().filter(|version| !version.contains('@')).chain(["1.1.0"]).collect();
        let count = if by_publisher { 1 } else { 1 + chance.below(3) };
        let releases: BTreeSet<&str> = (0..count).map(|_| *chance.pick(&usable)).collect();
        let usage = *chance.pick(&[Use::Runtime, Use::Runtime, Use::Dev, Use::Build]);
        let source = by_publisher.then_some(source);
        Self { name, text, releases: releases.into_iter().collect(), usage, source }
    }

    fn settle(self, feed: &Feed, chance: &mut Chance) -> Crate {
        let own = |entry: &&Entry| entry.audit.package.name().as_str() == self.name;
        let entries = feed.entries.iter().filter(own).cloned().collect();
        let mut made = Crate { name: self.name, usage: self.usage, releases: self.releases, entries, published: None };
        if let Some(source) = self.source {
            let publisher: Publisher = source.parse().unwrap();
            let day: Day = chance.pick(&DAYS).parse().unwrap();
            made.published = Some((publisher, day));
            // Where no violation matches anything both sides are to agree without exception, so no release appears there on
            // the last day of a window, about which they are known to disagree.
            if !made.matched() && !made.last_days().is_empty() {
                made.published = made.published.map(|(publisher, day)| (publisher, day.plus_days(1)));
            }
        }
        made
    }
}

fn criteria(known: &[&'static str], chance: &mut Chance) -> String {
    let names: BTreeSet<&str> = (0..=usize::from(chance.percent(25))).map(|_| *chance.pick(known)).collect();
    format!("criteria = {:?}", names.into_iter().collect::<Vec<_>>())
}

fn entry(text: &mut String, name: &str, known: &[&'static str], what: &str, chance: &mut Chance) {
    let who = if chance.percent(50) { "who = \"Ada <ada@example.org>\"\n" } else { "" };
    writeln!(text, "[[audits.{name}]]\n{who}{}\n{what}", criteria(known, chance)).unwrap();
}

fn wildcard(text: &mut String, name: &str, known: &[&'static str], source: &str, chance: &mut Chance) {
    let start = chance.below(DAYS.len() - 1);
    let end = start + 1 + chance.below(DAYS.len() - start - 1);
    let source = match source.split_once(':').unwrap() {
        ("user", id) => format!("user-id = {id}"),
        (host, path) => format!("trusted-publisher = \"{host}:{path}\""),
    };
    let window = format!("start = \"{}\"\nend = \"{}\"", DAYS[start], DAYS[end]);
    writeln!(text, "[[wildcard-audits.{name}]]\n{}\n{source}\n{window}", criteria(known, chance)).unwrap();
}

impl Crate {
    /// Whether a violation names the version.
    pub fn violated<'a>(&'a self, version: &'a str) -> impl Iterator<Item = &'a Entry> {
        let version = version.parse().unwrap();
        self.entries.iter().filter(move |entry| match &entry.audit.kind {
            AuditKind::Violation { range } => CargoVersions.in_range(range, &version).unwrap(),
            _ => false,
        })
    }

    /// Whether a violation matches an end of any audit; what a publisher vouches for counts as one.
    pub fn matched(&self) -> bool {
        let mut ends: BTreeSet<&str> = BTreeSet::new();
        for entry in &self.entries {
            match &entry.audit.kind {
                AuditKind::Full { version, .. } => ends.extend([version.as_str()]),
                AuditKind::Delta { from, to, .. } => ends.extend([from.as_str(), to.as_str()]),
                AuditKind::Publisher { .. } => ends.extend(self.releases.iter().copied()),
                AuditKind::Violation { .. } => {}
            }
        }
        ends.into_iter().any(|end| self.violated(end).next().is_some())
    }

    /// Whether cargo-vet finds the store in conflict with itself: a violation of a criterion that an audit claims, at either
    /// end of that audit. Publisher trust it does not ask.
    pub fn in_conflict(&self, batch: &Batch) -> bool {
        self.entries.iter().any(|entry| {
            let ends = match &entry.audit.kind {
                AuditKind::Full { version, .. } => vec![version],
                AuditKind::Delta { from, to, .. } => vec![from, to],
                AuditKind::Violation { .. } | AuditKind::Publisher { .. } => return false,
            };
            let claimed: BTreeSet<&str> = entry.criteria.iter().flat_map(|name| batch.closure(name.as_str())).collect();
            let denies = |violation: &Entry| violation.criteria.iter().any(|name| claimed.contains(name.as_str()));
            ends.into_iter().any(|end| self.violated(end.as_str()).any(denies))
        })
    }

    /// Publisher trust whose window ends on the very day the release appeared.
    pub fn last_days(&self) -> Vec<&Entry> {
        let Some((by, day)) = &self.published else { return Vec::new() };
        let last = |entry: &&Entry| matches!(&entry.audit.kind, AuditKind::Publisher { publisher, end, .. } if publisher == by && end == day);
        self.entries.iter().filter(last).collect()
    }

    /// The same store with some entries left out.
    pub fn without(&self, leave_out: impl Fn(&Entry) -> bool) -> Self {
        Self {
            name: self.name.clone(),
            usage: self.usage,
            releases: self.releases.clone(),
            entries: self.entries.iter().filter(|entry| !leave_out(entry)).cloned().collect(),
            published: self.published.clone(),
        }
    }

    /// The store in words, for a message.
    pub fn shown(&self, batch: &Batch) -> String {
        let audits = cargo_vet::write([], &self.entries);
        let criteria: BTreeMap<_, _> = batch.criteria.iter().cloned().collect();
        format!(
            "{} ({}), releases {:?}, published {:?}, asked {:?}, criteria {criteria:?}\n{audits}",
            self.name,
            self.usage,
            self.releases,
            self.published,
            batch.asked_of(self.usage)
        )
    }
}

/// Whether an entry is a violation.
pub fn is_violation(entry: &Entry) -> bool {
    matches!(entry.audit.kind, AuditKind::Violation { .. })
}
