//! Logs: readable lines on a terminal, JSON elsewhere; the level from `VETMOOT_LOG`.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// Starts logging to standard error. Commands other than `serve` say warnings only.
pub fn start(serving: bool) {
    let default = if serving { "info,sqlx=warn,sea_orm=warn,actix_server=warn" } else { "warn" };
    let filter = EnvFilter::try_from_env("VETMOOT_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start (in tests of the commands) keeps the first.
    let _ = if std::io::stderr().is_terminal() { builder.compact().try_init() } else { builder.json().try_init() };
}
