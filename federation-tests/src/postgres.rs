//! A throw-away PostgreSQL: a cluster of its own on a free port, without a password, gone with the test.

use std::path::Path;
use std::process::Command;

use crate::process::Running;
use crate::scratch::Scratch;
use crate::{partners, ports, process};

/// A running cluster with one empty database.
#[derive(Debug)]
pub struct Postgres {
    _server: Running,
    scratch: Scratch,
    programs: std::path::PathBuf,
    port: u16,
}

const USER: &str = "vetmoot";

impl Postgres {
    /// Starts one; nothing when PostgreSQL was left out.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start() -> Option<Self> {
        let programs = partners::require("postgresql")?.file().to_path_buf();
        let scratch = Scratch::new();
        scratch.open_to_all();
        let folder = scratch.folder("postgres");
        if is_root() {
            // PostgreSQL refuses to run as root; Debian's package has made this user.
            expect(Command::new("chown").arg("postgres:").arg(&folder));
        }
        let data = folder.join("data");
        let mut init = as_postgres(&programs.join("initdb"));
        init.arg("-D").arg(&data).args(["-A", "trust", "-U", USER, "-E", "UTF8", "--no-locale", "--no-sync"]);
        expect(init.current_dir(&folder));
        let port = ports::free();
        let mut serve = as_postgres(&programs.join("postgres"));
        serve.arg("-D").arg(&data).arg("-k").arg(&folder).args(["-p", &port.to_string()]);
        for setting in ["listen_addresses=127.0.0.1", "fsync=off", "synchronous_commit=off", "full_page_writes=off"] {
            serve.args(["-c", setting]);
        }
        let mut server = Running::start("postgres", serve.current_dir(&folder));
        server.wait_until("word that it accepts connections", |output| output.contains("ready to accept connections"));
        let postgres = Self { _server: server, scratch, programs, port };
        postgres.sql("postgres", "create database vetmoot");
        Some(postgres)
    }

    /// The address of the database as sea-orm takes it.
    pub fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/vetmoot", self.port)
    }

    /// Runs one statement and gives what it prints, unaligned.
    ///
    /// # Panics
    /// When the statement fails.
    pub fn sql(&self, database: &str, statement: &str) -> String {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", USER, "-d", database, "-X", "-At", "-c", statement]);
        expect(psql.current_dir(self.scratch.path()))
    }
}

fn as_postgres(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

fn is_root() -> bool {
    process::run(Command::new("id").arg("-u")).stdout.trim() == "0"
}

fn expect(command: &mut Command) -> String {
    let ended = process::run(command);
    assert!(ended.is_good(), "{command:?} failed: {}{}", ended.stdout, ended.stderr);
    ended.stdout
}
