//! The programs that the tests need beside Rust: what they are called, how they are installed, where they lie.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::place::Place;

pub mod fediverse;
pub mod node;
pub mod python;
pub mod rust;
pub mod system;

/// Every part a test may ask for.
pub const ALL: [&str; 21] = [
    "pip",
    "uv",
    "twine",
    "pypiserver",
    "pypi-simple",
    "aics-tlog",
    "devpi",
    "node",
    "npm",
    "pnpm",
    "verdaccio",
    "playwright",
    "axe",
    "fedify",
    "activitypub-testing",
    "pasture",
    "cargo-vet",
    "cargo-http-registry",
    "chromium",
    "postgresql",
    "openssl",
];

/// What only the measurements need.
pub const BENCH: [&str; 2] = ["nginx", "wrk"];

/// Where each installed part lies: the first words of the command that starts it, or one path.
pub type Found = BTreeMap<String, Vec<PathBuf>>;

/// What an installation brought: the parts found, and a sentence for each that could not be installed.
#[derive(Debug, Default)]
pub struct Installed {
    /// The parts that are there.
    pub found: Found,
    /// Name and cause of those that are not.
    pub missing: Vec<(String, String)>,
}

/// Installs the named parts of one group.
type Group = fn(&Place, &[&str]) -> Result<Found>;

/// Refuses names of parts that do not exist, so that a spelling mistake leaves nothing out.
pub fn known(without: &[String]) -> Result<()> {
    for name in without {
        if !ALL.contains(&name.as_str()) {
            bail!("there is no part `{name}`; the parts are {}", ALL.join(", "));
        }
    }
    Ok(())
}

/// Installs the wanted parts, each group once, and writes `partners.json` for the tests to read.
pub fn install(place: &Place, wanted: &[&str]) -> Result<Installed> {
    fs::create_dir_all(&place.partners).context("cannot make the folder for test partners")?;
    let mut installed = Installed::default();
    let groups: [Group; 5] = [system::install, python::install, node::install, rust::install, fediverse::install];
    let names: [&[&str]; 5] = [&system::NAMES, &python::NAMES, &node::NAMES, &rust::NAMES, &fediverse::NAMES];
    for (group, members) in groups.iter().zip(names) {
        let mine: Vec<&str> = wanted.iter().copied().filter(|name| members.contains(name)).collect();
        if mine.is_empty() {
            continue;
        }
        match group(place, &mine) {
            Ok(found) => installed.found.extend(found),
            Err(error) => installed.missing.extend(mine.iter().map(|name| ((*name).to_owned(), format!("{error:#}")))),
        }
    }
    remember(place, &installed.found)?;
    Ok(installed)
}

/// Adds what was found to `partners.json`; what another command installed stays there.
fn remember(place: &Place, found: &Found) -> Result<()> {
    let file = place.partners.join("partners.json");
    let known = fs::read_to_string(&file).unwrap_or_default();
    let mut all: Found = serde_json::from_str(&known).unwrap_or_default();
    all.extend(found.clone());
    // Written aside and moved, so that a test that reads it meanwhile never sees half of it.
    let aside = place.partners.join(format!("partners.json.{}", std::process::id()));
    fs::write(&aside, serde_json::to_string_pretty(&all)?)?;
    fs::rename(&aside, &file).context("cannot write partners.json")
}

/// What the stamp of a folder says; nothing when there is none.
pub(crate) fn stamp_of(folder: &std::path::Path) -> String {
    fs::read_to_string(folder.join("stamp")).unwrap_or_default()
}

/// Whether the stamp of a folder already says `wish`.
pub(crate) fn stamped(folder: &std::path::Path, wish: &str) -> bool {
    stamp_of(folder) == wish
}

/// Writes the stamp after everything else is in place.
pub(crate) fn stamp(folder: &std::path::Path, wish: &str) -> Result<()> {
    fs::write(folder.join("stamp"), wish).with_context(|| format!("cannot write the stamp in {}", folder.display()))
}
