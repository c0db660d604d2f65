//! `backup`: a copy of rows, keys and artifacts in a folder, and the way back.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use vetmoot_domain::event::Topic;
use vetmoot_storage::events;
use vetmoot_workflows::clock::{Clock as _, SystemClock};

use crate::config::Settings;
use crate::start;

/// The two directions.
#[derive(Debug, Subcommand)]
pub enum Backup {
    /// Copy everything into an empty folder, while the server runs or not.
    Create {
        /// The folder, empty or not there yet.
        dir: PathBuf,
    },
    /// Bring a copy back into an empty instance.
    Restore {
        /// The folder a backup was made into.
        dir: PathBuf,
    },
}

/// Makes or restores a backup.
pub async fn run(settings: Settings, backup: Backup, json: bool) -> anyhow::Result<ExitCode> {
    let (done, dir) = match &backup {
        Backup::Create { dir } => (create(&settings, dir).await?, dir),
        Backup::Restore { dir } => (restore(&settings, dir).await?, dir),
    };
    if json {
        println!("{}", serde_json::json!({ "done": done, "dir": dir }));
    } else {
        println!("{done}: {}", dir.display());
    }
    Ok(ExitCode::SUCCESS)
}

async fn create(settings: &Settings, dir: &Path) -> anyhow::Result<&'static str> {
    if dir.exists() && std::fs::read_dir(dir)?.next().is_some() {
        bail!("{} is not empty; name an empty folder", dir.display());
    }
    std::fs::create_dir_all(dir)?;
    let store = start::store(settings).await?;
    // Rows first: every blob they name was there before them.
    store.backup_into(&dir.join("rows")).await?;
    copy_tree(&settings.blobs, &dir.join("blobs")).context("the artifacts could not be copied")?;
    copy_tree(&settings.data.join("keys"), &dir.join("keys")).context("the keys could not be copied")?;
    let master = settings.data.join("master.key");
    if settings.master_key_file.is_none() && master.is_file() {
        std::fs::copy(&master, dir.join("master.key"))?;
    }
    Ok("backed up")
}

async fn restore(settings: &Settings, dir: &Path) -> anyhow::Result<&'static str> {
    if !dir.join("rows").is_dir() {
        bail!("{} holds no backup: there is no folder `rows` in it", dir.display());
    }
    std::fs::create_dir_all(&settings.data)?;
    let master = dir.join("master.key");
    if master.is_file() {
        if settings.data.join("master.key").exists() {
            bail!("{} holds an instance already; restore into an empty folder", settings.data.display());
        }
        std::fs::copy(&master, settings.data.join("master.key"))?;
    }
    copy_tree(&dir.join("keys"), &settings.data.join("keys"))?;
    copy_tree(&dir.join("blobs"), &settings.blobs)?;
    vetmoot_storage::Store::restore(&dir.join("rows"), &start::store_config(settings)).await?;
    let store = start::store(settings).await?;
    let tx = store.begin().await?;
    events::append(&tx, Topic::BackupRestored, &[dir.display().to_string()], Some("operator"), SystemClock.now()).await?;
    tx.commit().await?;
    store.close().await?;
    Ok("restored")
}

/// Copies a folder; temporary files of downloads under way stay behind.
fn copy_tree(from: &Path, to: &Path) -> anyhow::Result<()> {
    if !from.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() && entry.file_name() != "tmp" {
            copy_tree(&entry.path(), &target)?;
        } else if kind.is_file() {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
