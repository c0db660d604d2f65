//! The real twine, which knows one place to upload to.

use super::Project;
use crate::partners;

/// A folder of distributions to upload to this address with this token; nothing when twine was left out.
pub fn project(url: &str, token: &str) -> Option<Project> {
    Some(without_a_token(url)?.with_variable("TWINE_PASSWORD", token))
}

/// The same where twine is told no token.
pub fn without_a_token(url: &str) -> Option<Project> {
    let twine = partners::require("twine")?;
    let url = url.to_owned();
    Some(Project::new(move |home| {
        let mut command = twine.command();
        command.env("HOME", home).env("TMPDIR", home.join("tmp")).env("LC_ALL", "C.UTF-8");
        command.env("TWINE_REPOSITORY_URL", &url).env("TWINE_USERNAME", "__token__");
        command.env("TWINE_NON_INTERACTIVE", "1").env("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring");
        // What it prints would be broken into lines of the terminal's width.
        command.env("COLUMNS", "1000").env("TERM", "dumb").env("NO_COLOR", "1");
        command
    }))
}

/// The program that comes with twine and asks the CI for the identity of its job.
pub fn identities() -> Option<Project> {
    let [_, python] = partners::require_all(["twine", "pip"])?;
    let python = python.file().to_path_buf();
    Some(Project::new(move |home| {
        let mut command = std::process::Command::new(&python);
        command.env_clear().env("PATH", partners::path_with(&python)).env("HOME", home).env("LC_ALL", "C.UTF-8");
        command.args(["-m", "id"]);
        command
    }))
}

/// `twine upload` of files of the project.
pub fn upload(project: &Project, files: &[&str]) -> super::Said {
    let mut args = vec!["upload", "--disable-progress-bar"];
    args.extend(files);
    project.run(&args)
}
