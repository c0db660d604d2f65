//! The real uv, as a project with a lock file and as a plain installer.

use super::{Project, Said, pip};
use crate::partners;

/// A project whose only index is this one; nothing when uv was left out.
pub fn project(index: &str, dependencies: &[&str]) -> Option<Project> {
    let [uv, python] = partners::require_all(["uv", "pip"])?;
    let python = python.file().to_path_buf();
    let default = index.to_owned();
    let project = Project::new(move |home| {
        let mut command = uv.command();
        command
            .env("HOME", home)
            .env("TMPDIR", home.join("tmp"))
            .env("UV_CACHE_DIR", home.join("cache"))
            .env("LC_ALL", "C.UTF-8");
        command.env("UV_PYTHON", &python).env("UV_PYTHON_DOWNLOADS", "never").env("UV_NO_PROGRESS", "1").env("NO_COLOR", "1");
        command.env("UV_DEFAULT_INDEX", &default).env("UV_HTTP_RETRIES", "0").env("UV_LINK_MODE", "copy");
        command
    });
    ask(&project, index, dependencies);
    Some(project)
}

/// Asks for other dependencies from now on.
pub fn ask(project: &Project, index: &str, dependencies: &[&str]) {
    let manifest = format!(
        "[project]\nname = \"consumer\"\nversion = \"0.1.0\"\nrequires-python = \">=3.9\"\ndependencies = {dependencies:?}\n\n\
         [[tool.uv.index]]\nname = \"vetted\"\nurl = {index:?}\ndefault = true\n"
    );
    project.write("pyproject.toml", manifest);
}

/// `uv pip install` into the folder `site` of the project.
pub fn install(project: &Project, wishes: &[&str]) -> Said {
    let mut args = vec!["pip", "install", "--no-config", "--target", "site"];
    args.extend(wishes);
    project.run(&args)
}

/// `uv publish` of files of the project, which were looked for at `check` before when an address is given.
pub fn publish(project: &Project, url: &str, check: Option<&str>, token: &str, files: &[&str]) -> Said {
    let mut args = vec!["publish", "--no-config", "--trusted-publishing", "never", "--publish-url", url, "--token", token];
    args.extend(check.into_iter().flat_map(|check| ["--check-url", check]));
    args.extend(files);
    project.run(&args)
}

/// `uv publish` in a CI whose identity stands in for a token: uv finds out by itself.
pub fn publish_from_a_ci(project: &Project, url: &str, files: &[&str]) -> Said {
    let mut args = vec!["publish", "--no-config", "--trusted-publishing", "always", "--publish-url", url];
    args.extend(files);
    project.run(&args)
}

/// The version of a module that was installed with [`install`].
pub fn installed(project: &Project, name: &str) -> Option<String> {
    pip::version_in(&project.folder().join("site"), name)
}

/// The version of a package that the lock file names.
pub fn locked(project: &Project, name: &str) -> Option<String> {
    let lock = project.read("uv.lock")?;
    let (_, rest) = lock.split_once(&format!("name = {name:?}\nversion = \""))?;
    rest.split('"').next().map(str::to_owned)
}
