//! Which advisories affect a version, after the evaluation algorithm of the OSV schema.

use std::collections::BTreeSet;

use vetmoot_domain::{Advisory, RangeEvent, Release, Version, Versions};

/// Advisories about one package, their ranges put in one order of versions, so that a version is placed once for all.
pub(crate) struct Board<'a> {
    entries: Vec<Entry<'a>>,
    /// Every version that opens or closes a range, in order, each once.
    points: Vec<Version>,
}

/// One advisory.
pub(crate) struct Entry<'a> {
    pub(crate) advisory: &'a Advisory,
    ranges: Vec<Range>,
    /// The versions listed one by one, plainly written.
    listed: BTreeSet<String>,
}

#[derive(Default)]
struct Range {
    /// Events in the order of versions.
    events: Vec<(Point, Turn)>,
    limits: Vec<Point>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Opens,
    Closes,
    ClosesAfter,
}

/// A place among the points: before all, at one, or after all.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Point {
    Start,
    At(usize),
    End,
}

/// Where a version stands: the points before it, and whether the next one is the version itself.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    below: usize,
    exact: bool,
}

impl Point {
    fn before(self, place: Place) -> bool {
        match self {
            Self::Start => true,
            Self::At(point) => point < place.below,
            Self::End => false,
        }
    }
    fn at(self, place: Place) -> bool {
        place.exact && self == Self::At(place.below)
    }
}

/// A version as it was written in an event, until all of them are known.
enum Written {
    Point(Point),
    Version(Version),
}

fn written(text: &str, versions: &dyn Versions) -> Option<Written> {
    match text {
        "0" => Some(Written::Point(Point::Start)),
        "*" => Some(Written::Point(Point::End)),
        text => text.parse().ok().filter(|version| versions.is_version(version)).map(Written::Version),
    }
}

impl<'a> Board<'a> {
    /// Reads the ranges. What cannot be read affects more, never less: an opening stands at the start, a closing is left out.
    pub(crate) fn new(advisories: impl Iterator<Item = &'a Advisory>, versions: &dyn Versions) -> Self {
        let mut named: Vec<(Version, (usize, usize), Option<Turn>)> = Vec::new();
        let mut entries: Vec<Entry<'a>> = Vec::new();
        for advisory in advisories {
            let mut entry = Entry { advisory, ranges: Vec::new(), listed: advisory.versions.iter().map(plain).collect() };
            for (number, range) in advisory.ranges.iter().enumerate() {
                let mut read = Range::default();
                for event in &range.events {
                    let (text, turn) = match event {
                        RangeEvent::Introduced(text) => (text, Some(Turn::Opens)),
                        RangeEvent::Fixed(text) => (text, Some(Turn::Closes)),
                        RangeEvent::LastAffected(text) => (text, Some(Turn::ClosesAfter)),
                        RangeEvent::Limit(text) => (text, None),
                    };
                    let unread = (turn == Some(Turn::Opens)).then_some(Written::Point(Point::Start));
                    match written(text, versions).or(unread) {
                        Some(Written::Point(point)) => read.add(point, turn),
                        Some(Written::Version(version)) => named.push((version, (entries.len(), number), turn)),
                        None => {}
                    }
                }
                entry.ranges.push(read);
            }
            entries.push(entry);
        }
        named.sort_by(|(a, _, _), (b, _, _)| versions.compare(a, b));
        let mut points: Vec<Version> = Vec::new();
        for (version, (entry, range), turn) in named {
            if !points.last().is_some_and(|last| versions.compare(last, &version).is_eq()) {
                points.push(version);
            }
            if let Some(range) = entries.get_mut(entry).and_then(|entry| entry.ranges.get_mut(range)) {
                range.add(Point::At(points.len() - 1), turn);
            }
        }
        for range in entries.iter_mut().flat_map(|entry| &mut entry.ranges) {
            range.events.sort_by_key(|(point, _)| *point);
        }
        Self { entries, points }
    }

