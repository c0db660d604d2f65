//! A real instance: the program `vetmoot-server` in a folder of its own, with upstreams given.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::http::{self, Answer, Ask};
use crate::process::{self, Ended, Running};
use crate::scratch::Scratch;
use crate::{limits, ports};

/// How an instance is started.
#[derive(Debug, Default, Clone)]
pub struct Plan {
    upstreams: Vec<(String, String)>,
    args: Vec<String>,
    environment: Vec<(String, String)>,
    database: Option<String>,
    official: bool,
    federated: bool,
    largest_file: Option<u32>,
}

impl Plan {
    /// An instance with nothing set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes releases of an ecosystem (`cargo`, `pypi`, `npm`) from this index.
    #[must_use]
    pub fn upstream(mut self, ecosystem: &str, url: &str) -> Self {
        self.upstreams.push((ecosystem.to_owned(), url.to_owned()));
        self
    }

    /// Keeps its rows in this database instead of SQLite.
    #[must_use]
    pub fn database(mut self, url: &str) -> Self {
        self.database = Some(url.to_owned());
        self
    }

    /// Cannot write a file larger than so many KiB, as if the disk were full.
    #[must_use]
    pub fn largest_file(mut self, kib: u32) -> Self {
        self.largest_file = Some(kib);
        self
    }

    /// Has a domain, `localhost` with its port, and so speaks with other servers.
    #[must_use]
    pub fn federated(mut self) -> Self {
        self.federated = true;
        self
    }

    /// Stands behind a front that speaks https, and is known by the front's host; with the checks of a real instance.
    #[must_use]
    pub fn behind(mut self, host: &str) -> Self {
        self.args.extend(["--domain".to_owned(), host.to_owned()]);
        self.official()
    }

    /// Goes to the official indexes, with the checks of a real instance.
    #[must_use]
    pub fn official(mut self) -> Self {
        self.official = true;
        self
    }

    /// With a further argument for `serve`.
    #[must_use]
    pub fn arg(mut self, arg: &str) -> Self {
        self.args.push(arg.to_owned());
        self
    }

    /// With a variable in its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts it and waits until it serves.
    ///
    /// # Panics
    /// When it does not.
    pub fn start(self) -> Instance {
        let scratch = Scratch::new();
        scratch.folder("data");
        let port = ports::free();
        let running = self.serve(&scratch, port);
        Instance { plan: self, scratch, port, running }
    }

    /// Brings a backup back into an empty instance, starts it and waits until it serves.
    ///
    /// # Panics
    /// When the backup cannot be brought back, or the instance does not serve.
    pub fn start_from_backup(self, backup: &Path) -> Instance {
        let scratch = Scratch::new();
        scratch.folder("data");
        let mut restore = program();
        restore.args(["backup", "restore"]).arg(backup).arg("--data").arg(scratch.join("data"));
        self.settle(&mut restore, &scratch);
        let ended = process::run(&mut restore);
        assert!(ended.is_good(), "backup restore: {}{}", ended.stdout, ended.stderr);
        let port = ports::free();
        let running = self.serve(&scratch, port);
        Instance { plan: self, scratch, port, running }
    }

    fn serve(&self, scratch: &Scratch, port: u16) -> Running {
        let mut command = self.largest_file.map_or_else(program, limited);
        command.arg("serve").arg("--data").arg(scratch.join("data")).args(["--listen", &format!("127.0.0.1:{port}")]);
        self.settle(&mut command, scratch);
        if self.federated {
            command.args(["--domain", &format!("localhost:{port}")]);
        }
        command.args(&self.args);
        let mut running = Running::start("vetmoot-server", &mut command);
        let url = format!("http://127.0.0.1:{port}/readyz");
        running.wait_until("readiness", |_| http::is_up(&url));
        running
    }

    fn settle(&self, command: &mut Command, scratch: &Scratch) {
        if !self.official {
            // Upstreams of tests are plain http on the loopback interface.
            command.arg("--federation-insecure");
        }
        for (ecosystem, url) in &self.upstreams {
            command.args(["--upstream", &format!("{ecosystem}={url}")]);
        }
        if let Some(url) = &self.database {
            command.args(["--database", url]);
        }
        command.env("HOME", scratch.path()).env("TMPDIR", scratch.path()).env("RUST_BACKTRACE", "1");
        command.envs(self.environment.iter().map(|(name, value)| (name, value))).current_dir(scratch.path());
    }
}

/// The program under test: `VETMOOT_SERVER_BIN`, else what lies beside the tests.
///
/// # Panics
/// When it was not built.
pub fn program() -> Command {
    let file = std::env::var_os("VETMOOT_SERVER_BIN").map_or_else(|| beside("vetmoot-server"), PathBuf::from);
    assert!(
        file.is_file(),
        "{} is not built; `cargo xtask test` builds it, or `cargo build -p vetmoot-server`",
        file.display()
    );
    let mut command = Command::new(file);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

/// The program under test with a limit on the size of files; writing more fails, as on a full disk, instead of ending it.
fn limited(kib: u32) -> Command {
    let plain = program();
    let mut command = Command::new("bash");
    command.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.args(["-c", &format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" \"$@\"")]).arg(plain.get_program());
    command
}

/// A program of ours in the folder where cargo put this test.
pub fn beside(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own file");
    test.ancestors().skip(1).map(|folder| folder.join(name)).find(|file| file.is_file()).unwrap_or_else(|| PathBuf::from(name))
}

