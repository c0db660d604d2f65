//! What cargo brings: the real cargo-vet, with which our own judgement must agree, and a crate index of somebody else's.

use std::path::PathBuf;

use anyhow::{Result, bail};

use super::{Found, stamp, stamped};
use crate::place::Place;
use crate::shell;

/// The parts this group installs.
pub const NAMES: [&str; 2] = ["cargo-vet", "cargo-http-registry"];

/// A program that is built from its released source with the versions of its own lock file.
struct Program {
    name: &'static str,
    version: &'static str,
    /// How far it is optimised: building costs more than running, except for what tests start many thousand times.
    optimised: &'static str,
}

const PINNED: [Program; 2] = [
    Program { name: "cargo-vet", version: "0.10.3", optimised: "2" },
    Program { name: "cargo-http-registry", version: "0.1.8", optimised: "0" },
];

/// Installs the pinned versions, each into a folder of its own.
pub fn install(place: &Place, wanted: &[&str]) -> Result<Found> {
    let mut found = Found::new();
    for program in PINNED.iter().filter(|program| wanted.contains(&program.name)) {
        found.insert(program.name.to_owned(), vec![build(place, program)?]);
    }
    Ok(found)
}

fn build(place: &Place, program: &Program) -> Result<PathBuf> {
    let Program { name, version, optimised } = program;
    let folder = place.partners.join(name);
    let file = folder.join("bin").join(name);
    let wish = format!("{name} {version}");
    if !(stamped(&folder, &wish) && file.is_file()) {
        std::fs::create_dir_all(&folder)?;
        let mut install = place.cargo();
        install.args(["install", name, "--version", version, "--locked", "--force", "--root"]).arg(&folder);
        // Without optimisation across crates it builds in half the time.
        install
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", optimised)
            .env_remove("CARGO_TARGET_DIR");
        shell::run(&mut install)?;
        stamp(&folder, &wish)?;
    }
    if !file.is_file() {
        bail!("{name} was installed but left no program");
    }
    eprintln!("  {name}: {}", place.shown(&file));
    Ok(file)
}
