//! One token of a program for several projects: each named with the trusted publisher that its identity is there.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::dialect::{Table, int};

/// Makes the table, and says in it what the tokens of before are for.
pub struct TokenProjects;

impl MigrationName for TokenProjects {
    fn name(&self) -> &'static str {
        "m0005_token_projects"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for TokenProjects {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for table in TABLES {
            for statement in table.statements(manager.get_database_backend()) {
                connection.execute_unprepared(&statement).await?;
            }
        }
        connection.execute_unprepared(TOKENS_OF_BEFORE).await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Tokens that are in use while the instance is brought up to date stay good for their one project.
const TOKENS_OF_BEFORE: &str = "INSERT INTO token_projects (token_id, project_id, publisher_id) \
     SELECT k.token_id, t.project_id, t.id FROM publisher_tokens k JOIN trusted_publishers t ON t.id = k.publisher_id";

/// The tables, parents before children.
pub const TABLES: &[Table] = &[TOKEN_PROJECTS];

const TOKEN_PROJECTS: Table = Table {
    name: "token_projects",
    columns: &[
        int("token_id", "NOT NULL REFERENCES tokens (id)"),
        int("project_id", "NOT NULL REFERENCES projects (id)"),
        // Whom this project trusts under the token's identity; who named it answers for what is handed in here.
        int("publisher_id", "NOT NULL REFERENCES trusted_publishers (id)"),
    ],
    constraints: &["PRIMARY KEY (token_id, project_id)"],
    indexes: &[("token_projects_publisher", "(publisher_id)")],
};
