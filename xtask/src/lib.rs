//! The house's own tools: run, test, tidy, bench, live.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub mod bench;
pub mod live;
pub mod parts;
pub mod place;
pub mod run;
pub mod shell;
pub mod test;
pub mod tidy;

/// `cargo xtask ...`.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "The house's own tools", disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Start an instance on embedded SQLite in ./vetmoot-data, with the shelf policy `cooldown`
    Run(run::Args),
    /// Install what the tests need, then check format, lints, walls and behaviour
    Test(test::Args),
    /// Check the walls and the style of the house
    Tidy,
    /// Measure, and write the table into docs/BENCHMARKS.md
    Bench(bench::Args),
    /// Go through an instance to the official indexes with real package managers
    Live(live::Args),
}

impl Cli {
    /// Does what was asked; the exit code is non-zero when a check failed.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let place = place::Place::find()?;
        match self.verb {
            Verb::Run(args) => run::run(&place, &args),
            Verb::Test(args) => test::run(&place, &args),
            Verb::Tidy => tidy::run(&place),
            Verb::Bench(args) => bench::run(&place, &args),
            Verb::Live(args) => live::run(&place, &args),
        }
    }
}
