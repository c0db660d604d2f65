//! Releases handed to the community: projects, candidates, their files, checks, credentials, and what is still to do.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::dialect::{Table, bytes, id, int, text};

/// Makes the tables of publish-through, and those of advisories issued here.
pub struct Submission;

impl MigrationName for Submission {
    fn name(&self) -> &'static str {
        "m0003_submission"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Submission {
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
pub const TABLES: &[Table] = &[
    PROJECTS,
    PROJECT_PEOPLE,
    TRUSTED_PUBLISHERS,
    PUBLISHER_TOKENS,
    OIDC_SEEN,
    CANDIDATES,
    CANDIDATE_FILES,
    CANDIDATE_MOVES,
    CHECK_RESULTS,
    CHECK_WAIVERS,
    CREDENTIALS,
    RELEASES,
    RELEASE_PAUSES,
    PACKAGE_ACTIONS,
    ADVISORIES,
];

const PROJECTS: Table = Table {
    name: "projects",
    columns: &[
        id("id"),
        int("package_id", "NOT NULL UNIQUE REFERENCES packages (id)"),
        // `official` or `community`; it never changes, since a name has one origin.
        text("home", "NOT NULL"),
        // The slug of the policy that vets it; the instance's own choice while empty.
        text("policy", ""),
        int("opened_by", "REFERENCES users (id)"),
        int("opened_at", "NOT NULL"),
        int("stopped_at", ""),
        text("stopped_by", ""),
    ],
    constraints: &[],
    indexes: &[],
};

const PROJECT_PEOPLE: Table = Table {
    name: "project_people",
    columns: &[
        int("project_id", "NOT NULL REFERENCES projects (id)"),
        int("user_id", "NOT NULL REFERENCES users (id)"),
        text("role", "NOT NULL"),
        text("appointed_by", "NOT NULL"),
        int("appointed_at", "NOT NULL"),
    ],
    constraints: &["PRIMARY KEY (project_id, user_id)"],
    indexes: &[("project_people_user", "(user_id)")],
};

const TRUSTED_PUBLISHERS: Table = Table {
    name: "trusted_publishers",
    columns: &[
        id("id"),
        int("project_id", "NOT NULL REFERENCES projects (id)"),
        text("issuer", "NOT NULL"),
        // JSON: the claims a token has to carry, each with its exact value.
        text("claims", "NOT NULL"),
        // Whoever names a publisher answers for what it uploads, and counts as its uploader.
        int("added_by", "NOT NULL REFERENCES users (id)"),
        int("added_at", "NOT NULL"),
        int("removed_at", ""),
    ],
    constraints: &[],
    indexes: &[("trusted_publishers_project", "(project_id)"), ("trusted_publishers_issuer", "(issuer)")],
};

const PUBLISHER_TOKENS: Table = Table {
    name: "publisher_tokens",
    columns: &[
        int("token_id", "PRIMARY KEY REFERENCES tokens (id)"),
        int("publisher_id", "NOT NULL REFERENCES trusted_publishers (id)"),
        // Whom the identity named: a repository and its workflow.
        text("subject", "NOT NULL"),
    ],
    constraints: &[],
    indexes: &[],
};

const OIDC_SEEN: Table = Table {
    name: "oidc_seen",
    columns: &[bytes("hash", "PRIMARY KEY"), int("expires_at", "NOT NULL")],
    constraints: &[],
    indexes: &[("oidc_seen_expires", "(expires_at)")],
};

const CANDIDATES: Table = Table {
    name: "candidates",
    columns: &[
        text("id", "PRIMARY KEY"),
        int("project_id", "NOT NULL REFERENCES projects (id)"),
        int("package_id", "NOT NULL REFERENCES packages (id)"),
        text("version", "NOT NULL"),
        text("state", "NOT NULL"),
        // 1 while it occupies its version, else empty: two empty values differ in both databases.
        int("live", ""),
        // Whoever answers for the upload; `uploaded_as` says whether a program did it in their name.
        int("uploader", "NOT NULL REFERENCES users (id)"),
        text("uploaded_as", ""),
        text("policy", "NOT NULL"),
        text("replaces", ""),
        int("created_at", "NOT NULL"),
        int("changed_at", "NOT NULL"),
        int("last_file_at", "NOT NULL"),
        int("staged_at", ""),
        int("released_at", ""),
        int("released_by", "REFERENCES users (id)"),
        text("reason", ""),
        // JSON: what was noticed at the upload and did not refuse it.
        text("findings", "NOT NULL"),
        // JSON: how the archive compares with the tagged source, when one was given.
        text("source", ""),
        text("salt", "NOT NULL"),
    ],
    constraints: &["UNIQUE (package_id, version, live)"],
    indexes: &[
        ("candidates_project", "(project_id, created_at)"),
        ("candidates_state", "(state, changed_at)"),
        ("candidates_created", "(created_at)"),
    ],
};

const CANDIDATE_FILES: Table = Table {
    name: "candidate_files",
    columns: &[
        id("id"),
        text("candidate_id", "NOT NULL REFERENCES candidates (id)"),
        text("file_name", "NOT NULL"),
        text("kind", "NOT NULL"),
        bytes("sha256", "NOT NULL"),
        bytes("sha512", "NOT NULL"),
        bytes("sha1", "NOT NULL"),
        int("size", "NOT NULL"),
        // JSON: what its index says of it beside the digests (an index line, core metadata, a manifest).
        text("metadata", "NOT NULL"),
        // JSON, as the client sent it; passed on unchanged.
        text("attestations", ""),
        int("uploaded_at", "NOT NULL"),
        text("step", "NOT NULL"),
        int("step_at", ""),
        text("detail", ""),
    ],
    constraints: &["UNIQUE (candidate_id, file_name)"],
    indexes: &[("candidate_files_sha256", "(sha256)")],
};

const CANDIDATE_MOVES: Table = Table {
    name: "candidate_moves",
    columns: &[
        id("id"),
        text("candidate_id", "NOT NULL REFERENCES candidates (id)"),
        text("state", "NOT NULL"),
        int("user_id", "REFERENCES users (id)"),
        text("moved_by", "NOT NULL"),
        text("reason", ""),
        int("at", "NOT NULL"),
    ],
    constraints: &[],
    indexes: &[("candidate_moves_candidate", "(candidate_id)")],
};

const CHECK_RESULTS: Table = Table {
    name: "check_results",
    columns: &[
        id("id"),
        text("candidate_id", "NOT NULL REFERENCES candidates (id)"),
        text("name", "NOT NULL"),
        text("result", "NOT NULL"),
        // The key that signed it, which says whose result it is.
        text("key", "NOT NULL"),
        // SHA-256 of the key and the signed words, and when they were first seen here, for whichever candidate: words that
        // are sent again are as old as they are.
        bytes("payload", "NOT NULL"),
        int("seen_at", "NOT NULL"),
        // The signed envelope, byte for byte as it came.
        text("envelope", "NOT NULL"),
        text("url", ""),
        text("detail", ""),
        text("posted_by", "NOT NULL"),
        int("posted_at", "NOT NULL"),
    ],
    constraints: &[],
    indexes: &[("check_results_candidate", "(candidate_id)"), ("check_results_payload", "(payload)")],
};

const CHECK_WAIVERS: Table = Table {
    name: "check_waivers",
    columns: &[
        id("id"),
        text("candidate_id", "NOT NULL REFERENCES candidates (id)"),
        text("name", "NOT NULL"),
        int("user_id", "NOT NULL REFERENCES users (id)"),
        text("reason", "NOT NULL"),
        int("waived_at", "NOT NULL"),
    ],
    constraints: &[],
    indexes: &[("check_waivers_candidate", "(candidate_id)")],
};

const CREDENTIALS: Table = Table {
    name: "credentials",
    columns: &[
        id("id"),
        text("ecosystem", "NOT NULL"),
        // The one package it is for; the whole ecosystem while empty.
        int("package_id", "REFERENCES packages (id)"),
        text("label", "NOT NULL"),
        // How it is presented: `token`, `password` with a user name before the colon, or `stage`, a token that may only
        // stage.
        text("kind", "NOT NULL"),
        int("added_by", "REFERENCES users (id)"),
        int("added_at", "NOT NULL"),
        int("expires_at", ""),
        int("warned_at", ""),
        int("retired_at", ""),
        int("last_used_at", ""),
        text("last_error", ""),
    ],
    constraints: &[],
    indexes: &[("credentials_ecosystem", "(ecosystem, package_id)")],
};

const RELEASES: Table = Table {
    name: "releases",
    columns: &[
        text("candidate_id", "PRIMARY KEY REFERENCES candidates (id)"),
        int("credential_id", "REFERENCES credentials (id)"),
        int("asked_by", "REFERENCES users (id)"),
        int("asked_at", "NOT NULL"),
        text("step", "NOT NULL"),
        int("tries", "NOT NULL"),
        int("not_before", "NOT NULL"),
        text("last_error", ""),
        // What the index calls it while it waits for an approval there.
        text("remote", ""),
        int("done_at", ""),
    ],
    constraints: &[],
    indexes: &[("releases_due", "(done_at, not_before)")],
};

const RELEASE_PAUSES: Table = Table {
    name: "release_pauses",
    columns: &[text("ecosystem", "PRIMARY KEY"), int("until", "NOT NULL"), text("reason", "NOT NULL")],
    constraints: &[],
    indexes: &[],
};

const PACKAGE_ACTIONS: Table = Table {
    name: "package_actions",
    columns: &[
        id("id"),
        int("project_id", "NOT NULL REFERENCES projects (id)"),
        // `yank`, `unyank` or `deprecate`.
        text("kind", "NOT NULL"),
        // JSON: the versions it is about.
        text("versions", "NOT NULL"),
        text("message", ""),
        int("asked_by", "NOT NULL REFERENCES users (id)"),
        int("asked_at", "NOT NULL"),
        // `asked`, `approved`, `done`, `failed` or `refused`.
        text("state", "NOT NULL"),
        int("decided_by", "REFERENCES users (id)"),
        int("decided_at", ""),
        int("tries", "NOT NULL"),
        int("not_before", "NOT NULL"),
        text("last_error", ""),
        int("done_at", ""),
    ],
    constraints: &[],
    indexes: &[("package_actions_project", "(project_id)"), ("package_actions_due", "(state, not_before)")],
};

const ADVISORIES: Table = Table {
    name: "advisories",
    columns: &[
        text("id", "PRIMARY KEY"),
        int("author", "NOT NULL REFERENCES users (id)"),
        int("package_id", "NOT NULL REFERENCES packages (id)"),
        // The OSV record, as it was issued.
        text("osv", "NOT NULL"),
        // The statement that carries it, signed where there is a domain.
        text("record", "NOT NULL"),
        text("salt", "NOT NULL"),
        int("issued_at", "NOT NULL"),
        int("withdrawn_at", ""),
        text("withdrawal", ""),
    ],
    constraints: &[],
    indexes: &[("advisories_package", "(package_id)")],
};
