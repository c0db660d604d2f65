//! What a Python virtual environment brings: pip, uv, twine and two indexes' worth of partners.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::{Found, stamp, stamp_of, stamped, system};
use crate::place::Place;
use crate::shell;

/// The parts this group installs.
pub const NAMES: [&str; 7] = ["pip", "uv", "twine", "pypiserver", "pypi-simple", "aics-tlog", "devpi"];

/// One version each: what clients print is compared word by word.
const PINNED: [(&str, &str); 5] =
    [("pip", "26.3"), ("uv", "0.13.8"), ("twine", "7.0.0"), ("pypiserver", "2.4.2"), ("pypi-simple", "1.8.0")];

/// The second reader of transparency logs. It names a newer Python than it needs, and its cryptography is newer than what
/// others here want, so it has an environment of its own.
const TLOG: Alone = Alone {
    name: "aics-tlog",
    wish: "aics-tlog==0.2.1",
    folder: "venv-tlog",
    program: "python",
    flags: &["--ignore-requires-python"],
};

/// A second Python index; it brings a web framework of its own.
const DEVPI: Alone =
    Alone { name: "devpi", wish: "devpi-server==6.20.3", folder: "venv-devpi", program: "devpi-server", flags: &[] };

/// A part that has an environment of its own.
struct Alone {
    name: &'static str,
    wish: &'static str,
    folder: &'static str,
    program: &'static str,
    flags: &'static [&'static str],
}

/// Makes the virtual environments and installs the pinned versions.
pub fn install(place: &Place, wanted: &[&str]) -> Result<Found> {
    let alone = [TLOG, DEVPI];
    let is_alone = |name: &str| alone.iter().any(|part| part.name == name);
    let others: Vec<&str> = wanted.iter().copied().filter(|name| !is_alone(name)).collect();
    let mut found = if others.is_empty() { Found::new() } else { install_shared(place, &others)? };
    for part in alone.iter().filter(|part| wanted.contains(&part.name)) {
        found.insert(part.name.to_owned(), vec![install_alone(place, part)?]);
    }
    Ok(found)
}

/// Installs a part in an environment of its own; answers what starts it.
fn install_alone(place: &Place, part: &Alone) -> Result<PathBuf> {
    let venv = place.partners.join(part.folder);
    let program = venv.join("bin").join(part.program);
    if !stamped(&venv, part.wish) {
        make_venv(&venv)?;
        let mut pip = Command::new(venv.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
        shell::run(pip.args(part.flags).arg(part.wish))?;
        stamp(&venv, part.wish)?;
    }
    eprintln!("  {}: {}", part.name, place.shown(&program));
    Ok(program)
}

/// Installs what lives in one environment.
fn install_shared(place: &Place, wanted: &[&str]) -> Result<Found> {
    let venv = place.partners.join("venv");
    // pip is always there, for it installs the rest; what another command asked for stays.
    let before = stamp_of(&venv);
    let is_there = |wish: &str| before.lines().any(|line| line == wish);
    let wishes: Vec<String> = PINNED
        .iter()
        .map(|(name, version)| (name, format!("{name}=={version}")))
        .filter(|(name, wish)| **name == "pip" || wanted.contains(name) || is_there(wish))
        .map(|(_, wish)| wish)
        .collect();
    let wish = wishes.join("\n");
    if stamped(&venv, &wish) {
        eprintln!("test partners of Python are in {}", place.shown(&venv));
    } else {
        make_venv(&venv)?;
        let mut pip = Command::new(venv.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]).args(&wishes);
        shell::run(&mut pip)?;
        stamp(&venv, &wish)?;
    }
    let bin = venv.join("bin");
    let mut found = Found::new();
    for name in wanted {
        let words = match *name {
            "pip" => vec![bin.join("python"), "-m".into(), "pip".into()],
            "pypiserver" => vec![bin.join("pypi-server")],
            "pypi-simple" => vec![bin.join("python")],
            other => vec![bin.join(other)],
        };
        let Some(program) = words.first().filter(|program| program.is_file()) else {
            bail!("{name} was installed but left no program");
        };
        eprintln!("  {name}: {}", place.shown(program));
        found.insert((*name).to_owned(), words);
    }
    Ok(found)
}

/// Makes a virtual environment; on Debian its module is a package of its own.
pub fn make_venv(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    let make = || shell::run(Command::new("python3").args(["-m", "venv"]).arg(folder));
    if make().is_ok() {
        return Ok(());
    }
    system::apt(&["python3", "python3-venv"])?;
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    make()
}
