//! What can go wrong with the database, each with a stable code, a sentence, and the way out.

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};

/// The cause an operator finds in the log.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A failure of the store. A write that fails leaves nothing behind: its transaction is rolled back.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the write lock for longer than the busy timeout.
    #[error(
        "the database is locked by another process; stop the other server or backup that uses it, or try again (waited {waited_ms} ms)"
    )]
    Locked {
        /// How long this process waited, in milliseconds.
        waited_ms: u64,
        /// The database's own words.
        #[source]
        cause: Cause,
    },
    /// The other writers or readers of this process took too long.
    #[error("the database is busy: no connection became free in time; try again")]
    Busy {
        /// The pool's own words.
        #[source]
        cause: Cause,
    },
    /// The disk under the database is full.
    #[error("the disk of the database is full; nothing was written; free some space and try again")]
    DiskFull {
        /// The database's own words.
        #[source]
        cause: Cause,
    },
    /// The database cannot be opened or reached.
    #[error("the database {place} cannot be opened: {cause}")]
    Open {
        /// Which database, without its password.
        place: String,
        /// Why.
        #[source]
        cause: Cause,
    },
    /// The database URL is none that is understood.
    #[error("`{url}` is no database URL; write sqlite:PATH or postgres://USER@HOST/NAME")]
    BadUrl {
        /// The URL as given, cut, without what could be a password.
        url: String,
    },
    /// A newer program has changed the database's shape.
    #[error("the database was changed by a newer vetmoot-server; run that version, or restore a backup ({why})")]
    Newer {
        /// Which migration is unknown here.
        why: String,
    },
    /// A migration failed; the database is as it was before it.
    #[error("the database could not be brought to this version's shape: {cause}")]
    Migration {
        /// Why.
        #[source]
        cause: Cause,
    },
    /// A row holds what this version cannot read; never skipped, since a violation might be lost.
    #[error("a row of {table} cannot be read: {why}; run `vetmoot-server doctor`")]
    Unreadable {
        /// The table.
        table: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// A name that has to be unique is taken.
    #[error("{what} is taken already")]
    Taken {
        /// What was to be added.
        what: String,
    },
    /// What a write refers to is not there.
    #[error("there is no {what}")]
    Missing {
        /// What was looked for.
        what: String,
    },
    /// The domain is set once and for ever.
    #[error("this instance's domain is {current} for ever; a community under another name is another instance")]
    DomainIsSet {
        /// The domain it has.
        current: String,
    },
    /// A backup cannot be made or restored.
    #[error("{why}")]
    Backup {
        /// What is wrong, and what to do.
        why: String,
    },
    /// Any other failure of the database.
    #[error("the database failed: {cause}")]
    Database {
        /// The database's own words.
        #[source]
        cause: Cause,
    },
}

impl StoreError {
    /// The stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Locked { .. } => "database-locked",
            Self::Busy { .. } => "database-busy",
            Self::DiskFull { .. } => "disk-full",
            Self::Open { .. } => "database-unreachable",
            Self::BadUrl { .. } => "database-url",
            Self::Newer { .. } => "database-newer",
            Self::Migration { .. } => "database-migration",
            Self::Unreadable { .. } => "row-unreadable",
            Self::Taken { .. } => "name-taken",
            Self::Missing { .. } => "not-there",
            Self::DomainIsSet { .. } => "domain-is-set",
            Self::Backup { .. } => "backup-failed",
            Self::Database { .. } => "database-failed",
        }
    }
    /// Whether trying again later may help: somebody else is writing.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Locked { .. } | Self::Busy { .. })
    }
    /// Whether the disk is full.
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::DiskFull { .. })
    }

    pub(crate) fn unreadable(table: &'static str, why: impl std::fmt::Display) -> Self {
        Self::Unreadable { table, why: why.to_string() }
    }
    pub(crate) fn missing(what: impl Into<String>) -> Self {
        Self::Missing { what: what.into() }
    }
    pub(crate) fn backup(why: impl Into<String>) -> Self {
        Self::Backup { why: why.into() }
    }
    /// The error of opening `place`; what has a meaning of its own keeps it.
    pub(crate) fn opening(place: &str, error: DbErr) -> Self {
        match Self::from(error) {
            Self::Database { cause } => Self::Open { place: place.to_owned(), cause },
            other => other,
        }
    }
    /// Puts `what` in place of a broken uniqueness.
    pub(crate) fn or_taken(self, what: impl FnOnce() -> String) -> Self {
        match self {
            Self::Taken { .. } => Self::Taken { what: what() },
            other => other,
        }
    }
}

/// What the driver's code says, where it has a meaning of its own.
enum Meaning {
    Locked,
    DiskFull,
    NotUnique,
    Other,
}

fn meaning(error: &DbErr) -> Meaning {
    let (DbErr::Conn(runtime) | DbErr::Exec(runtime) | DbErr::Query(runtime)) = error else { return Meaning::Other };
    let RuntimeErr::SqlxError(sqlx) = runtime else { return Meaning::Other };
    match sqlx.as_ref() {
        sea_orm::SqlxError::Database(database) => code_meaning(database.code().as_deref().unwrap_or_default()),
        sea_orm::SqlxError::Io(io) if io.kind() == std::io::ErrorKind::StorageFull => Meaning::DiskFull,
        _ => Meaning::Other,
    }
}

/// SQLite gives its (extended) result code as a number, PostgreSQL a SQLSTATE of five characters.
fn code_meaning(code: &str) -> Meaning {
    match code {
        "55P03" => return Meaning::Locked,
        "53100" => return Meaning::DiskFull,
        "23505" | "2067" | "1555" => return Meaning::NotUnique,
        _ => {}
    }
    // The lower byte of an extended code is the primary one: 5 busy, 6 locked, 13 full.
    match code.parse::<u32>().ok().filter(|_| code.len() < 5).map(|number| number & 0xff) {
        Some(5 | 6) => Meaning::Locked,
        Some(13) => Meaning::DiskFull,
        _ => Meaning::Other,
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if let DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) = error {
            return Self::Busy { cause: Box::new(error) };
        }
        match meaning(&error) {
            Meaning::Locked => Self::Locked { waited_ms: crate::limits::BUSY_TIMEOUT_MS, cause: Box::new(error) },
            Meaning::DiskFull => Self::DiskFull { cause: Box::new(error) },
            Meaning::NotUnique => Self::Taken { what: "that name".to_owned() },
            Meaning::Other => Self::Database { cause: Box::new(error) },
        }
    }
}
