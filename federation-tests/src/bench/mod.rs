//! Measurements: each against a bound or a peer, peer and instance in the same run.
//!
//! The instance under measurement logs, counts, looks its policy up, and knows [`limits::NAMES`] package names.

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use anyhow::Result;

mod artifact;
mod chance;
mod command;
mod decision;
mod federation;
mod feeds;
mod hand_in;
mod herd;
mod idle;
mod index;
pub mod limits;
mod load;
mod lock;
mod memoised;
mod nginx;
mod packument;
mod raw;
mod row;
mod stage;
mod upstream;
mod verdaccio;

pub use row::{Row, Verdict};
pub use stage::Stage;

/// What a measurement brings: its lines of the table.
type Measured = Result<Vec<Row>>;

/// What measures.
type Measure = fn(&mut Stage) -> Measured;

/// Every measurement by the name it is asked for.
const ALL: [(&str, Measure); 13] = [
    ("decision", decision::measure),
    ("memoised", memoised::measure),
    ("lock", lock::measure),
    ("command", command::measure),
    ("idle", idle::measure),
    ("index", index::measure),
    ("packument", packument::measure),
    ("artifact", artifact::measure),
    ("herd", herd::measure),
    ("inbox", federation::inbox),
    ("fan-out", federation::fan_out),
    ("back-fill", federation::back_fill),
    ("hand-in", hand_in::measure),
];

/// Measures everything, or the one that is named; prints the table, and fails where a bound is not kept.
pub fn run(wanted: Option<&str>) -> ExitCode {
    let chosen: Vec<_> = ALL.iter().filter(|(name, _)| wanted.is_none_or(|wanted| wanted == *name)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = ALL.iter().map(|(name, _)| *name).collect();
        eprintln!("there is no measurement of that name; there are {}", names.join(", "));
        return ExitCode::from(2);
    }
    let mut stage = Stage::default();
    let mut rows = Vec::new();
    for (name, measure) in chosen {
        eprintln!("measuring {name}");
        // One that cannot be taken must not hide the others.
        let taken = panic::catch_unwind(AssertUnwindSafe(|| measure(&mut stage)));
        let taken = taken.unwrap_or_else(|_| Err(anyhow::anyhow!("it gave up; its words are above")));
        match taken {
            Ok(more) => {
                for row in &more {
                    eprintln!("  {row}");
                }
                rows.extend(more);
            }
            Err(error) => {
                eprintln!("  failed: {error:#}");
                rows.push(Row::failed(name, &format!("{error:#}")));
            }
        }
    }
    println!("{}", row::table(&rows));
    if rows.iter().all(|row| row.verdict != Verdict::Missed) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
