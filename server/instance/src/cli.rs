//! The command line of the server, as docs/API.md fixes it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::commands;
use crate::config::{Settings, SettingsError};

/// A server for a packaging community: audits, policies, and package doors that follow them.
#[derive(Debug, Parser)]
#[command(name = "vetmoot-server", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    settings: Flags,
    /// Print results as JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

/// Settings every command understands; each is also a key of the file and of the environment.
#[derive(Debug, Clone, Default, Args)]
pub struct Flags {
    /// Where everything is kept.
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Where to listen, `127.0.0.1:8480` unless given.
    #[arg(long, global = true, value_name = "ADDR:PORT")]
    pub listen: Option<String>,
    /// The domain this community has for ever; without one the instance is a trial.
    #[arg(long, global = true, value_name = "HOST[:PORT]")]
    pub domain: Option<String>,
    /// A PostgreSQL or SQLite URL; SQLite below DIR unless given.
    #[arg(long, global = true, value_name = "URL")]
    pub database: Option<String>,
    /// Where artifacts are kept; below DIR unless given.
    #[arg(long, global = true, value_name = "DIR")]
    pub blobs: Option<PathBuf>,
    /// Most room artifacts may take, such as `20GiB`; pinned and audited ones stay.
    #[arg(long, global = true, value_name = "SIZE")]
    pub blobs_max: Option<String>,
    /// An index to use in place of the official one: `cargo=URL`, `pypi=URL` or `npm=URL`.
    #[arg(long, global = true, value_name = "ECOSYSTEM=URL")]
    pub upstream: Vec<String>,
    /// A network whose `X-Forwarded-*` headers are believed.
    #[arg(long, global = true, value_name = "CIDR")]
    pub trusted_proxy: Vec<String>,
    /// A configuration file (TOML).
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Allow http, ports and loopback peers in federation.
    #[arg(long, global = true)]
    pub federation_insecure: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the instance.
    Serve,
    /// Do what members do in the browser, and what only the operator does.
    #[command(subcommand)]
    Admin(commands::admin::Admin),
    /// Keep a copy of everything, or bring one back.
    #[command(subcommand)]
    Backup(commands::backup::Backup),
    /// Look for what is wrong or missing, and say how to mend it.
    Doctor,
    /// Look at the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Check file, environment and flags without starting anything.
    Check,
}

/// Reads the command line and runs the command.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    crate::log::start(matches!(cli.command, Command::Serve));
    let settings = match Settings::read(&cli.settings) {
        Ok(settings) => settings,
        Err(error) => return report_settings(&error, cli.json),
    };
    let outcome = match cli.command {
        Command::Config(ConfigCommand::Check) => commands::config_check::run(&settings, cli.json),
        Command::Serve => run(commands::serve::run(settings)),
        Command::Admin(admin) => run(commands::admin::run(settings, admin, cli.json)),
        Command::Backup(backup) => run(commands::backup::run(settings, backup, cli.json)),
        Command::Doctor => run(commands::doctor::run(settings, cli.json)),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            if cli.json {
                println!("{}", serde_json::json!({ "error": format!("{error:#}") }));
            }
            eprintln!("error: {error:#}");
            ExitCode::from(1)
        }
    }
}

fn run(command: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    actix_web::rt::System::new().block_on(command)
}

fn report_settings(error: &SettingsError, json: bool) -> ExitCode {
    if json {
        println!("{}", serde_json::json!({ "error": error.to_string(), "field": error.field }));
    }
    eprintln!("error: {error}");
    ExitCode::from(2)
}
