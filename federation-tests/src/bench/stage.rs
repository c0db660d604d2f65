//! The instance under measurement, started once for all: logging, counting, many names known, an index of our own behind it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::limits::NAMES;
use super::upstream::Index;
use crate::instance::{Instance, Plan};
use crate::ports;

/// The policy everything is asked under: releases younger than a week are held.
pub const POLICY: &str = "cooldown";

/// What measurements share.
#[derive(Debug, Default)]
pub struct Stage {
    site: Option<Site>,
}

/// An instance with the index behind it.
#[derive(Debug)]
pub struct Site {
    /// The index.
    pub index: Index,
    /// The instance.
    pub instance: Instance,
}

impl Stage {
    /// The instance, started and filled by the first who asks.
    pub fn site(&mut self) -> Result<&mut Site> {
        if self.site.is_none() {
            self.site = Some(Site::start()?);
        }
        self.site.as_mut().context("the instance was just started")
    }
}

impl Site {
    fn start() -> Result<Self> {
        let index = Index::start();
        let plan = Plan::new()
            .upstream("cargo", &index.cargo_url())
            .upstream("npm", &index.npm_url())
            .env("VETMOOT__METRICS__LISTEN", &format!("127.0.0.1:{}", ports::free()));
        let instance = plan.start();
        eprintln!("  importing audits of {NAMES} names");
        let feed = instance.write("names.toml", many_names());
        let feed = feed.to_str().context("the scratch folder has a name in UTF-8")?;
        let printed = instance.must(&["import", "cargo-vet", feed, "--as", "names"]);
        ensure!(printed.contains(&format!("{NAMES} added")), "not every name was taken in: {printed}");
        Ok(Self { index, instance })
    }

    /// The address of a crate's index file at the instance.
    pub fn crate_listing(&self, path: &str) -> String {
        self.instance.at(&format!("/cargo/{POLICY}/{path}"))
    }

    /// The address of a crate's file at the instance.
    pub fn crate_file(&self, name: &str, version: &str) -> String {
        self.instance.at(&format!("/cargo/{POLICY}/dl/{name}/{version}/download"))
    }

    /// The address of a packument at the instance.
    pub fn packument(&self, name: &str) -> String {
        self.instance.at(&format!("/npm/{POLICY}/{name}"))
    }
}

/// An audit feed about that many crates nobody ever published.
fn many_names() -> String {
    let mut text = String::new();
    for number in 0..NAMES {
        // Writing into a string cannot fail.
        let _ = write!(
            text,
            "[[audits.madeup-{number:05}]]\nwho = \"Ada Made-Up\"\ncriteria = \"safe-to-deploy\"\nversion = \"1.{}.0\"\n\n",
            number % 7
        );
    }
    text
}

/// A program of the machine by name, also where `PATH` leaves out the folders of administrators.
pub fn program(name: &str) -> Result<Command> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    let mut folders = std::env::split_paths(&path).chain(system);
    let file = folders.find_map(|folder| Some(folder.join(name)).filter(|file| file.is_file()));
    Ok(Command::new(file.with_context(|| format!("{name} is not installed; `cargo xtask bench` installs it"))?))
}

/// The folder of real feeds and lock files that `VETMOOT_REAL_DATA` names, where it names one.
pub fn real_data() -> Option<PathBuf> {
    let folder = std::env::var_os("VETMOOT_REAL_DATA").map(PathBuf::from);
    folder.filter(|folder| folder.join("lockfiles/cargo-vet.Cargo.lock").is_file())
}

/// Memory of a process as the kernel counts it, in bytes: `VmRSS` now, `VmHWM` at most.
pub fn memory(id: u32, field: &str) -> Result<u64> {
    let status = std::fs::read_to_string(Path::new("/proc").join(id.to_string()).join("status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))
        .context("the kernel tells no such thing")?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1024)
}
