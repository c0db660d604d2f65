//! What Debian packages bring: compilers, browser, database, and the programs for measuring.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Result, bail};

use super::Found;
use crate::place::Place;
use crate::shell;

/// The parts this group installs.
pub const NAMES: [&str; 5] = ["chromium", "postgresql", "openssl", "nginx", "wrk"];

/// What is needed to compile: a C compiler, and openssl's headers found through pkg-config.
pub fn ensure_compiler() -> Result<()> {
    let has_openssl = || Command::new("pkg-config").args(["--exists", "openssl"]).status().is_ok_and(|status| status.success());
    let mut packages = Vec::new();
    if shell::which("cc").is_none() {
        packages.extend(["gcc", "libc6-dev"]);
    }
    if shell::which("pkg-config").is_none() {
        packages.push("pkg-config");
    }
    if !has_openssl() {
        packages.push("libssl-dev");
    }
    if !std::path::Path::new("/etc/ssl/certs/ca-certificates.crt").is_file() {
        packages.push("ca-certificates");
    }
    apt(&packages)?;
    if !has_openssl() {
        bail!("pkg-config does not find openssl although its package is installed");
    }
    Ok(())
}

/// Installs the wanted programs through apt where they are missing.
pub fn install(_place: &Place, wanted: &[&str]) -> Result<Found> {
    let packages: Vec<&str> =
        wanted.iter().filter(|name| locate(name).is_none()).flat_map(|name| package(name)).copied().collect();
    apt(&packages)?;
    let mut found = Found::new();
    for name in wanted {
        let Some(path) = locate(name) else { bail!("{name} is not found although its package is installed") };
        found.insert((*name).to_owned(), vec![path]);
    }
    Ok(found)
}

fn package(name: &str) -> &'static [&'static str] {
    match name {
        "chromium" => &["chromium"],
        "postgresql" => &["postgresql"],
        "openssl" => &["openssl"],
        "nginx" => &["nginx-light"],
        "wrk" => &["wrk"],
        _ => &[],
    }
}

/// PostgreSQL is its folder of programs (Debian keeps it out of `PATH`), everything else one file.
fn locate(name: &str) -> Option<PathBuf> {
    if name != "postgresql" {
        return shell::which(name);
    }
    let mut folders: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .filter(|folder| folder.join("initdb").is_file())
        .collect();
    folders.sort();
    folders.pop().or_else(|| shell::which("initdb").and_then(|file| file.parent().map(PathBuf::from)))
}

/// Installs Debian packages as root; anybody else is told the exact command.
pub fn apt(packages: &[&str]) -> Result<()> {
    static UPDATED: OnceLock<bool> = OnceLock::new();
    if packages.is_empty() {
        return Ok(());
    }
    let command = format!("apt-get install --yes --no-install-recommends {}", packages.join(" "));
    let is_root = shell::read(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !is_root || shell::which("apt-get").is_none() {
        bail!("these system packages are missing; install them with\n    {command}");
    }
    let updated = *UPDATED.get_or_init(|| {
        let update = shell::run(Command::new("apt-get").args(["update", "--quiet"]).env("DEBIAN_FRONTEND", "noninteractive"));
        // An old package list may still do, so the installation decides.
        update.is_ok()
    });
    if !updated {
        eprintln!("the package lists could not be renewed");
    }
    let mut install = Command::new("apt-get");
    install.args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(packages);
    shell::run(install.env("DEBIAN_FRONTEND", "noninteractive").stdin(std::process::Stdio::null()))
}
