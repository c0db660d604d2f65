//! Measures what docs/BENCHMARKS.md shows: `cargo xtask bench` builds everything, runs this and keeps the table.

use std::process::ExitCode;

fn main() -> ExitCode {
    let wanted = std::env::args().nth(1);
    vetmoot_tests::bench::run(wanted.as_deref())
}
