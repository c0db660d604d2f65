//! Small words for statements: values in, columns out. `$1` is read by both databases.

use std::fmt::{Display, Write as _};
use std::str::FromStr;

use sea_orm::{QueryResult, TryGetable};
use vetmoot_domain::{Digests, Ecosystem, Package, Timestamp};

use crate::error::StoreError;

/// The values of a statement, in the order of their numbers.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$(sea_orm::Value::from($value)),*] };
}
pub(crate) use values;

/// Milliseconds of a moment that may be unknown.
pub fn ms(moment: Option<Timestamp>) -> Option<i64> {
    moment.map(Timestamp::millis)
}

/// A count for a column of whole numbers; stays at the largest number instead of wrapping.
pub fn int(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

/// A count from a column of whole numbers; what is negative counts as none.
pub fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A page's size within its bound.
pub fn page(limit: u64) -> i64 {
    int(limit.min(crate::limits::PAGE_ROWS_MAX))
}

/// `$first, ... ` for `count` values.
pub fn list(first: usize, count: usize) -> String {
    let mut text = String::with_capacity(count * 6);
    for number in first..first + count {
        // Writing to a String cannot fail.
        let _ = write!(text, "{}${number}", if number == first { "" } else { "," });
    }
    text
}

/// `($1,$2),($3,$4) ...` for `rows` rows of `width` values.
pub fn rows(rows: usize, width: usize) -> String {
    let mut text = String::with_capacity(rows * (width * 6 + 3));
    for row in 0..rows {
        let _ = write!(text, "{}({})", if row == 0 { "" } else { "," }, list(row * width + 1, width));
    }
    text
}

/// One row of an answer.
#[derive(Debug)]
pub struct Row(pub QueryResult);

impl Row {
    /// The column at this place.
    pub fn get<T: TryGetable>(&self, column: usize) -> Result<T, StoreError> {
        Ok(self.0.try_get_by_index(column)?)
    }
    /// The column at this place as a word of the domain.
    pub fn word<T>(&self, table: &'static str, column: usize) -> Result<T, StoreError>
    where
        T: FromStr<Err: Display>,
    {
        read_word(table, &self.get::<String>(column)?)
    }
    /// The column at this place as a word of the domain, when there is one.
    pub fn word_if<T>(&self, table: &'static str, column: usize) -> Result<Option<T>, StoreError>
    where
        T: FromStr<Err: Display>,
    {
        self.get::<Option<String>>(column)?.map(|text| read_word(table, &text)).transpose()
    }
    /// The column at this place as a moment.
    pub fn moment(&self, column: usize) -> Result<Timestamp, StoreError> {
        Ok(Timestamp::from_millis(self.get(column)?))
    }
    /// The column at this place as a moment, when there is one.
    pub fn moment_if(&self, column: usize) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.get::<Option<i64>>(column)?.map(Timestamp::from_millis))
    }
    /// The column at this place as bytes of a fixed length.
    pub fn bytes<const N: usize>(&self, table: &'static str, column: usize) -> Result<[u8; N], StoreError> {
        fixed(table, &self.get::<Vec<u8>>(column)?)
    }
    /// The column at this place as a digest; none where no bytes stand.
    pub fn bytes_if<const N: usize>(&self, table: &'static str, column: usize) -> Result<Option<[u8; N]>, StoreError> {
        let bytes = self.get::<Vec<u8>>(column)?;
        if bytes.is_empty() { Ok(None) } else { fixed(table, &bytes).map(Some) }
    }
    /// The columns at these places as a package.
    pub fn package(&self, ecosystem: usize, name: usize) -> Result<Package, StoreError> {
        let world: Ecosystem = self.word("packages", ecosystem)?;
        Package::new(world, &self.get::<String>(name)?).map_err(|error| StoreError::unreadable("packages", error))
    }
    /// The columns at these places as digests.
    pub fn digests(&self, table: &'static str, sha256: usize, sha512: usize) -> Result<Digests, StoreError> {
        let short = self.get::<Option<Vec<u8>>>(sha256)?;
        let long = self.get::<Option<Vec<u8>>>(sha512)?;
        Ok(Digests {
            sha256: short.map(|bytes| fixed(table, &bytes)).transpose()?,
            sha512: long.map(|bytes| fixed::<64>(table, &bytes).map(Box::new)).transpose()?,
        })
    }
    /// The column at this place as JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&self, table: &'static str, column: usize) -> Result<T, StoreError> {
        read_json(table, &self.get::<String>(column)?)
    }
}

/// Reads a word of the domain out of a row's text.
pub fn read_word<T: FromStr<Err: Display>>(table: &'static str, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|error| StoreError::unreadable(table, error))
}

/// Reads JSON out of a row's text.
pub fn read_json<T: serde::de::DeserializeOwned>(table: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::unreadable(table, error))
}

/// Writes JSON for a row.
pub fn json<T: serde::Serialize>(table: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::unreadable(table, error))
}

fn fixed<const N: usize>(table: &'static str, bytes: &[u8]) -> Result<[u8; N], StoreError> {
    bytes.try_into().map_err(|_| StoreError::unreadable(table, format!("{} bytes where {N} belong", bytes.len())))
}

/// The two columns of digests.
pub fn digest_columns(digests: &Digests) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
    (digests.sha256.map(|bytes| bytes.to_vec()), digests.sha512.as_ref().map(|bytes| bytes.to_vec()))
}

/// A pattern for `LIKE ... ESCAPE '\'` that matches the text itself.
pub fn like_literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
