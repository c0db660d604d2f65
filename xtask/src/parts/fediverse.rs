//! What independent peers bring: another ActivityPub server, a rule checker, and inputs seen on the fediverse.

use std::fs;
use std::process::Command;

use anyhow::{Result, bail};

use super::{Found, node, python, stamp, stamp_of, stamped};
use crate::place::Place;
use crate::shell;

/// The parts this group installs.
pub const NAMES: [&str; 3] = ["fedify", "activitypub-testing", "pasture"];

/// Name here, name and version in npm, and the file that starts it or is imported.
const PINNED: [(&str, &str, &str, &str); 2] = [
    ("fedify", "@fedify/fedify", "2.3.6", "@fedify/fedify/package.json"),
    ("activitypub-testing", "activitypub-testing", "0.16.1", "activitypub-testing/package.json"),
];

/// bovine needs older companions than other partners, so these two live in a virtual environment of their own.
const PASTURE: [&str; 2] = ["bovine==0.5.19", "fediverse-pasture-inputs==0.3.0"];

/// Installs the pinned versions, each world into a folder of its own.
pub fn install(place: &Place, wanted: &[&str]) -> Result<Found> {
    let mut found = Found::new();
    if wanted.contains(&"pasture") {
        found.extend(pasture(place)?);
    }
    if PINNED.iter().any(|(name, ..)| wanted.contains(name)) {
        found.extend(peers(place, wanted)?);
    }
    Ok(found)
}

/// The packages of npm: what another command asked for stays.
fn peers(place: &Place, wanted: &[&str]) -> Result<Found> {
    let (node, npm) = node::node(place)?;
    let folder = place.partners.join("fediverse");
    let before = stamp_of(&folder);
    let is_there = |package: &str, version: &str| before.contains(&format!("\"{package}\": \"{version}\""));
    let dependencies: serde_json::Map<String, serde_json::Value> = PINNED
        .iter()
        .filter(|(name, package, version, _)| wanted.contains(name) || is_there(package, version))
        .map(|(_, package, version, _)| ((*package).to_owned(), (*version).into()))
        .collect();
    let manifest = serde_json::json!({
        "name": "vetmoot-fediverse", "version": "0.0.0", "private": true, "dependencies": dependencies,
    });
    let manifest = format!("{manifest:#}\n");
    if stamped(&folder, &manifest) {
        eprintln!("test partners of the fediverse are in {}", place.shown(&folder));
    } else {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("package.json"), &manifest)?;
        let mut install = Command::new(&node);
        install.arg(npm).args(node::QUIET).current_dir(&folder).env("PATH", node::path_with(&node)?);
        shell::run(&mut install)?;
        stamp(&folder, &manifest)?;
    }
    let mut found = Found::new();
    for (name, _, _, file) in PINNED.iter().filter(|(name, ..)| wanted.contains(name)) {
        let file = folder.join("node_modules").join(file);
        if !file.is_file() {
            bail!("{name} was installed but {} is not there", place.shown(&file));
        }
        eprintln!("  {name}: {}", place.shown(&file));
        // The scripts that use them are the tests' own, so each part is node and the folder of modules.
        found.insert((*name).to_owned(), vec![node.clone(), folder.join("node_modules")]);
    }
    Ok(found)
}

/// A Python of its own, with the inputs and a library that signs what is thrown.
fn pasture(place: &Place) -> Result<Found> {
    let venv = place.partners.join("pasture");
    let wish = PASTURE.join("\n");
    let python = venv.join("bin/python");
    if !stamped(&venv, &wish) {
        python::make_venv(&venv)?;
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]).args(PASTURE);
        shell::run(&mut pip)?;
        stamp(&venv, &wish)?;
    }
    eprintln!("  pasture: {}", place.shown(&python));
    Ok(Found::from([("pasture".to_owned(), vec![python])]))
}
