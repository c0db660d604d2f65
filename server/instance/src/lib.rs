//! The binary vetmoot-server: configuration, routes, workers, commands.

pub mod cli;
mod commands;
mod config;
mod guard;
mod log;
pub mod routes;
mod start;
mod workers;
