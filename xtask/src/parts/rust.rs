//! What cargo brings: the real cargo-vet, with which our own judgement must agree.

use anyhow::{Result, bail};

use super::{Found, stamp, stamped};
use crate::place::Place;
use crate::shell;

/// The parts this group installs.
pub const NAMES: [&str; 1] = ["cargo-vet"];

const VERSION: &str = "0.10.3";

/// Installs cargo-vet with the versions of its own lock file.
pub fn install(place: &Place, _wanted: &[&str]) -> Result<Found> {
    let folder = place.partners.join("cargo-vet");
    let program = folder.join("bin/cargo-vet");
    let wish = format!("cargo-vet {VERSION}");
    if !(stamped(&folder, &wish) && program.is_file()) {
        std::fs::create_dir_all(&folder)?;
        let mut install = place.cargo();
        install.args(["install", "cargo-vet", "--version", VERSION, "--locked", "--force", "--root"]).arg(&folder);
        // Thin optimisation builds in half the time, and the tests start the program many thousand times.
        install
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "2")
            .env_remove("CARGO_TARGET_DIR");
        shell::run(&mut install)?;
        stamp(&folder, &wish)?;
    }
    if !program.is_file() {
        bail!("cargo-vet was installed but left no program");
    }
    eprintln!("  cargo-vet: {}", place.shown(&program));
    Ok(Found::from([("cargo-vet".to_owned(), vec![program])]))
}
