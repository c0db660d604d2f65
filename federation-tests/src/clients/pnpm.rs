//! The real pnpm, with its default set-up but for the registry.

use super::Project;
use crate::partners;

/// A project whose registry is this one; nothing when pnpm was left out.
pub fn project(registry: &str) -> Option<Project> {
    let pnpm = partners::require("pnpm")?;
    let project = Project::new(move |home| {
        let mut command = pnpm.command();
        command.env("HOME", home).env("TMPDIR", home.join("tmp")).env("LC_ALL", "C.UTF-8").env("NO_COLOR", "1").env("CI", "1");
        command
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_STATE_HOME", home.join("state"));
        command
            .env("npm_config_update_notifier", "false")
            .env("npm_config_fetch_retries", "0")
            .env("npm_config_reporter", "append-only");
        command
    });
    project
        .write("package.json", "{\"name\": \"consumer\", \"version\": \"0.1.0\", \"private\": true, \"license\": \"MIT\"}\n");
    project.write(".npmrc", format!("registry={registry}\n"));
    Some(project)
}