/// A running instance; dropping it ends it.
#[derive(Debug)]
pub struct Instance {
    plan: Plan,
    scratch: Scratch,
    port: u16,
    running: Running,
}

impl Instance {
    /// Its address, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where it listens on the loopback interface.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address as other servers name it, when it is federated.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// The name of its host in handles and imports.
    pub fn host(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// An address on it; the path begins with a slash.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url())
    }

    /// The door of an ecosystem under a policy, as its client wants it.
    ///
    /// # Panics
    /// When there is no such ecosystem.
    pub fn door(&self, ecosystem: &str, policy: &str) -> String {
        match ecosystem {
            "cargo" => self.at(&format!("/cargo/{policy}/")),
            "pypi" => self.at(&format!("/pypi/{policy}/simple/")),
            "npm" => self.at(&format!("/npm/{policy}/")),
            other => panic!("there is no ecosystem {other}"),
        }
    }

    /// `GET`, whatever the status.
    pub fn get(&self, path: &str) -> Answer {
        http::get(&self.at(path))
    }

    /// What it wrote so far.
    pub fn output(&self) -> String {
        self.running.output()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.running.id()
    }

    /// The folder of its data.
    pub fn data(&self) -> PathBuf {
        self.scratch.join("data")
    }

    /// A file for a command to read.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        self.scratch.write(name, content)
    }

    /// The one-time sign-in link printed at the first start.
    ///
    /// # Panics
    /// When none was printed.
    pub fn sign_in_link(&self) -> String {
        let output = self.output();
        let link = output.split_whitespace().find(|word| word.starts_with("http") && word.contains("/sign-in"));
        link.unwrap_or_else(|| panic!("no sign-in link was printed:\n{output}")).to_owned()
    }

    /// Runs `vetmoot-server admin ...` on its data while it serves.
    pub fn admin(&self, args: &[&str]) -> Ended {
        let mut words = vec!["admin"];
        words.extend(args);
        self.command(&words)
    }

    /// Runs another command of the program on its data.
    pub fn command(&self, args: &[&str]) -> Ended {
        let mut command = program();
        command.args(args).arg("--data").arg(self.data()).args(["--listen", &format!("127.0.0.1:{}", self.port)]);
        self.plan.settle(&mut command, &self.scratch);
        process::run(&mut command)
    }

    /// Starts a command of the program and kills it as soon as it has done something; tells whether it was still running.
    pub fn cut_short(&self, args: &[&str]) -> bool {
        let mut command = program();
        command.args(args).arg("--data").arg(self.data());
        self.plan.settle(&mut command, &self.scratch);
        let before = self.written();
        let mut running = Running::start("vetmoot-server", &mut command);
        process::eventually("something is written", || self.written() != before || running.has_ended());
        let was_running = !running.has_ended();
        running.kill();
        was_running
    }

    /// Bytes in the data folder's files, not counting folders below it.
    fn written(&self) -> u64 {
        let files = std::fs::read_dir(self.data()).into_iter().flatten().flatten();
        files.filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum()
    }

    /// Runs an admin command that must work and gives what it printed.
    ///
    /// # Panics
    /// When it fails.
    #[track_caller]
    pub fn must(&self, args: &[&str]) -> String {
        let ended = self.admin(args);
        assert!(ended.is_good(), "admin {args:?}: {}{}", ended.stdout, ended.stderr);
        ended.stdout
    }

    /// Makes a user with roles and a token with these scopes.
    pub fn token(&self, user: &str, roles: &[&str], scopes: &[&str]) -> String {
        let mut words = vec!["user", "create", user];
        words.extend(roles.iter().flat_map(|role| ["--role", *role]));
        self.must(&words);
        let mut words = vec!["token", "create", "--user", user];
        words.extend(scopes.iter().flat_map(|scope| ["--scope", *scope]));
        self.must(&words).trim().to_owned()
    }

    /// `POST` of JSON with a token.
    pub fn post(&self, path: &str, token: &str, body: &serde_json::Value) -> Answer {
        Ask::post_json(&self.at(path), body).header("authorization", &format!("Bearer {token}")).answer()
    }

    /// The decision about a release, as the API gives it.
    pub fn decision(&self, policy: &str, purl: &str) -> serde_json::Value {
        let body = serde_json::json!({"policy": policy, "purls": [purl]});
        let answer = Ask::post_json(&self.at("/api/v1/decisions"), &body).answer().json();
        answer.pointer("/decisions/0").cloned().unwrap_or_default()
    }

    /// The state of a release: `listed`, `held`, `refused`.
    pub fn state(&self, policy: &str, purl: &str) -> String {
        self.decision(policy, purl).get("state").and_then(serde_json::Value::as_str).unwrap_or("none").to_owned()
    }

    /// Ends it without a warning, as a power cut would.
    pub fn kill(&mut self) {
        self.running.kill();
    }

    /// Stops it in its tracks: what arrives for it waits in the machine's buffers.
    pub fn freeze(&self) {
        self.running.signal("STOP");
    }

    /// Asks it to stop and waits until it has; tells whether it ended well.
    pub fn stop(&mut self) -> bool {
        self.running.signal("TERM");
        self.running.wait_for_end(limits::STOP).is_some_and(|status| status.success())
    }

    /// Starts it again on the same data and the same port, with a domain from now on.
    pub fn becomes_federated(&mut self) {
        self.plan.federated = true;
        self.restart();
    }

    /// Starts it again on the same data and the same port.
    pub fn restart(&mut self) {
        self.running.kill();
        self.running = self.plan.serve(&self.scratch, self.port);
    }
}
