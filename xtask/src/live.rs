//! `cargo xtask live`: real package managers, through a fresh instance, from the official indexes.

use std::process::ExitCode;

use anyhow::Result;

use crate::parts::{self, system};
use crate::place::Place;
use crate::shell;

/// Arguments of `live`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Run only what contains this name
    filter: Option<String>,
}

/// Runs the tests that leave this machine; they are never part of `cargo xtask test`.
pub fn run(place: &Place, args: &Args) -> Result<ExitCode> {
    system::ensure_compiler()?;
    let installed = parts::install(place, &["pip", "uv", "node", "npm", "pnpm"])?;
    for (name, cause) in &installed.missing {
        eprintln!("without {name}: {cause}");
    }
    shell::run(place.cargo().args(["build", "--package", "vetmoot-server", "--bins"]))?;
    let mut tests = place.cargo();
    tests.args(["test", "--package", "vetmoot-tests", "--test", "it", "--"]).arg(args.filter.as_deref().unwrap_or("live_"));
    tests.args(["--ignored", "--nocapture", "--test-threads=1"]);
    tests.env("VETMOOT_PARTNERS", &place.partners).env("VETMOOT_SERVER_BIN", place.program("vetmoot-server", false));
    let good = shell::watch(&mut tests, |_| {})?;
    Ok(if good && installed.missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
