//! Two whole commands on one store: `vetmoot check` offline, and the real cargo-vet, whose cargo is a stub with the metadata.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use vetmoot_domain::AuditKind;
use vetmoot_domain::criterion::{SAFE_TO_DEPLOY, SAFE_TO_RUN};
use vetmoot_ecosystems::feeds::cargo_vet::{self, Entry};

use super::feeds::Material;
use super::limits::COMMANDS;
use super::row::{percent, time};
use super::{Measured, Row, Stage};
use crate::instance::beside;
use crate::partners;
use crate::scratch::Scratch;

/// Runs both by turns; the best time of each counts. Both must call the same number of releases vetted.
pub fn measure(_stage: &mut Stage) -> Measured {
    let what = "`vetmoot check --offline`, whole command";
    let Some(vet) = cargo_vet_program() else {
        return Ok(vec![Row::left_out(what, "cargo-vet is not installed; `cargo xtask bench` installs it")]);
    };
    let (material, which) = match Material::real()? {
        Some(material) => (material, "cargo-vet's lock file, three real feeds"),
        None => (Material::made_up()?, "made-up lock file and feeds"),
    };
    let scratch = Scratch::new();
    write_store(&scratch, &material)?;
    let mut ours = vetmoot(&scratch);
    let mut theirs = cargo_vet_check(vet.as_path(), &scratch);
    let (mut best_ours, mut best_theirs) = (Duration::MAX, Duration::MAX);
    let mut listed = None;
    for _ in 0..COMMANDS {
        let (took, printed) = timed(&mut theirs)?;
        best_theirs = best_theirs.min(took);
        ensure!(printed.is_empty(), "cargo-vet says: {}", String::from_utf8_lossy(&printed));
        let (took, printed) = timed(&mut ours)?;
        best_ours = best_ours.min(took);
        let answer: Value = serde_json::from_slice(&printed).context("vetmoot answers in JSON")?;
        listed = answer.pointer("/summary/listed").and_then(Value::as_u64);
    }
    let vetted = vetted(&scratch.join("report.json"), material.lock.entries.len())?;
    ensure!(listed == Some(vetted), "vetmoot lists {listed:?}, cargo-vet {vetted}");
    let share = best_ours.as_secs_f64() / best_theirs.as_secs_f64();
    let beside = format!("`cargo vet check` {}, so {} of it; {which}; both vet {vetted}", time(best_theirs), percent(share));
    Ok(vec![Row::new(what, &time(best_ours), "<= cargo-vet", share <= 1.0).beside(beside)])
}

fn timed(command: &mut Command) -> Result<(Duration, Vec<u8>)> {
    let begin = Instant::now();
    let output = command.output().with_context(|| format!("{command:?} cannot be started"))?;
    let took = begin.elapsed();
    // Both say by their status that something is not vetted.
    ensure!(matches!(output.status.code(), Some(0 | 1 | 255)), "{}", String::from_utf8_lossy(&output.stderr));
    Ok((took, output.stdout))
}

fn cargo_vet_program() -> Option<std::path::PathBuf> {
    let given = std::env::var_os("VETMOOT_CARGO_VET").map(std::path::PathBuf::from);
    given.or_else(|| Some(partners::folder().join("cargo-vet/bin/cargo-vet"))).filter(|file| file.is_file())
}

/// The entries of all feeds as audits of one's own, in the criteria that mean the same in both programs.
fn write_store(scratch: &Scratch, material: &Material) -> Result<()> {
    let entries: Vec<Entry> = material.feeds.iter().flat_map(|(_, feed)| feed.entries.iter().filter_map(mapped)).collect();
    scratch.write("store/config.toml", "\n# cargo-vet config file\n\n[cargo-vet]\nversion = \"0.10\"\n");
    scratch.write("store/audits.toml", cargo_vet::write([], &entries));
    scratch.write("store/imports.lock", "\n# cargo-vet imports lock\n");
    scratch.write("Cargo.lock", &material.lock_text);
    // Only the first line that begins with a brace is read, so all of it goes on one.
    scratch.write("metadata.json", metadata(material).to_string());
    let stub = scratch.write("stub", "#!/bin/sh\nexec cat \"$METADATA\"\n");
    std::fs::set_permissions(stub, std::fs::Permissions::from_mode(0o755))?;
    Ok(())
}

