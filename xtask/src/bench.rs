//! `cargo xtask bench`: measures in one run and writes the table where the documentation shows it.

use std::fs;
use std::process::ExitCode;

use anyhow::{Context as _, Result};

use crate::parts::{self, system};
use crate::place::Place;
use crate::shell;

/// Arguments of `bench`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Measure only this
    name: Option<String>,
}

const BEGIN: &str = "<!-- measured: begin -->";
const END: &str = "<!-- measured: end -->";
const PAGE: &str = "docs/BENCHMARKS.md";

/// Builds with optimisation, measures, and writes the table; a bound that is not kept ends with a failure.
pub fn run(place: &Place, args: &Args) -> Result<ExitCode> {
    system::ensure_compiler()?;
    let wanted: Vec<&str> = parts::ALL.iter().chain(&parts::BENCH).copied().collect();
    let installed = parts::install(place, &wanted)?;
    for (name, cause) in &installed.missing {
        eprintln!("without {name}: {cause}");
    }
    shell::run(place.cargo().args([
        "build",
        "--release",
        "--package",
        "vetmoot-server",
        "--package",
        "vetmoot-cli",
        "--package",
        "vetmoot-tests",
        "--bins",
    ]))?;
    let mut bench = std::process::Command::new(place.program("vetmoot-bench", true));
    bench.current_dir(&place.root).args(&args.name);
    bench.env("VETMOOT_PARTNERS", &place.partners);
    bench.env("VETMOOT_SERVER_BIN", place.program("vetmoot-server", true));
    bench.env("VETMOOT_BIN", place.program("vetmoot", true));
    if let Some(program) = installed.found.get("cargo-vet").and_then(|words| words.first()) {
        bench.env("VETMOOT_CARGO_VET", program);
    }
    eprintln!("$ {}", shell::spelled(&bench));
    let output = bench.stderr(std::process::Stdio::inherit()).output().context("vetmoot-bench cannot be started")?;
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    print!("{table}");
    if args.name.is_none() && output.status.success() {
        let page = place.root.join(PAGE);
        let before = fs::read_to_string(&page).unwrap_or_else(|_| format!("# Measured\n\n{BEGIN}\n{END}\n"));
        fs::write(&page, written(&before, &table).with_context(|| format!("{PAGE} lacks the marks {BEGIN} and {END}"))?)?;
        eprintln!("the table is in {PAGE}");
    }
    Ok(if output.status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The page with what stands between the two marks replaced, the command above the table.
fn written(page: &str, table: &str) -> Option<String> {
    let (head, rest) = page.split_once(BEGIN)?;
    let (_, tail) = rest.split_once(END)?;
    Some(format!("{head}{BEGIN}\nMeasured by `cargo xtask bench`.\n\n{}\n{END}{tail}", table.trim()))
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn the_table_replaces_what_stood_between_the_marks() {
        let page = "# A\n<!-- measured: begin -->\nold\n<!-- measured: end -->\nB\n";
        let found = written(page, "| x |\n").expect("the marks are there");
        assert_eq!(
            found,
            "# A\n<!-- measured: begin -->\nMeasured by `cargo xtask bench`.\n\n| x |\n<!-- measured: end -->\nB\n"
        );
    }

    #[test]
    fn a_page_without_marks_is_not_overwritten() {
        assert_eq!(written("# A\n", "| x |"), None);
    }
}
