//! The command vetmoot for consumers: what a policy says about a lock file, and why.
//!
//! Answers go to standard output, everything else to standard error. The exit code is part of the interface; see [`Exit`].

mod answer;
mod args;
mod baseline;
mod check;
mod evidence;
mod exit;
mod explain;
mod fetch;
mod init;
mod instance;
mod judge;
mod limits;
mod lock;
mod log;
mod place;
mod policy_test;
mod terminal;
mod verify;
mod view;

use std::ffi::OsString;

use clap::Parser;
use vetmoot_domain::Timestamp;

pub use exit::{Exit, Failure};

use args::{Args, Command, PolicyCommand};
use fetch::Fetcher;
use terminal::Terminal;

/// What every command is given: the moment, the terminal, the way to the network.
pub(crate) struct Ctx {
    pub now: Timestamp,
    pub terminal: Terminal,
    pub fetcher: Fetcher,
    pub json: bool,
}

/// Runs the command; `now` is the moment judged for.
pub fn run(arguments: impl IntoIterator<Item = OsString>, now: Timestamp) -> Exit {
    let args = match Args::try_parse_from(arguments) {
        Ok(args) => args,
        Err(error) => {
            // Help and version are answers, the rest is usage.
            let usage = error.use_stderr();
            let _ = error.print();
            return if usage { Exit::Usage } else { Exit::Fine };
        }
    };
    let terminal = Terminal::new(args.quiet);
    let fetcher = Fetcher::new(args.command.is_offline(), terminal.progress());
    let ctx = Ctx { now, terminal, fetcher, json: args.json() };
    let outcome = match &args.command {
        Command::Check(args) => check::run(args, &ctx),
        Command::Explain(args) => explain::run(args, &ctx),
        Command::Policy { command: PolicyCommand::Test(args) } => policy_test::run(args, &ctx),
        Command::Init(args) => init::run(args, &ctx),
        Command::Verify(args) => verify::run(args, &ctx),
    };
    outcome.unwrap_or_else(|failure| {
        ctx.terminal.failure(&failure);
        failure.exit()
    })
}
