//! The entry point of `vetmoot-server`.

use std::process::ExitCode;

fn main() -> ExitCode {
    vetmoot_server::cli::main()
}
