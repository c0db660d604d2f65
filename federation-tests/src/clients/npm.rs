//! The real npm, with its default set-up but for the registry.

use super::Project;
use crate::partners;

/// A project whose registry is this one; nothing when npm was left out.
pub fn project(registry: &str) -> Option<Project> {
    let npm = partners::require("npm")?;
    let project = Project::new(move |home| {
        let mut command = npm.command();
        command.env("HOME", home).env("TMPDIR", home.join("tmp")).env("LC_ALL", "C.UTF-8").env("NO_COLOR", "1");
        // Nobody is asked, nothing is tried again for minutes, and npm does not look for a newer npm.
        command.env("npm_config_update_notifier", "false").env("npm_config_fund", "false").env("npm_config_fetch_retries", "0");
        command.env("npm_config_progress", "false");
        command
    });
    project
        .write("package.json", "{\"name\": \"consumer\", \"version\": \"0.1.0\", \"private\": true, \"license\": \"MIT\"}\n");
    project.write(".npmrc", format!("registry={registry}\n"));
    Some(project)
}

/// A project whose author hands releases to a community, set up as docs/guides/publishing.md says; nothing when npm was left
/// out.
pub fn author(registry: &str, token: &str) -> Option<Project> {
    let project = project(registry)?;
    let key = registry.split_once(':').map_or(registry, |(_, rest)| rest);
    project.write(".npmrc", format!("registry={registry}\n{key}:_authToken={token}\n"));
    Some(project)
}

/// Writes the package of a project.
pub fn write_package(project: &Project, manifest: &serde_json::Value) {
    project.write("package.json", format!("{manifest:#}\n"));
    project.write("index.js", format!("module.exports = {:?};\n", manifest.to_string()));
    project.write("README.md", "# Made up\n");
}

/// The version of a package in `node_modules`.
pub fn installed(project: &Project, name: &str) -> Option<String> {
    let manifest = project.read(&format!("node_modules/{name}/package.json"))?;
    let manifest: serde_json::Value = serde_json::from_str(&manifest).ok()?;
    manifest.get("version")?.as_str().map(str::to_owned)
}
