//! Lines of the table: what was measured, what stands beside it, and whether the bound is kept.

use std::fmt;
use std::time::Duration;

/// What became of a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is kept.
    Kept,
    /// It is not.
    Missed,
    /// There is none; the number is told for comparison.
    Told,
    /// It was not measured; the reason stands in the line.
    LeftOut,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kept => "yes",
            Self::Missed => "**no**",
            Self::Told => "-",
            Self::LeftOut => "left out",
        })
    }
}

/// One line of the table.
#[derive(Debug, Clone)]
pub struct Row {
    /// What was measured.
    pub what: String,
    /// What came of it.
    pub measured: String,
    /// The peer's number, or what else belongs to it.
    pub beside: String,
    /// The bound in words.
    pub bound: String,
    /// Whether it is kept.
    pub verdict: Verdict,
}

impl Row {
    /// A time that must stay below a bound.
    pub fn below(what: &str, took: Duration, bound: Duration) -> Self {
        Self::new(what, &time(took), &format!("< {}", time(bound)), took < bound)
    }

    /// A share of what a peer does that must reach a bound.
    pub fn share(what: &str, share: f64, bound: f64) -> Self {
        Self::new(what, &percent(share), &format!(">= {}", percent(bound)), share >= bound)
    }

    /// Anything else with a bound.
    pub fn new(what: &str, measured: &str, bound: &str, kept: bool) -> Self {
        let verdict = if kept { Verdict::Kept } else { Verdict::Missed };
        Self { what: what.to_owned(), measured: measured.to_owned(), beside: String::new(), bound: bound.to_owned(), verdict }
    }

    /// A number without a bound.
    pub fn told(what: &str, measured: &str) -> Self {
        Self { verdict: Verdict::Told, bound: "-".to_owned(), ..Self::new(what, measured, "", true) }
    }

    /// A measurement that could not be made here, and why.
    pub fn left_out(what: &str, why: &str) -> Self {
        Self { verdict: Verdict::LeftOut, bound: "-".to_owned(), beside: why.to_owned(), ..Self::new(what, "-", "", true) }
    }

    /// A measurement that broke off: as good as a bound that is not kept.
    pub fn failed(what: &str, why: &str) -> Self {
        Self { beside: why.replace('\n', " "), ..Self::new(what, "failed", "-", false) }
    }

    /// With what stands beside it.
    #[must_use]
    pub fn beside(mut self, text: impl Into<String>) -> Self {
        self.beside = text.into();
        self
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({}; bound {}; kept: {})", self.what, self.measured, self.beside, self.bound, self.verdict)
    }
}

/// The table in Markdown.
pub fn table(rows: &[Row]) -> String {
    let mut text = "| measured | result | beside it | bound | kept |\n|---|---|---|---|---|\n".to_owned();
    for row in rows {
        let cells = [&row.what, &row.measured, &row.beside, &row.bound, &row.verdict.to_string()];
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        text.extend(["| ", &cells.join(" | "), " |\n"]);
    }
    text
}

/// A time with the unit that fits.
pub fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        0.0..1e-6 => format!("{:.0} ns", seconds * 1e9),
        1e-6..1e-3 => format!("{:.1} us", seconds * 1e6),
        1e-3..1.0 => format!("{:.1} ms", seconds * 1e3),
        _ => format!("{seconds:.2} s"),
    }
}

/// A share of one in percent.
pub fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// Bytes in MB (10^6), for people.
pub fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
}

/// The middle one of several; zero of none.
pub fn middle<T: PartialOrd + Copy + Default>(values: &mut [T]) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    values.get(values.len() / 2).copied().unwrap_or_default()
}
