//! `cargo xtask test`: installs what is missing, then checks format, lints, walls and behaviour, and counts.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::parts::{self, system};
use crate::place::Place;
use crate::{shell, tidy};

pub mod tally;

use tally::{Reader, Tally};

/// Arguments of `test`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Leave out the tests of one part, by name; the summary says so
    #[arg(long, value_name = "NAME")]
    without: Vec<String>,
    /// Install what is missing and stop
    #[arg(long)]
    install_only: bool,
    /// Run only tests whose name contains this; format, lints and walls are then not looked at
    filter: Option<String>,
}

/// Everything that is checked, and a summary whose last line is `N passed, M failed`.
pub fn run(place: &Place, args: &Args) -> Result<ExitCode> {
    parts::known(&args.without)?;
    let mut tally = Tally::default();
    // Whatever stops the run early counts as a failure, so that the summary always comes and never says too much.
    if let Err(error) = everything(place, args, &mut tally) {
        tally.fail(format!("{error:#}"));
    }
    summary(args, &tally);
    let is_good = if args.install_only { tally.failed == 0 } else { tally.is_good() };
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn everything(place: &Place, args: &Args, tally: &mut Tally) -> Result<()> {
    system::ensure_compiler()?;
    let wanted: Vec<&str> = parts::ALL.iter().copied().filter(|name| !args.without.iter().any(|left| left == name)).collect();
    let installed = parts::install(place, &wanted)?;
    for (name, cause) in &installed.missing {
        tally.fail(format!("part {name} could not be installed: {cause}"));
    }
    if args.install_only {
        return Ok(());
    }
    if args.filter.is_none() {
        format(place, tally)?;
        walls(place, tally);
        lints(place, tally)?;
    }
    behaviour(place, args, &installed.found, tally)
}

fn format(place: &Place, tally: &mut Tally) -> Result<()> {
    let good = shell::watch(place.cargo().args(["fmt", "--all", "--check"]), |_| {})?;
    tally.record("format: cargo fmt --all --check", good);
    Ok(())
}

fn lints(place: &Place, tally: &mut Tally) -> Result<()> {
    let mut clippy = place.cargo();
    // What the workspace denies fails; the rest of pedantic is shown and mended when its file is touched.
    clippy.args(["clippy", "--quiet", "--keep-going", "--workspace", "--all-targets"]);
    let good = shell::watch(&mut clippy, |_| {})?;
    tally.record("lints: cargo clippy", good);
    Ok(())
}

fn walls(place: &Place, tally: &mut Tally) {
    let report = match tidy::examine(place) {
        Ok(report) => report,
        Err(error) => {
            tally.fail(format!("tidy could not look at the house: {error:#}"));
            return;
        }
    };
    report.print();
    for check in &report.checks {
        tally.record(&format!("tidy: {}", check.name), check.is_good());
    }
}

fn behaviour(place: &Place, args: &Args, found: &parts::Found, tally: &mut Tally) -> Result<()> {
    // One build of everything with one set of features, programs included: the tests start them.
    let good = shell::watch(place.cargo().args(["build", "--quiet", "--workspace", "--all-targets"]), |_| {})?;
    if !good {
        tally.fail("the workspace does not build, so no test ran".to_owned());
        return Ok(());
    }
    let nextest = place.cargo().args(["nextest", "--version"]).output().is_ok_and(|output| output.status.success());
    let mut tests = if nextest { with_nextest(place, args) } else { with_cargo(place, args) };
    environment(place, args, found, &mut tests);
    let mut reader = Reader::default();
    let good = shell::watch(&mut tests, |line| reader.read(line))?;
    tally.add(reader, good);
    Ok(())
}

fn with_nextest(place: &Place, args: &Args) -> Command {
    let mut tests = place.cargo();
    tests.args(["nextest", "run", "--workspace", "--no-fail-fast", "--color", "never", "--status-level", "none"]);
    tests.args(["--final-status-level", "flaky", "--no-tests", "pass"]).args(&args.filter);
    tests
}

fn with_cargo(place: &Place, args: &Args) -> Command {
    let mut tests = place.cargo();
    tests.args(["test", "--workspace", "--lib", "--tests", "--no-fail-fast"]).args(&args.filter);
    tests
}

/// Tells the tests where everything lies, so that they need to know nothing of this command.
fn environment(place: &Place, args: &Args, found: &parts::Found, tests: &mut Command) {
    tests.env("VETMOOT_PARTNERS", &place.partners);
    tests.env("VETMOOT_WITHOUT", args.without.join(","));
    tests.env("VETMOOT_SERVER_BIN", place.program("vetmoot-server", false));
    tests.env("VETMOOT_BIN", place.program("vetmoot", false));
    tests.env("INSTA_UPDATE", "no");
    if let Some(program) = found.get("cargo-vet").and_then(|words| words.first()) {
        tests.env("VETMOOT_CARGO_VET", program);
    }
    if let Some(folder) = found.get("postgresql").and_then(|words| words.first()) {
        tests.env("VETMOOT_POSTGRES_BIN", folder);
    }
}

fn summary(args: &Args, tally: &Tally) {
    println!("\nSummary");
    for line in &tally.failures {
        println!("  failed: {line}");
    }
    for name in &tally.flaky {
        println!("  unsteady, passed when it ran again: {name}");
    }
    for name in &args.without {
        println!("  left out: {name}");
    }
    if args.filter.is_some() {
        println!("  a filter was given: format, lints and walls were not looked at");
    }
    let data = std::env::var_os("VETMOOT_REAL_DATA").is_some();
    println!(
        "  checks on real feeds (in the folder VETMOOT_REAL_DATA names): {}",
        if data { "run" } else { "left out, it is not set" }
    );
    if tally.ignored > 0 {
        println!("  {} tests wait to be asked for (cargo xtask live, cargo xtask bench)", tally.ignored);
    }
    println!("{} passed, {} failed", tally.passed, tally.failed);
}
