//! `cargo xtask run`: an instance on this machine, with nothing to set up.

use std::process::ExitCode;

use anyhow::Result;

use crate::parts::system;
use crate::place::Place;
use crate::shell;

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Build with optimisation
    #[arg(long)]
    release: bool,
    /// Where the instance keeps its data
    #[arg(long, default_value = "vetmoot-data")]
    data: std::path::PathBuf,
    /// Further arguments for `vetmoot-server serve`
    #[arg(last = true)]
    rest: Vec<String>,
}

/// Builds the server and serves until it is stopped.
pub fn run(place: &Place, args: &Args) -> Result<ExitCode> {
    system::ensure_compiler()?;
    let mut build = place.cargo();
    build.args(["build", "--package", "vetmoot-server", "--bin", "vetmoot-server"]);
    if args.release {
        build.arg("--release");
    }
    shell::run(&mut build)?;
    let mut serve = std::process::Command::new(place.program("vetmoot-server", args.release));
    serve.current_dir(&place.root).arg("serve").arg("--data").arg(&args.data).args(&args.rest);
    eprintln!("$ {}", shell::spelled(&serve));
    let status = serve.status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
