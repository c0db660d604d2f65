//! Where the database is.

use std::path::{Path, PathBuf};

use crate::limits::{BUSY_TIMEOUT_MS, READERS};

/// The name of the SQLite file in a data folder.
const FILE_NAME: &str = "vetmoot.db";

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Sqlite(PathBuf),
    Postgres(String),
    /// A URL of neither; opening it says so.
    Unknown(String),
}

/// Which database, and how patient to be with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreConfig {
    pub(crate) place: Place,
    pub(crate) readers: u32,
    pub(crate) busy_timeout_ms: u64,
}

impl StoreConfig {
    fn at(place: Place) -> Self {
        Self { place, readers: READERS, busy_timeout_ms: BUSY_TIMEOUT_MS }
    }
    /// The SQLite file `vetmoot.db` in this folder; both are made when they are not there.
    pub fn data_dir(folder: &Path) -> Self {
        Self::at(Place::Sqlite(folder.join(FILE_NAME)))
    }
    /// The SQLite file at this path.
    pub fn sqlite(file: &Path) -> Self {
        Self::at(Place::Sqlite(file.to_owned()))
    }
    /// The database of a URL: `sqlite:PATH`, or `postgres://...` as libpq writes it. Opening any other is an error.
    pub fn url(url: &str) -> Self {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            let path = path.split_once('?').map_or(path, |(path, _options)| path);
            if !path.is_empty() && path != ":memory:" {
                return Self::sqlite(Path::new(path));
            }
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Self::at(Place::Postgres(url.to_owned()));
        }
        Self::at(Place::Unknown(without_password(url).chars().take(120).collect()))
    }
    /// The same with this many reading connections (at least one).
    pub fn with_readers(mut self, readers: u32) -> Self {
        self.readers = readers.max(1);
        self
    }
    /// The same, waiting this many milliseconds for a lock another process holds.
    pub fn with_busy_timeout_ms(mut self, timeout_ms: u64) -> Self {
        self.busy_timeout_ms = timeout_ms;
        self
    }
    /// Which kind of database: `sqlite` or `postgresql`.
    pub fn kind(&self) -> &'static str {
        match self.place {
            Place::Sqlite(_) => "sqlite",
            Place::Postgres(_) => "postgresql",
            Place::Unknown(_) => "unknown",
        }
    }
    /// Where it is, for people, without a password.
    pub fn describe(&self) -> String {
        match &self.place {
            Place::Sqlite(path) => path.display().to_string(),
            Place::Postgres(url) => without_password(url),
            Place::Unknown(url) => url.clone(),
        }
    }
}

/// The URL with what stands between the user's name and the host taken out.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let rest = rest.split_once('?').map_or(rest, |(place, _options)| place);
    match rest.rsplit_once('@') {
        Some((user, host)) => {
            let user = user.split_once(':').map_or(user, |(user, _password)| user);
            format!("{scheme}://{user}@{host}")
        }
        None => format!("{scheme}://{rest}"),
    }
}

#[cfg(test)]
mod tests;
