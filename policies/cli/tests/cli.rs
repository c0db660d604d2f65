//! The built command, as a consumer runs it: what it prints and how it ends.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

#[path = "cli/baselines.rs"]
mod baselines;
#[path = "cli/checks.rs"]
mod checks;
#[path = "cli/golden.rs"]
mod golden;
#[path = "cli/instances.rs"]
mod instances;
#[path = "cli/logs.rs"]
mod logs;
#[path = "cli/policies.rs"]
mod policies;
#[path = "cli/proofs.rs"]
mod proofs;
#[path = "cli/world.rs"]
mod world;
