//! `cargo xtask tidy`: the walls and the style of the house, one small pure function for each.

use std::process::ExitCode;

use anyhow::Result;

use crate::place::Place;

pub mod edges;
pub mod files;
pub mod functions;
pub mod graph;
pub mod house;
pub mod manifests;
pub mod papers;
pub mod words;

pub use house::House;

/// What one check found; nothing found is good.
#[derive(Debug)]
pub struct Check {
    /// The rule, in words.
    pub name: &'static str,
    /// Where it is broken, one sentence each.
    pub faults: Vec<String>,
}

impl Check {
    /// Whether the rule holds everywhere.
    pub fn is_good(&self) -> bool {
        self.faults.is_empty()
    }
}

/// The outcome of all checks.
#[derive(Debug)]
pub struct Report {
    /// Each rule with its faults.
    pub checks: Vec<Check>,
    /// What deserves a look and breaks no rule.
    pub warnings: Vec<String>,
}

impl Report {
    /// Prints every warning and fault.
    pub fn print(&self) {
        for warning in &self.warnings {
            eprintln!("tidy: look at {warning}");
        }
        for check in self.checks.iter().filter(|check| !check.is_good()) {
            eprintln!("tidy: {}", check.name);
            for fault in &check.faults {
                eprintln!("    {fault}");
            }
        }
    }
}

/// A rule: its words, and the function that finds where it is broken.
type Rule = (&'static str, fn(&House) -> Vec<String>);

/// The list. A new rule is one line here and one function with its test.
const RULES: &[Rule] = &[
    ("every file says in its first line what it is for (//!)", files::first_lines),
    ("no file is longer than 500 lines", files::too_long),
    ("no function is longer than 70 lines", functions::too_long),
    ("the crate edges in docs/ARCHITECTURE.md are the real ones", edges::table_is_true),
    ("the paths named in docs/ARCHITECTURE.md exist", papers::named_paths_exist),
    ("only storage and migrations have sea-orm", manifests::only_storage_says_sql),
    ("only outbound has reqwest among the crates of the server", manifests::only_outbound_has_reqwest),
    ("only the command for consumers has ureq", manifests::only_the_command_has_ureq),
    ("policies/* are MIT OR Apache-2.0, server/* are AGPL-3.0-only", manifests::licences),
    ("policies/* rest on nothing that is copyleft", graph::policies_rest_on_permissive_crates),
    ("there is one reqwest, one sqlx, one openssl", graph::one_of_each),
    ("there is no rustls in vetmoot-server", graph::no_rustls_in_the_server),
    ("the activities in FEDERATION.md are the real ones", papers::activities_are_true),
    ("every migration is registered", papers::migrations_are_registered),
    ("every shelf policy has cases", papers::shelf_policies_have_cases),
    ("CHANGELOG.md and the licences are there", papers::papers_exist),
    ("no official index and no path of a machine is spelled out", words::forbidden),
    ("nothing is left to do in the text", words::unfinished),
    ("no npm lock file names where a package was resolved", words::resolved_npm_locks),
];

/// Runs every rule over the house as it stands.
pub fn examine(place: &Place) -> Result<Report> {
    let house = House::read(place)?;
    let checks = RULES.iter().map(|(name, rule)| Check { name, faults: rule(&house) }).collect();
    Ok(Report { checks, warnings: files::long(&house) })
}

/// The command: prints the faults and fails when there is one.
pub fn run(place: &Place) -> Result<ExitCode> {
    let report = examine(place)?;
    report.print();
    let failed = report.checks.iter().filter(|check| !check.is_good()).count();
    println!("{} passed, {failed} failed", report.checks.len() - failed);
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[cfg(test)]
mod tests;
