//! The first shape of the database: packages, what is said about them, policies, people, events, blobs.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::dialect::{Table, bytes, id, int, text};

/// Makes every table of the first release.
pub struct First;

impl MigrationName for First {
    fn name(&self) -> &'static str {
        "m0001_first"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for First {
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
    SETTINGS,
    USERS,
    SIGN_IN_LINKS,
    SESSIONS,
    TOKENS,
    PACKAGES,
    LISTINGS,
    ARTIFACTS,
    INCIDENTS,
    SOURCES,
    IMPORT_RUNS,
    AUDITS,
    EVIDENCE,
    IMPORT_SEEN,
    POLICY_TEXTS,
    POLICIES,
    POLICY_REVISIONS,
    LISTED,
    OBSERVED,
    EVENTS,
    BLOBS,
    BLOB_PINS,
];

const SETTINGS: Table = Table {
    name: "settings",
    columns: &[text("name", "PRIMARY KEY"), text("value", "NOT NULL")],
    constraints: &[],
    indexes: &[],
};

const USERS: Table = Table {
    name: "users",
    columns: &[
        id("id"),
        text("name", "NOT NULL UNIQUE"),
        // Words separated by spaces, in the order of rank.
        text("roles", "NOT NULL"),
        text("organisation", ""),
        int("created_at", "NOT NULL"),
    ],
    constraints: &[],
    indexes: &[],
};

const SIGN_IN_LINKS: Table = Table {
    name: "sign_in_links",
    columns: &[
        bytes("hash", "PRIMARY KEY"),
        int("user_id", "NOT NULL REFERENCES users (id)"),
        int("created_at", "NOT NULL"),
        int("expires_at", "NOT NULL"),
    ],
    constraints: &[],
    indexes: &[],
};

const SESSIONS: Table = Table {
    name: "sessions",
    columns: &[
        bytes("hash", "PRIMARY KEY"),
        int("user_id", "NOT NULL REFERENCES users (id)"),
        int("created_at", "NOT NULL"),
        int("seen_at", "NOT NULL"),
        int("expires_at", "NOT NULL"),
    ],
    constraints: &[],
    indexes: &[("sessions_user", "(user_id)")],
};

const TOKENS: Table = Table {
    name: "tokens",
    columns: &[
        id("id"),
        bytes("hash", "NOT NULL UNIQUE"),
        int("user_id", "NOT NULL REFERENCES users (id)"),
        text("scopes", "NOT NULL"),
        text("project", ""),
        int("created_at", "NOT NULL"),
        int("expires_at", "NOT NULL"),
        int("last_used_at", ""),
        int("revoked_at", ""),
    ],
    constraints: &[],
    indexes: &[("tokens_user", "(user_id)")],
};

const PACKAGES: Table = Table {
    name: "packages",
    columns: &[
        id("id"),
        text("ecosystem", "NOT NULL"),
        text("name", "NOT NULL"),
        int("epoch", "NOT NULL"),
        int("created_at", "NOT NULL"),
        int("first_listed_at", ""),
    ],
    constraints: &["UNIQUE (ecosystem, name)"],
    indexes: &[("packages_name", "(name)")],
};

const LISTINGS: Table = Table {
    name: "listings",
    columns: &[
        int("package_id", "PRIMARY KEY REFERENCES packages (id)"),
        text("etag", ""),
        text("last_modified", ""),
        text("content_type", ""),
        text("url", "NOT NULL"),
        int("fetched_at", "NOT NULL"),
        int("checked_at", "NOT NULL"),
        bytes("blob", "NOT NULL"),
        text("complaints", "NOT NULL"),
        text("traits", "NOT NULL"),
    ],
    constraints: &[],
    indexes: &[("listings_blob", "(blob)")],
};

const ARTIFACTS: Table = Table {
    name: "artifacts",
    columns: &[
        id("id"),
        int("package_id", "NOT NULL REFERENCES packages (id)"),
        text("version", "NOT NULL"),
        // Empty where a release is one file, since both databases take two NULLs for different.
        text("file_name", "NOT NULL"),
        bytes("sha256", ""),
        bytes("sha512", ""),
        int("size", ""),
        text("url", "NOT NULL"),
        int("published_at", ""),
        text("date_source", ""),
        int("first_seen_at", "NOT NULL"),
        int("present_at_first_sight", "NOT NULL"),
        text("publisher", ""),
    ],
    constraints: &["UNIQUE (package_id, version, file_name)"],
    indexes: &[("artifacts_sha256", "(sha256)")],
};

const INCIDENTS: Table = Table {
    name: "incidents",
    columns: &[
        id("id"),
        int("artifact_id", "NOT NULL REFERENCES artifacts (id)"),
        int("noticed_at", "NOT NULL"),
        text("pinned", "NOT NULL"),
        text("seen", "NOT NULL"),
        int("closed_at", ""),
        text("closed_by", ""),
    ],
    constraints: &["UNIQUE (artifact_id, seen)"],
    indexes: &[],
};

const SOURCES: Table = Table {
    name: "sources",
    columns: &[
        id("id"),
        text("name", "NOT NULL UNIQUE"),
        text("kind", "NOT NULL"),
        text("location", "NOT NULL"),
        int("every_ms", ""),
        // 1 once it showed an advisory about malware.
        int("malware", "NOT NULL"),
        int("created_at", "NOT NULL"),
        int("last_success_at", ""),
        text("etag", ""),
        text("last_modified", ""),
    ],
    constraints: &[],
    indexes: &[],
};

const IMPORT_RUNS: Table = Table {
    name: "import_runs",
    columns: &[
        id("id"),
        int("source_id", "NOT NULL REFERENCES sources (id)"),
        int("started_at", "NOT NULL"),
        int("finished_at", ""),
        int("read", "NOT NULL"),
        int("total", ""),
        // Counts, drops with examples and the error, as JSON, once the run is over.
        text("outcome", ""),
    ],
    constraints: &[],
    indexes: &[("import_runs_source", "(source_id, id)")],
};

const AUDITS: Table = Table {
    name: "audits",
    columns: &[
        text("id", "PRIMARY KEY"),
        int("package_id", "NOT NULL REFERENCES packages (id)"),
        // The version a full audit or a delta ends at.
        text("version", ""),
        int("user_id", "NOT NULL REFERENCES users (id)"),
        text("form", "NOT NULL"),
        text("record", "NOT NULL"),
        text("salt", "NOT NULL"),
        // 1 when the record carries a proof.
        int("proven", "NOT NULL"),
        int("recorded_at", "NOT NULL"),
        int("withdrawn_at", ""),
        text("withdrawn_reason", ""),
        text("withdrawn_record", ""),
    ],
    constraints: &[],
    indexes: &[
        ("audits_package", "(package_id, version)"),
        ("audits_user", "(user_id, recorded_at)"),
        ("audits_recorded", "(recorded_at, id)"),
    ],
};

const EVIDENCE: Table = Table {
    name: "evidence",
    columns: &[
        id("id"),
        int("package_id", "NOT NULL REFERENCES packages (id)"),
        // `audit` (a member's), `imported` or `advisory`.
        text("kind", "NOT NULL"),
        // The version a testimony ends at; what keeps the bytes of audited artifacts.
        text("version", ""),
        text("audit_id", "REFERENCES audits (id)"),
        int("user_id", "REFERENCES users (id)"),
        int("source_id", "REFERENCES sources (id)"),
        bytes("identity", ""),
        text("body", "NOT NULL"),
        // Recorded at, or first shown here.
        int("since", "NOT NULL"),
        // The run of its source that wrote it.
        int("run_id", ""),
        int("ended_at", ""),
    ],
    constraints: &["UNIQUE (identity, source_id)"],
    indexes: &[
        ("evidence_package", "(package_id)"),
        ("evidence_user", "(user_id) WHERE user_id IS NOT NULL"),
        ("evidence_audit", "(audit_id) WHERE audit_id IS NOT NULL"),
        ("evidence_source", "(source_id) WHERE source_id IS NOT NULL"),
        // Counting a million statements reads this and not their texts.
        ("evidence_counts", "(kind) WHERE ended_at IS NULL"),
    ],
};

const IMPORT_SEEN: Table = Table {
    name: "import_seen",
    // Entries a run showed unchanged, while it goes on: rewriting a million rows of evidence to say so would be a waste.
    columns: &[int("run_id", "NOT NULL"), int("evidence_id", "NOT NULL")],
    constraints: &["PRIMARY KEY (run_id, evidence_id)"],
    indexes: &[],
};

const POLICY_TEXTS: Table = Table {
    name: "policy_texts",
    columns: &[bytes("digest", "PRIMARY KEY"), bytes("bytes", "NOT NULL"), int("first_seen_at", "NOT NULL")],
    constraints: &[],
    indexes: &[],
};

const POLICIES: Table = Table {
    name: "policies",
    columns: &[
        text("slug", "PRIMARY KEY"),
        bytes("digest", "NOT NULL REFERENCES policy_texts (digest)"),
        text("mode", "NOT NULL"),
        int("revision", "NOT NULL"),
        int("adopted_at", "NOT NULL"),
        text("adopted_by", "NOT NULL"),
    ],
    constraints: &[],
    indexes: &[],
};

const POLICY_REVISIONS: Table = Table {
    name: "policy_revisions",
    columns: &[
        text("slug", "NOT NULL REFERENCES policies (slug)"),
        int("revision", "NOT NULL"),
        bytes("digest", "NOT NULL REFERENCES policy_texts (digest)"),
        text("mode", "NOT NULL"),
        int("adopted_at", "NOT NULL"),
        text("adopted_by", "NOT NULL"),
    ],
    constraints: &["PRIMARY KEY (slug, revision)"],
    indexes: &[],
};

const LISTED: Table = Table {
    name: "listed",
    columns: &[
        text("slug", "NOT NULL"),
        int("package_id", "NOT NULL REFERENCES packages (id)"),
        // Keys of artifacts (file name, or version where a release is one file), ascending, a line each.
        text("keys", "NOT NULL"),
        int("amount", "NOT NULL"),
    ],
    constraints: &["PRIMARY KEY (slug, package_id)"],
    indexes: &[],
};

const OBSERVED: Table = Table {
    name: "observed",
    columns: &[
        text("slug", "NOT NULL"),
        // The artifact's purl.
        text("artifact", "NOT NULL"),
        text("reason", "NOT NULL"),
        int("first_at", "NOT NULL"),
        int("last_at", "NOT NULL"),
        int("times", "NOT NULL"),
    ],
    constraints: &["PRIMARY KEY (slug, artifact, reason)"],
    indexes: &[("observed_last", "(slug, last_at)")],
};

const EVENTS: Table = Table {
    name: "events",
    columns: &[id("seq"), text("topic", "NOT NULL"), text("subject", "NOT NULL"), text("actor", ""), int("at", "NOT NULL")],
    constraints: &[],
    indexes: &[],
};

const BLOBS: Table = Table {
    name: "blobs",
    columns: &[
        bytes("sha256", "PRIMARY KEY"),
        int("size", "NOT NULL"),
        int("stored_at", "NOT NULL"),
        int("last_used_at", "NOT NULL"),
    ],
    constraints: &[],
    indexes: &[("blobs_last_used", "(last_used_at)")],
};

const BLOB_PINS: Table = Table {
    name: "blob_pins",
    columns: &[bytes("sha256", "NOT NULL"), text("reason", "NOT NULL"), int("pinned_at", "NOT NULL")],
    constraints: &["PRIMARY KEY (sha256, reason)"],
    indexes: &[],
};
