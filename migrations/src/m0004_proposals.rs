//! Changes of policies and roles that wait for a second steward, and who has ever come in.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::dialect::{Table, id, int, text};

/// Makes the tables of proposals.
pub struct Proposals;

impl MigrationName for Proposals {
    fn name(&self) -> &'static str {
        "m0004_proposals"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Proposals {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for table in TABLES {
            for statement in table.statements(manager.get_database_backend()) {
                connection.execute_unprepared(&statement).await?;
            }
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// The tables, parents before children.
pub const TABLES: &[Table] = &[MEMBER_ARRIVALS, PROPOSALS];

const MEMBER_ARRIVALS: Table = Table {
    name: "member_arrivals",
    columns: &[
        int("user_id", "PRIMARY KEY REFERENCES users (id)"),
        // When a sign-in link of theirs was used first. Sessions end and are swept; that somebody is there does not.
        int("at", "NOT NULL"),
    ],
    constraints: &[],
    indexes: &[],
};

const PROPOSALS: Table = Table {
    name: "proposals",
    columns: &[
        id("id"),
        // `policy`, `roles` or `member`.
        text("kind", "NOT NULL"),
        // The slug of the policy, or the member's name.
        text("subject", "NOT NULL"),
        // JSON: what was in force when it was made; it is stale once that changed.
        text("base", "NOT NULL"),
        // JSON: what it asks for.
        text("payload", "NOT NULL"),
        int("proposed_by", "NOT NULL REFERENCES users (id)"),
        int("proposed_at", "NOT NULL"),
        int("expires_at", "NOT NULL"),
        // `waiting`, `accepted`, `refused` or `withdrawn`; one that waits past its end has lapsed without being written.
        text("state", "NOT NULL"),
        int("decided_by", "REFERENCES users (id)"),
        int("decided_at", ""),
    ],
    constraints: &[],
    indexes: &[("proposals_state", "(state, expires_at)"), ("proposals_subject", "(subject, state)")],
};
