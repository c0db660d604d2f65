//! The commands of the server, one a file.

pub mod admin;
pub mod backup;
pub mod config_check;
pub mod credential;
pub mod doctor;
pub mod federation;
pub mod keys;
pub mod project;
pub mod serve;
