//! verdaccio with its package filter: the nearest thing to a filtered packument that others run.

use anyhow::{Context as _, Result, ensure};

use crate::process::{self, Running};
use crate::scratch::Scratch;
use crate::{http, partners, ports};

/// The filter's package in the version that fits the verdaccio of the tests.
const FILTER: &str = "@verdaccio/package-filter@13.0.2";

/// A running verdaccio; it ends when dropped.
#[derive(Debug)]
pub struct Verdaccio {
    _running: Running,
    _folder: Scratch,
    port: u16,
}

impl Verdaccio {
    /// Starts one in front of a registry; it withholds releases younger than a week, as our policy does.
    pub fn start(upstream: &str) -> Result<Self> {
        let modules = filter()?;
        let program = partners::require("verdaccio").context("it was left out")?;
        let folder = Scratch::new();
        let config = folder.write(
            "config.yaml",
            format!(
                "storage: ./storage\nplugins: {modules}\nuplinks:\n  made:\n    url: {upstream}\n    maxage: 60m\n    timeout: 120s\n\
                 packages:\n  '**':\n    access: $all\n    proxy: made\nweb:\n  enable: false\nmax_body_size: 100mb\n\
                 filters:\n  '@verdaccio/package-filter':\n    minAgeDays: 7\nlog: {{ type: stdout, format: pretty, level: warn }}\n"
            ),
        );
        let port = ports::free();
        let mut command = program.command();
        command.arg("--config").arg(config).args(["--listen", &format!("127.0.0.1:{port}")]);
        command.env("HOME", folder.path()).current_dir(folder.path());
        let mut running = Running::start("verdaccio", &mut command);
        let url = format!("http://127.0.0.1:{port}/-/ping");
        running.wait_until("answer", |_| http::is_up(&url));
        Ok(Self { _running: running, _folder: folder, port })
    }

    /// The address of a packument.
    pub fn packument(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}/{name}", self.port)
    }
}

/// Installs the filter beside the other partners, once; gives the folder its modules lie in.
fn filter() -> Result<String> {
    let folder = partners::folder().join("package-filter");
    let modules = folder.join("node_modules");
    if !modules.join("@verdaccio/package-filter/package.json").is_file() {
        std::fs::create_dir_all(&folder)?;
        std::fs::write(
            folder.join("package.json"),
            "{\"name\":\"package-filter-partner\",\"version\":\"0.0.0\",\"private\":true}",
        )?;
        let npm = partners::require("npm").context("npm was left out")?;
        let mut install = npm.command();
        install.args([
            "install",
            "--no-package-lock",
            "--no-audit",
            "--no-fund",
            "--no-update-notifier",
            "--loglevel=error",
            FILTER,
        ]);
        // The user's settings say which registry and which certificates are used here.
        install.envs(std::env::vars_os().filter(|(name, _)| name != "PATH")).current_dir(&folder);
        let ended = process::run(&mut install);
        ensure!(ended.is_good(), "its filter cannot be installed: {}", ended.stderr);
    }
    Ok(modules.to_str().context("the partners' folder has a name in UTF-8")?.to_owned())
}
