//! The entry point: reads the arguments and reports the first error in one line.

use clap::Parser;

fn main() -> std::process::ExitCode {
    match xtask::Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