    /// Where a version stands among the points.
    pub(crate) fn place(&self, version: &Version, versions: &dyn Versions) -> Place {
        let below = self.points.partition_point(|point| versions.compare(point, version).is_lt());
        let exact = self.points.get(below).is_some_and(|point| versions.compare(point, version).is_eq());
        Place { below, exact }
    }

    /// The advisories that affect a version, in their order.
    pub(crate) fn hits(&self, version: &Version, place: Place) -> impl Iterator<Item = &'a Advisory> {
        let plain = if self.entries.is_empty() { String::new() } else { plain(version) };
        self.entries.iter().filter(move |entry| entry.affects(&plain, place)).map(|entry| entry.advisory)
    }

    /// The first advisory that names a version as its fix.
    pub(crate) fn fixed_by(&self, place: Place) -> Option<&'a Advisory> {
        // A followed community may hold a release back. It may not hurry one through: whoever wants a fresh release listed
        // would only have to call it a fix.
        let trusted = |entry: &&Entry<'_>| !entry.advisory.of_peer && entry.fixed_at(place);
        self.entries.iter().find(trusted).map(|entry| entry.advisory)
    }
}

impl Entry<'_> {
    /// A withdrawn advisory affects nothing.
    fn affects(&self, plain: &str, place: Place) -> bool {
        self.advisory.withdrawn.is_none() && (self.listed.contains(plain) || self.ranges.iter().any(|range| range.holds(place)))
    }
    fn fixed_at(&self, place: Place) -> bool {
        let mut events = self.ranges.iter().flat_map(|range| &range.events);
        self.advisory.withdrawn.is_none() && events.any(|(point, turn)| *turn == Turn::Closes && point.at(place))
    }
}

impl Range {
    fn add(&mut self, point: Point, turn: Option<Turn>) {
        match turn {
            Some(turn) => self.events.push((point, turn)),
            None => self.limits.push(point),
        }
    }
    fn holds(&self, place: Place) -> bool {
        let mut inside = false;
        for (point, turn) in &self.events {
            let reached = point.before(place) || point.at(place);
            match turn {
                Turn::Opens if reached => inside = true,
                Turn::Closes if reached => inside = false,
                Turn::ClosesAfter if point.before(place) => inside = false,
                _ => {}
            }
        }
        let below_limit = |limit: &Point| !limit.before(place) && !limit.at(place);
        inside && (self.limits.is_empty() || self.limits.iter().any(below_limit))
    }
}

/// A version without what makes no difference on any index: a leading v, capitals, zeros at the end of plain numbers.
fn plain(version: &Version) -> String {
    let text = version.as_str().to_ascii_lowercase();
    let text = text.strip_prefix('v').unwrap_or(&text);
    if !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return text.to_owned();
    }
    let mut short = text;
    while let Some(rest) = short.strip_suffix(".0") {
        short = rest;
    }
    short.to_owned()
}

/// Whether some version above this one is named as a fix.
pub(crate) fn has_later_fix(advisory: &Advisory, version: &Version, versions: &dyn Versions) -> bool {
    let board = Board::new(std::iter::once(advisory), versions);
    let place = board.place(version, versions);
    let mut events = board.entries.iter().flat_map(|entry| &entry.ranges).flat_map(|range| &range.events);
    events.any(|(point, turn)| *turn == Turn::Closes && !point.before(place) && !point.at(place))
}

/// The advisories that affect a release, not withdrawn, in the order of their ids.
pub fn hits<'a>(advisories: &'a [Advisory], release: &Release, versions: &dyn Versions) -> Vec<&'a Advisory> {
    let board = Board::new(advisories.iter().filter(|one| one.package == release.package), versions);
    let mut hits: Vec<&Advisory> = board.hits(&release.version, board.place(&release.version, versions)).collect();
    hits.sort_by(|a, b| a.id.cmp(&b.id));
    hits
}

#[cfg(test)]
mod tests;
