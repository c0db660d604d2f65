//! The made-up packages of the tests: their names, versions and ages.

use std::time::{SystemTime, UNIX_EPOCH};

use vetmoot_domain::time::{DAY_MS, Timestamp};

/// A day to count back from; the ages of releases are relative to it.
#[derive(Debug, Clone, Copy)]
pub struct Calendar {
    now: Timestamp,
}

impl Calendar {
    /// Counts from the machine's clock, as a server that runs as a program does.
    ///
    /// # Panics
    /// When the machine's clock stands before 1970.
    pub fn of_the_machine() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock stands after 1970");
        Self { now: Timestamp::from_millis(i64::try_from(since.as_millis()).expect("milliseconds fit for long")) }
    }

    /// Counts from a given moment.
    pub fn from(now: Timestamp) -> Self {
        Self { now }
    }

    /// So many days ago, to the second.
    pub fn days_ago(self, days: i64) -> Timestamp {
        let ms = self.now.millis() - days * DAY_MS;
        Timestamp::from_millis(ms - ms.rem_euclid(1000))
    }
}

/// A release of a made-up package; the same list serves every ecosystem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Name, valid and already normal in every ecosystem.
    pub name: String,
    /// Version, valid in every ecosystem.
    pub version: String,
    /// How old it is, in days.
    pub days: i64,
    /// Names of the packages it depends on, any version 1.
    pub needs: Vec<String>,
    /// One line of its code, so that versions have different bytes.
    pub line: String,
}

impl Release {
    /// A release without dependencies.
    pub fn new(name: &str, version: &str, days: i64) -> Self {
        Self { name: name.to_owned(), version: version.to_owned(), days, needs: Vec::new(), line: format!("{name} {version}") }
    }

    /// With a dependency.
    #[must_use]
    pub fn needs(mut self, name: &str) -> Self {
        self.needs.push(name.to_owned());
        self
    }

    /// With other bytes.
    #[must_use]
    pub fn with_line(mut self, line: &str) -> Self {
        line.clone_into(&mut self.line);
        self
    }
}

/// What every client test installs from: an old line with one young release, a package that needs it, and one that is all young.
pub fn shelf() -> Vec<Release> {
    vec![
        Release::new("mossy-lantern", "1.0.0", 400),
        Release::new("mossy-lantern", "1.1.0", 90),
        Release::new("mossy-lantern", "1.2.0", 2),
        Release::new("quiet-harbour", "1.0.0", 60).needs("mossy-lantern"),
        Release::new("newborn-heron", "1.0.0", 1),
    ]
}
