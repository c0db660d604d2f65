//! Publish-through: projects, candidates with their files, checks, credentials, releases on their way, actions asked for.

pub mod actions;
pub mod candidates;
pub mod checks;
pub mod credentials;
pub mod files;
pub mod projects;
pub mod publishers;
pub mod releases;