fn mapped(entry: &Entry) -> Option<Entry> {
    let mut entry = entry.clone();
    let denies = matches!(entry.audit.kind, AuditKind::Violation { .. });
    let claimed = if denies { entry.criteria.iter().cloned().collect() } else { entry.audit.criteria.clone() };
    let strongest = [SAFE_TO_DEPLOY, SAFE_TO_RUN].into_iter().find(|name| claimed.iter().any(|one| one.as_str() == *name))?;
    entry.criteria = vec![strongest.parse().ok()?];
    // Who published a release stands neither in a lock file nor in the metadata.
    (!matches!(entry.audit.kind, AuditKind::Publisher { .. })).then_some(entry)
}

fn metadata(material: &Material) -> Value {
    let source = format!("registry+{}", tame_index::CRATES_IO_INDEX);
    let package = |id: &str, name: &str, version: &str, source: Option<&str>| {
        json!({"id": id, "name": name, "version": version, "source": source, "manifest_path": "ws/Cargo.toml",
               "dependencies": [], "targets": [], "features": {}})
    };
    let mut packages = vec![package("project", "project", "0.1.0", None)];
    let mut nodes = Vec::new();
    let (mut ids, mut deps) = (Vec::new(), Vec::new());
    for entry in &material.lock.entries {
        let (name, version) = (entry.release.package.name().to_string(), entry.release.version.to_string());
        let id = format!("{name} {version}");
        packages.push(package(&id, &name, &version, Some(&source)));
        nodes.push(json!({"id": id, "dependencies": [], "deps": []}));
        deps.push(json!({"name": name.replace('-', "_"), "pkg": id, "dep_kinds": [{"kind": null}]}));
        ids.push(id);
    }
    nodes.push(json!({"id": "project", "dependencies": ids, "deps": deps}));
    json!({"version": 1, "workspace_root": "ws", "target_directory": "ws/target", "workspace_members": ["project"],
           "packages": packages, "resolve": {"nodes": nodes}})
}

fn vetmoot(scratch: &Scratch) -> Command {
    let file = std::env::var_os("VETMOOT_BIN").map_or_else(|| beside("vetmoot"), std::path::PathBuf::from);
    let mut command = Command::new(file);
    command.args([
        "check",
        "Cargo.lock",
        "--policy",
        SAFE_TO_DEPLOY,
        "--feed",
        "store/audits.toml",
        "--offline",
        "--format",
        "json",
    ]);
    command.env_clear().env("HOME", scratch.path()).current_dir(scratch.path());
    command
}

fn cargo_vet_check(vet: &Path, scratch: &Scratch) -> Command {
    let mut command = Command::new(vet);
    command.args(["vet", "check", "--locked", "--frozen", "--output-format=json", "--current-time", "2026-06-01T12:00:00Z"]);
    command.args(["--store-path", "store", "--cache-dir", "cache", "--output-file", "report.json"]);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", scratch.path());
    command.env("CARGO", scratch.join("stub")).env("METADATA", scratch.join("metadata.json")).current_dir(scratch.path());
    command
}

/// How many releases cargo-vet's report calls vetted.
fn vetted(report: &Path, all: usize) -> Result<u64> {
    let report: Value = serde_json::from_slice(&std::fs::read(report)?)?;
    let count = match report.get("conclusion").and_then(Value::as_str) {
        Some("success") => all,
        Some("fail (vetting)") => all - report.get("failures").and_then(Value::as_array).map_or(0, Vec::len),
        _ => anyhow::bail!("cargo-vet reports {report}"),
    };
    Ok(u64::try_from(count)?)
}
