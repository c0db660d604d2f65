//! Look-alike names: a new package whose name people could take for one they know.

use std::collections::HashSet;
use std::sync::LazyLock;

use vetmoot_domain::{Ecosystem, Package};

/// How a name resembles another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// They differ by separators, case or their place alone (`python-dateutil`, `dateutil-python`).
    Separators,
    /// They differ by characters that look alike (`1odash` for `lodash`).
    Confusable,
    /// They differ by a slip of a finger or two.
    Typo,
}

/// A name that another could be taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookAlike {
    /// The known name.
    pub name: String,
    /// How they resemble each other.
    pub likeness: Likeness,
}

/// Names shorter than this are not compared by slips: too many of them are one apart.
const TYPO_CHARS_MIN: usize = 4;
/// From this length on two slips are as easily overlooked as one.
const TWO_TYPOS_CHARS_MIN: usize = 10;

/// The very popular names of an ecosystem that are known without asking anybody.
pub fn popular(ecosystem: Ecosystem) -> &'static [&'static str] {
    static NAMES: LazyLock<[Vec<&'static str>; 3]> = LazyLock::new(|| {
        let read = |text: &'static str| text.split_whitespace().collect();
        [read(include_str!("popular/cargo.txt")), read(include_str!("popular/pypi.txt")), read(include_str!("popular/npm.txt"))]
    });
    let [cargo, pypi, npm] = &*NAMES;
    match ecosystem {
        Ecosystem::Cargo => cargo,
        Ecosystem::Pypi => pypi,
        Ecosystem::Npm => npm,
    }
}

/// The known name that the package's could be taken for, the likest first; none when the name itself is known.
pub fn look_alike<'k>(package: &Package, known: impl IntoIterator<Item = &'k str>) -> Option<LookAlike> {
    let name = package.name().as_str();
    let own = Form::of(name);
    let mut found: Option<LookAlike> = None;
    let mut seen = HashSet::new();
    for other in known {
        if other.eq_ignore_ascii_case(name) {
            return None;
        }
        if !seen.insert(other) {
            continue;
        }
        let Some(likeness) = own.resembles(&Form::of(other)) else { continue };
        let is_better = found.as_ref().is_none_or(|best| (likeness, other) < (best.likeness, best.name.as_str()));
        if is_better {
            found = Some(LookAlike { name: other.to_owned(), likeness });
        }
    }
    found
}

/// Whether the official index takes two names for one, so that of two packages only the first can be there.
pub fn collide(ecosystem: Ecosystem, one: &str, other: &str) -> bool {
    official_form(ecosystem, one).is_some_and(|form| official_form(ecosystem, other) == Some(form))
}

/// A name in the form by which the official index keeps names apart; none where it compares nothing.
fn official_form(ecosystem: Ecosystem, name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    match ecosystem {
        Ecosystem::Cargo => Some(lower.replace('_', "-")),
        Ecosystem::Pypi => Some(plain(&lower).map(|c| if matches!(c, 'l' | 'i') { '1' } else { c }).map(zeroed).collect()),
        // What is in a scope is its owner's business.
        Ecosystem::Npm if lower.starts_with('@') => None,
        Ecosystem::Npm => Some(plain(&lower).collect()),
    }
}

fn plain(lower: &str) -> impl Iterator<Item = char> {
    lower.chars().filter(|c| !matches!(c, '-' | '_' | '.'))
}

fn zeroed(c: char) -> char {
    if c == 'o' { '0' } else { c }
}

/// Whether the official index keeps a name for the language itself: its standard library and its compiler.
pub fn is_reserved(package: &Package) -> bool {
    static NAMES: LazyLock<[Vec<&'static str>; 2]> = LazyLock::new(|| {
        let read = |text: &'static str| text.split_whitespace().collect();
        [read(include_str!("reserved/cargo.txt")), read(include_str!("reserved/pypi.txt"))]
    });
    let [cargo, pypi] = &*NAMES;
    let name = package.name().as_str();
    match package.ecosystem() {
        Ecosystem::Cargo => cargo.iter().any(|reserved| collide(Ecosystem::Cargo, reserved, name)),
        Ecosystem::Pypi => pypi.contains(&name),
        Ecosystem::Npm => false,
    }
}

/// The lengths that a name could have to be taken for the package's.
pub fn lengths(package: &Package) -> std::ops::RangeInclusive<usize> {
    let length = package.name().as_str().len();
    // Two slips, two separators more or less, or `rn` for `m` here and there.
    length.saturating_sub(4)..=length + 4
}

/// A name in the forms by which it is compared.
struct Form {
    /// Lower case, without separators.
    plain: String,
    /// Its parts in order of the alphabet.
    sorted: Vec<String>,
    /// With one character for each group of those that look alike.
    skeleton: String,
}

impl Form {
    fn of(name: &str) -> Self {
        let lower = name.to_ascii_lowercase();
        let parts = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
        let mut sorted: Vec<String> = parts.map(str::to_owned).collect();
        let plain = sorted.concat();
        sorted.sort_unstable();
        let skeleton = skeleton(&plain);
        Self { plain, sorted, skeleton }
    }

    fn resembles(&self, other: &Self) -> Option<Likeness> {
        if self.plain == other.plain || (self.sorted.len() > 1 && self.sorted == other.sorted) {
            return Some(Likeness::Separators);
        }
        if self.skeleton == other.skeleton {
            return Some(Likeness::Confusable);
        }
        let (short, long) = (self.plain.len().min(other.plain.len()), self.plain.len().max(other.plain.len()));
        let slips = if short >= TWO_TYPOS_CHARS_MIN { 2 } else { 1 };
        if short < TYPO_CHARS_MIN || long - short > slips {
            return None;
        }
        // Names that are numbered (`sha1`, `sha2`) are one apart on purpose.
        let numbered = |text: &str| text.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
        if numbered(&self.plain) == numbered(&other.plain) {
            return None;
        }
        (strsim::osa_distance(&self.plain, &other.plain) <= slips).then_some(Likeness::Typo)
    }
}

fn skeleton(plain: &str) -> String {
    plain
        .replace("rn", "m")
        .replace("vv", "w")
        .replace("cl", "d")
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | 'i' | 'j' => 'l',
            '5' => 's',
            '3' => 'e',
            other => other,
        })
        .collect()
}
