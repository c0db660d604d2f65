//! The database's history, append-only: each migration is one file, and a file that was released never changes.
//!
//! The same text serves SQLite and PostgreSQL; the few words in which they differ stand in [`dialect`].

mod dialect;
mod m0001_first;
mod m0002_federation;
mod m0003_submission;
mod m0004_proposals;
mod m0005_token_projects;

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::{MigrationTrait, async_trait};

/// Runs the migrations in order; each is applied in a transaction of its own, so a start that dies leaves none half done.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_first::First),
            Box::new(m0002_federation::Federation),
            Box::new(m0003_submission::Submission),
            Box::new(m0004_proposals::Proposals),
            Box::new(m0005_token_projects::TokenProjects),
        ]
    }
}

/// Every table that holds the instance's own data, parents before children, as a copy has to be read back.
///
/// Each with its columns in order and what they hold; `id` columns that the database numbers itself are marked.
pub fn tables() -> impl Iterator<Item = &'static dialect::Table> {
    m0001_first::TABLES
        .iter()
        .chain(m0002_federation::TABLES)
        .chain(m0003_submission::TABLES)
        .chain(m0004_proposals::TABLES)
        .chain(m0005_token_projects::TABLES)
}

pub use dialect::{Column, Kind, Table};

#[cfg(test)]
mod tests;
