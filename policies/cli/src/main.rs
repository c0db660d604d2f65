//! The entry point of `vetmoot`: the real clock, the real terminal, and nothing else.

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use vetmoot_domain::Timestamp;

fn main() -> ExitCode {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
    ExitCode::from(vetmoot_cli::run(std::env::args_os(), now).code())
}
