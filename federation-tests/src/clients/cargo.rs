//! The real cargo, which gets everything from the index that takes the official one's place.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::Project;
use crate::partners;

/// cargo of the toolchain these tests were built with, in a home of its own; never rustup's front, which needs the user's home.
pub fn command(home: &Path) -> Command {
    let bin = toolchain().join("bin");
    let mut command = Command::new(bin.join("cargo"));
    command.env_clear().env("PATH", partners::path_with(&bin.join("cargo")));
    command.env("HOME", home).env("CARGO_HOME", home.join("cargo")).env("TMPDIR", home.join("tmp"));
    command.env("CARGO_TERM_COLOR", "never").env("CARGO_TERM_PROGRESS_WHEN", "never").env("CARGO_NET_RETRY", "0");
    // The user's locale and time zone would change what is printed.
    command.env("LC_ALL", "C.UTF-8");
    command
}

fn toolchain() -> &'static PathBuf {
    static TOOLCHAIN: OnceLock<PathBuf> = OnceLock::new();
    TOOLCHAIN.get_or_init(|| {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let output = Command::new(rustc).args(["--print", "sysroot"]).output().expect("these tests were built by a rustc");
        PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
    })
}

/// A project whose every crate comes from `index`; `source` is the name cargo prints for it.
pub fn project(source: &str, index: &str, dependencies: &[(&str, &str)]) -> Project {
    let project = Project::new(command);
    let config =
        format!("[source.crates-io]\nreplace-with = {source:?}\n\n[source.{source:?}]\nregistry = \"sparse+{index}\"\n");
    project.write(".cargo/config.toml", config);
    project.write("src/lib.rs", "//! Made up.\n");
    ask(&project, dependencies);
    project
}

/// A project whose author hands releases to a community, set up as docs/guides/publishing.md says: `index` is the community's
/// staging index, `in_place` whether it stands in the official one's place while publishing.
pub fn author(index: &str, in_place: bool) -> Project {
    let project = Project::new(command);
    let registry = format!("[registries.community]\nindex = \"sparse+{index}\"\n");
    let replaced = if in_place { "\n[source.crates-io]\nreplace-with = \"community\"\n" } else { "" };
    project.write(".cargo/config.toml", format!("{registry}{replaced}"));
    project
}

/// A project without any set-up.
pub fn bare() -> Project {
    Project::new(command)
}

/// Writes a crate into a folder of the project, the project itself when the folder is empty.
pub fn write_crate(project: &Project, folder: &str, name: &str, version: &str, dependencies: &str) {
    let below = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let manifest = format!(
        "[package]\nname = {name:?}\nversion = {version:?}\nedition = \"2021\"\ndescription = \"made up\"\nlicense = \"MIT\"\n\n[dependencies]\n{dependencies}"
    );
    project.write(&format!("{below}Cargo.toml"), manifest);
    project.write(
        &format!("{below}src/lib.rs"),
        format!("//! Made up.\n/// What sets it apart.\npub const LINE: &str = \"{name} {version}\";\n"),
    );
}

/// Asks for other dependencies from now on.
pub fn ask(project: &Project, dependencies: &[(&str, &str)]) {
    let lines: Vec<String> = dependencies.iter().map(|(name, wish)| format!("{name} = {wish:?}\n")).collect();
    let manifest = format!(
        "[package]\nname = \"consumer\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\n{}\n[workspace]\n",
        lines.concat()
    );
    project.write("Cargo.toml", manifest);
}

/// The version of a package that the lock file names.
pub fn locked(project: &Project, name: &str) -> Option<String> {
    let lock = project.read("Cargo.lock")?;
    let (_, rest) = lock.split_once(&format!("name = {name:?}\nversion = \""))?;
    rest.split('"').next().map(str::to_owned)
}
