//! Moments, days and spans; all handed in by the caller, never read from a clock.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat};

use crate::text::BadWord;

/// A moment: milliseconds since 1970-01-01T00:00:00Z. Its text form is RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Milliseconds in one day.
pub const DAY_MS: i64 = 86_400_000;

impl Timestamp {
    /// The moment `ms` milliseconds after the epoch.
    pub const fn from_millis(ms: i64) -> Self {
        Self(ms)
    }
    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }
    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }
    /// The whole second this moment lies in, for texts that others print again in a form of their own.
    pub const fn whole_second(self) -> Self {
        Self(self.seconds().saturating_mul(1000))
    }
    /// This moment plus a span; stays at the end of time instead of wrapping.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
    /// This moment less a span.
    #[must_use]
    pub const fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
    /// How long before this moment `earlier` was; negative when it is later.
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
    /// The day in UTC this moment lies in.
    pub fn day(self) -> Day {
        DateTime::from_timestamp_millis(self.0).map_or(Day(NaiveDate::MAX), |moment| Day(moment.date_naive()))
    }
    /// The form HTTP headers use (RFC 9110 section 5.6.7), to the second.
    pub fn http_date(self) -> String {
        DateTime::from_timestamp_millis(self.0)
            .map_or_else(String::new, |moment| moment.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
    }
    /// Reads the form HTTP headers use.
    pub fn from_http_date(text: &str) -> Option<Self> {
        let naive = chrono::NaiveDateTime::parse_from_str(text.trim(), "%a, %d %b %Y %H:%M:%S GMT").ok()?;
        Some(Self(naive.and_utc().timestamp_millis()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::from_timestamp_millis(self.0) {
            Some(moment) if self.0 % 1000 == 0 => f.write_str(&moment.to_rfc3339_opts(SecondsFormat::Secs, true)),
            Some(moment) => f.write_str(&moment.to_rfc3339_opts(SecondsFormat::Millis, true)),
            None => f.write_str("9999-12-31T23:59:59Z"),
        }
    }
}

impl FromStr for Timestamp {
    type Err = BadWord;
    /// Reads RFC 3339 with any offset and any fraction; what is finer than a millisecond is cut off.
    fn from_str(text: &str) -> Result<Self, BadWord> {
        DateTime::parse_from_rfc3339(text)
            .map(|moment| Self(moment.timestamp_millis()))
            .map_err(|_| BadWord::new("time", text, "write RFC 3339, for example 2026-11-27T10:00:00Z"))
    }
}

/// A day in UTC; its text form is `2026-11-27`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(NaiveDate);

impl Day {
    /// The first moment of this day.
    pub fn start(self) -> Timestamp {
        Timestamp(self.0.and_hms_opt(0, 0, 0).map_or(i64::MAX, |moment| moment.and_utc().timestamp_millis()))
    }
    /// The day `days` later (earlier when negative).
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0.checked_add_signed(chrono::Duration::days(days)).unwrap_or(NaiveDate::MAX))
    }
    /// Whole days from `earlier` to this day.
    pub fn days_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).num_days()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

impl FromStr for Day {
    type Err = BadWord;
    fn from_str(text: &str) -> Result<Self, BadWord> {
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .map(Self)
            .map_err(|_| BadWord::new("day", text, "write year-month-day, for example 2026-11-27"))
    }
}

/// A length of time in milliseconds; its text form is a number with `d`, `h`, `m` or `s`: `7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(i64);

impl Span {
    /// A span of `ms` milliseconds.
    pub const fn from_millis(ms: i64) -> Self {
        Self(ms)
    }
    /// A span of whole days.
    pub const fn days(days: i64) -> Self {
        Self(days.saturating_mul(DAY_MS))
    }
    /// The span in milliseconds.
    pub const fn millis(self) -> i64 {
        self.0
    }
    /// Whole days in the span, rounded down.
    pub const fn whole_days(self) -> i64 {
        self.0.div_euclid(DAY_MS)
    }
    /// The span in words for people: `2 days`, `3 hours`, `5 minutes`.
    pub fn in_words(self) -> String {
        let (count, unit) = match self.0.abs() {
            ms if ms >= DAY_MS => (ms / DAY_MS, "day"),
            ms if ms >= 3_600_000 => (ms / 3_600_000, "hour"),
            ms if ms >= 60_000 => (ms / 60_000, "minute"),
            ms => (ms / 1_000, "second"),
        };
        format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
    }
}

const UNITS: [(&str, i64); 4] = [("d", DAY_MS), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, size) in UNITS {
            if self.0 % size == 0 && (self.0 != 0 || unit == "d") {
                return write!(f, "{}{unit}", self.0 / size);
            }
        }
        write!(f, "{}s", self.0 / 1_000)
    }
}

impl FromStr for Span {
    type Err = BadWord;
    fn from_str(text: &str) -> Result<Self, BadWord> {
        let bad = || BadWord::new("span of time", text, "write a whole number and d, h, m or s, for example 7d");
        let (unit, size) = UNITS.into_iter().find(|(unit, _)| text.ends_with(unit)).ok_or_else(bad)?;
        let number: u32 = text.trim_end_matches(unit).parse().map_err(|_| bad())?;
        i64::from(number).checked_mul(size).map(Self).ok_or_else(bad)
    }
}

crate::text_form!(Timestamp);
crate::text_form!(Day);
crate::text_form!(Span);

#[cfg(test)]
mod tests;
