//! The real pip, which knows one index alone.

use super::Project;
use crate::partners;

/// A place to install into; nothing when pip was left out.
pub fn project(index: &str) -> Option<Project> {
    let pip = partners::require("pip")?;
    let index = index.to_owned();
    Some(Project::new(move |home| {
        let mut command = pip.command();
        command.env("HOME", home).env("TMPDIR", home.join("tmp")).env("LC_ALL", "C.UTF-8");
        command.env("PIP_CONFIG_FILE", "/dev/null").env("PIP_INDEX_URL", &index).env("PIP_NO_INPUT", "1");
        command.env("PIP_DISABLE_PIP_VERSION_CHECK", "1").env("PIP_ROOT_USER_ACTION", "ignore").env("PIP_PROGRESS_BAR", "off");
        command.env("PIP_RETRIES", "0").env("PIP_NO_COLOR", "1");
        command
    }))
}

/// `pip install` into the folder `site` of the project.
pub fn install(project: &Project, wishes: &[&str]) -> super::Said {
    let mut args = vec!["install", "--target", "site", "--upgrade"];
    args.extend(wishes);
    project.run(&args)
}

/// The version of a module that was installed.
pub fn installed(project: &Project, name: &str) -> Option<String> {
    version_in(&project.folder().join("site"), name)
}

/// The version of a package that a folder of Python modules holds.
pub(super) fn version_in(site: &std::path::Path, name: &str) -> Option<String> {
    let module = crate::upstream::archive::module(name);
    std::fs::read_dir(site).ok()?.flatten().find_map(|entry| {
        let file = entry.file_name().into_string().ok()?;
        Some(file.strip_suffix(".dist-info")?.strip_prefix(&module)?.strip_prefix('-')?.to_owned())
    })
}
