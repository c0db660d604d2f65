//! The house as the rules see it: every text file in it, and what cargo says about its crates.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::place::Place;
use crate::shell;

/// Everything a rule may look at. Tests build small ones in memory.
#[derive(Debug, Default)]
pub struct House {
    /// Text of every file that belongs to the house, by its path with `/`.
    pub files: BTreeMap<String, String>,
    /// What `cargo metadata` says.
    pub metadata: Metadata,
    /// What `cargo tree` lists for the server, normal dependencies alone: one crate a line.
    pub server_tree: String,
}

/// The parts of `cargo metadata` that rules need.
#[derive(Debug, Default, Deserialize)]
pub struct Metadata {
    /// Every package of the resolved graph.
    pub packages: Vec<Package>,
    /// Ids of our own packages.
    pub workspace_members: Vec<String>,
    /// The resolved graph.
    pub resolve: Resolve,
}

/// One package.
#[derive(Debug, Default, Deserialize)]
pub struct Package {
    /// Opaque identity.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its licence as its manifest says it.
    #[serde(default)]
    pub license: Option<String>,
    /// Where its manifest lies, absolute.
    #[serde(default)]
    pub manifest_path: String,
    /// What its manifest asks for.
    #[serde(default)]
    pub dependencies: Vec<Dependency>,
}

/// One line of a manifest's dependencies.
#[derive(Debug, Default, Deserialize)]
pub struct Dependency {
    /// The package's name.
    pub name: String,
    /// Nothing for a normal dependency, else `dev` or `build`.
    #[serde(default)]
    pub kind: Option<String>,
}

/// The resolved graph.
#[derive(Debug, Default, Deserialize)]
pub struct Resolve {
    /// One node for each package.
    pub nodes: Vec<Node>,
}

/// One node of the resolved graph.
#[derive(Debug, Default, Deserialize)]
pub struct Node {
    /// The package.
    pub id: String,
    /// What it rests on.
    #[serde(default)]
    pub deps: Vec<Edge>,
}

/// One edge of the resolved graph.
#[derive(Debug, Default, Deserialize)]
pub struct Edge {
    /// The package it leads to.
    pub pkg: String,
    /// As what.
    #[serde(default)]
    pub dep_kinds: Vec<EdgeKind>,
}

/// As what one package rests on another.
#[derive(Debug, Default, Deserialize)]
pub struct EdgeKind {
    /// Nothing for a normal dependency, else `dev` or `build`.
    #[serde(default)]
    pub kind: Option<String>,
}

impl House {
    /// Reads the house: files that git tracks or would track, and cargo's two views of the crates.
    pub fn read(place: &Place) -> Result<Self> {
        let listed = shell::read(Command::new("git").current_dir(&place.root).args([
            "-c",
            "safe.directory=*",
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ]))?;
        let mut files = BTreeMap::new();
        for path in listed.split('\0').filter(|path| !path.is_empty()) {
            // A file that is no UTF-8 text, or was deleted and not yet committed, has nothing to be read.
            if let Ok(text) = std::fs::read_to_string(place.root.join(path)) {
                files.insert(path.to_owned(), text);
            }
        }
        let metadata = shell::read(place.cargo().args(["metadata", "--format-version", "1", "--quiet"]))?;
        let metadata = serde_json::from_str(&metadata).context("cargo metadata is not understood")?;
        let server_tree = shell::read(place.cargo().args([
            "tree",
            "--package",
            "vetmoot-server",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--quiet",
        ]))?;
        Ok(Self { files, metadata, server_tree })
    }

    /// Our own packages, by name.
    pub fn ours(&self) -> impl Iterator<Item = &Package> {
        self.metadata.packages.iter().filter(|package| self.metadata.workspace_members.contains(&package.id))
    }

    /// The Rust files, with their paths.
    pub fn rust_files(&self) -> impl Iterator<Item = (&str, &str)> {
        let is_rust = |path: &str| std::path::Path::new(path).extension().is_some_and(|kind| kind == "rs");
        self.files.iter().filter(move |(path, _)| is_rust(path)).map(|(path, text)| (path.as_str(), text.as_str()))
    }
}

impl Package {
    /// Whether its manifest lies in this folder of the house (`server`, `policies`).
    pub fn is_in(&self, floor: &str) -> bool {
        self.manifest_path.replace('\\', "/").contains(&format!("/{floor}/"))
    }

    /// Whether its manifest asks for a package, as anything.
    pub fn asks_for(&self, name: &str) -> bool {
        self.dependencies.iter().any(|dependency| dependency.name == name)
    }
}
