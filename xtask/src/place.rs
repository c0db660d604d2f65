//! Where things lie: the root of the house, the target folder, the folder of test partners.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

/// The folders every command needs.
#[derive(Debug, Clone)]
pub struct Place {
    /// The root of the workspace.
    pub root: PathBuf,
    /// Where cargo puts what it builds.
    pub target: PathBuf,
    /// Where test partners are installed; `VETMOOT_PARTNERS` moves it.
    pub partners: PathBuf,
}

impl Place {
    /// Finds the folders from the manifest this command was built from.
    pub fn find() -> Result<Self> {
        let manifest =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.parent().context("the folder of xtask has no parent")?.to_path_buf();
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |given| root.join(given));
        let partners = env::var_os("VETMOOT_PARTNERS").map_or_else(|| root.join("target/partners"), |given| root.join(given));
        Ok(Self { root, target, partners })
    }

    /// A built program of ours: `vetmoot-server`, `vetmoot`.
    pub fn program(&self, name: &str, release: bool) -> PathBuf {
        self.target.join(if release { "release" } else { "debug" }).join(name)
    }

    /// `cargo`, started in the root of the workspace.
    pub fn cargo(&self) -> Command {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(&self.root);
        cargo
    }

    /// A path below the root, as text with `/`, for messages.
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}
