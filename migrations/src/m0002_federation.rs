//! Federation: other servers and their actors, who follows whom, what comes in, what goes out, statements and their log.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::dialect::{Table, bytes, id, int, text};

/// Makes the tables of federation.
pub struct Federation;

impl MigrationName for Federation {
    fn name(&self) -> &'static str {
        "m0002_federation"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Federation {
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
    HOSTS,
    MODERATION,
    ACTORS,
    SERVICE_ACTORS,
    FOLLOWERS,
    FOLLOWING,
    ACTIVITIES,
    DELIVERIES,
    INBOX,
    STATEMENTS,
    EQUIVOCATIONS,
    LOGS,
    LOG_LEAVES,
    LOG_HASHES,
    LOG_FORKS,
];

const HOSTS: Table = Table {
    name: "hosts",
    columns: &[
        id("id"),
        // Scheme, host and port, as in `https://vet.example.org`; the usual port is left out.
        text("origin", "NOT NULL UNIQUE"),
        text("software", ""),
        // `cavage` or `rfc9421`: the signature this host takes, once known.
        text("signature", ""),
        // `ok`, `slow` or `dead`.
        text("state", "NOT NULL"),
        // Failures since the last success, and when they began.
        int("failures", "NOT NULL"),
        int("failing_since", ""),
        // Nothing is sent before.
        int("next_try_at", ""),
        int("paused", "NOT NULL"),
        int("last_in_at", ""),
        int("last_out_at", ""),
        text("last_error", ""),
        int("nodeinfo_at", ""),
        int("created_at", "NOT NULL"),
    ],
    constraints: &[],
    indexes: &[("hosts_state", "(state, next_try_at)")],
};

const MODERATION: Table = Table {
    name: "moderation",
    columns: &[
        // A host name without scheme, covering the names below it, or the address of one actor.
        text("subject", "PRIMARY KEY"),
        // `block` or `allow`.
        text("verdict", "NOT NULL"),
        text("reason", "NOT NULL"),
        text("decided_by", "NOT NULL"),
        int("decided_at", "NOT NULL"),
    ],
    constraints: &[],
    indexes: &[],
};

const ACTORS: Table = Table {
    name: "actors",
    columns: &[
        id("id"),
        text("uri", "NOT NULL UNIQUE"),
        int("host_id", "NOT NULL REFERENCES hosts (id)"),
        // `Person`, `Group`, `Organization`, `Application`, `Service`.
        text("kind", "NOT NULL"),
        // `name@host`.
        text("handle", "NOT NULL"),
        text("name", "NOT NULL"),
        text("inbox", "NOT NULL"),
        text("shared_inbox", ""),
        // The document as fetched, as JSON.
        text("document", "NOT NULL"),
        int("fetched_at", "NOT NULL"),
        int("gone_at", ""),
        text("moved_to", ""),
    ],
    constraints: &[],
    indexes: &[("actors_host", "(host_id)")],
};

const SERVICE_ACTORS: Table = Table {
    name: "service_actors",
    // Packages and policies somebody asked for as actors.
    columns: &[
        text("handle", "PRIMARY KEY"),
        // `package` or `policy`.
        text("kind", "NOT NULL"),
        // The purl or the slug.
        text("target", "NOT NULL"),
        int("created_at", "NOT NULL"),
    ],
    constraints: &["UNIQUE (kind, target)"],
    indexes: &[],
};

const FOLLOWERS: Table = Table {
    name: "followers",
    columns: &[
        id("id"),
        // The path of the local actor: `/community`, `/users/ada` ...
        text("local", "NOT NULL"),
        int("actor_id", "NOT NULL REFERENCES actors (id)"),
        // The id of their Follow.
        text("follow_uri", "NOT NULL"),
        int("since", "NOT NULL"),
    ],
    constraints: &["UNIQUE (local, actor_id)"],
    indexes: &[("followers_actor", "(actor_id)")],
};

const FOLLOWING: Table = Table {
    name: "following",
    columns: &[
        id("id"),
        int("actor_id", "NOT NULL UNIQUE REFERENCES actors (id)"),
        // The id of our Follow.
        text("follow_uri", "NOT NULL UNIQUE"),
        // `requested`, `accepted`, `rejected`, `ended`.
        text("state", "NOT NULL"),
        // Under this source its statements are evidence.
        int("source_id", "NOT NULL REFERENCES sources (id)"),
        int("requested_at", "NOT NULL"),
        int("accepted_at", ""),
        // Where its log is, its key (a C2SP verifier key), and how far it was read.
        text("log_url", ""),
        int("log_id", ""),
        int("log_total", ""),
        // The first leaf whose statement was not looked for yet.
        int("log_taken", "NOT NULL"),
        int("checked_at", ""),
        int("next_check_at", ""),
        // Failures since the last look that succeeded.
        int("failures", "NOT NULL"),
        text("last_error", ""),
    ],
    constraints: &[],
    indexes: &[("following_due", "(next_check_at)"), ("following_source", "(source_id)")],
};

const ACTIVITIES: Table = Table {
    name: "activities",
    columns: &[
        id("seq"),
        text("uri", "NOT NULL UNIQUE"),
        // The path of the local actor.
        text("actor", "NOT NULL"),
        text("kind", "NOT NULL"),
        // The address of the object, and the page of ours it is about.
        text("object", "NOT NULL"),
        text("about", "NOT NULL"),
        text("body", "NOT NULL"),
        // 0 passes everything else; 1 is usual.
        int("lane", "NOT NULL"),
        // 1 when it stands in the actor's outbox.
        int("public", "NOT NULL"),
        int("event_seq", ""),
        int("at", "NOT NULL"),
    ],
    constraints: &[],
    indexes: &[("activities_actor", "(actor, seq)"), ("activities_about", "(about)")],
};

const DELIVERIES: Table = Table {
    name: "deliveries",
    columns: &[
        id("id"),
        int("activity_seq", "NOT NULL REFERENCES activities (seq)"),
        int("host_id", "NOT NULL REFERENCES hosts (id)"),
        text("inbox", "NOT NULL"),
        int("lane", "NOT NULL"),
        // `queued`, `retry`, `sent` or `gone`.
        text("state", "NOT NULL"),
        int("tries", "NOT NULL"),
        int("next_at", "NOT NULL"),
        text("last_error", ""),
        int("sent_at", ""),
    ],
    constraints: &["UNIQUE (activity_seq, inbox)"],
    indexes: &[("deliveries_waiting", "(host_id, lane, next_at, id) WHERE state IN ('queued', 'retry')")],
};

const INBOX: Table = Table {
    name: "inbox",
    columns: &[
        id("id"),
        text("activity_uri", "NOT NULL"),
        // SHA-256 of the raw body.
        bytes("digest", "NOT NULL"),
        text("origin", "NOT NULL"),
        text("actor_uri", "NOT NULL"),
        text("kind", "NOT NULL"),
        // Gone once it is applied.
        text("body", ""),
        int("lane", "NOT NULL"),
        // `new`, `done` or `poison`.
        text("state", "NOT NULL"),
        // `applied`, `already-seen`, `unknown`, `refused` or `retry`.
        text("outcome", ""),
        text("detail", ""),
        int("tries", "NOT NULL"),
        int("next_at", "NOT NULL"),
        int("received_at", "NOT NULL"),
        int("done_at", ""),
    ],
    constraints: &["UNIQUE (activity_uri, digest)"],
    indexes: &[
        ("inbox_waiting", "(origin, lane, next_at, id) WHERE state = 'new'"),
        ("inbox_done", "(done_at) WHERE state = 'done'"),
        ("inbox_poison", "(id) WHERE state = 'poison'"),
    ],
};

const STATEMENTS: Table = Table {
    name: "statements",
    columns: &[
        id("id"),
        // The record's own id.
        text("uri", "NOT NULL UNIQUE"),
        // SHA-256 of its canonical form, proof included: its leaf in the log.
        bytes("digest", "NOT NULL"),
        // `Audit`, `Withdrawal`, `PolicyRevision`, `Erasure`, or a kind unknown here.
        text("kind", "NOT NULL"),
        text("author", "NOT NULL"),
        // None for our own.
        int("source_id", "REFERENCES sources (id)"),
        int("package_id", "REFERENCES packages (id)"),
        // What it withdraws, erases or revises.
        text("object", ""),
        // Gone when it was erased; the erasure note stands in its place in answers.
        text("record", ""),
        text("note", ""),
        int("published_at", "NOT NULL"),
        int("received_at", "NOT NULL"),
        // `own`, `post`, `log` or `fetch`.
        text("via", "NOT NULL"),
        // Its place in its community's log, once known.
        int("leaf", ""),
        int("withdrawn_at", ""),
        text("withdrawn_reason", ""),
    ],
    constraints: &[],
    indexes: &[
        ("statements_leaf", "(source_id, leaf)"),
        ("statements_package", "(package_id) WHERE package_id IS NOT NULL"),
        ("statements_object", "(object) WHERE object IS NOT NULL"),
        ("statements_digest", "(digest)"),
        ("statements_author", "(author)"),
    ],
};

const EQUIVOCATIONS: Table = Table {
    name: "equivocations",
    // Another record under an id that was taken.
    columns: &[
        id("id"),
        text("uri", "NOT NULL"),
        bytes("digest", "NOT NULL"),
        text("record", "NOT NULL"),
        int("seen_at", "NOT NULL"),
    ],
    constraints: &["UNIQUE (uri, digest)"],
    indexes: &[],
};

const LOGS: Table = Table {
    name: "logs",
    columns: &[
        id("id"),
        // The checkpoint's origin line.
        text("origin", "NOT NULL UNIQUE"),
        // The C2SP verifier key.
        text("vkey", "NOT NULL"),
        // 1 for our own.
        int("own", "NOT NULL"),
        int("size", "NOT NULL"),
        bytes("root", ""),
        // The newest signed checkpoint.
        text("note", ""),
        int("seen_at", ""),
    ],
    constraints: &[],
    indexes: &[],
};

const LOG_LEAVES: Table = Table {
    name: "log_leaves",
    columns: &[
        int("log_id", "NOT NULL REFERENCES logs (id)"),
        int("idx", "NOT NULL"),
        // The entry: the digest of the statement.
        bytes("digest", "NOT NULL"),
        int("at", "NOT NULL"),
    ],
    constraints: &["PRIMARY KEY (log_id, idx)"],
    indexes: &[("log_leaves_digest", "(log_id, digest)")],
};

const LOG_HASHES: Table = Table {
    name: "log_hashes",
    // The stored hashes of the tree, numbered as `tlog_tiles::stored_hash_index` does.
    columns: &[int("log_id", "NOT NULL REFERENCES logs (id)"), int("idx", "NOT NULL"), bytes("hash", "NOT NULL")],
    constraints: &["PRIMARY KEY (log_id, idx)"],
    indexes: &[],
};

const LOG_FORKS: Table = Table {
    name: "log_forks",
    columns: &[
        id("id"),
        int("log_id", "NOT NULL REFERENCES logs (id)"),
        int("size", "NOT NULL"),
        // The checkpoint that contradicts, and the one it contradicts.
        text("note", "NOT NULL"),
        text("known_note", "NOT NULL"),
        int("seen_at", "NOT NULL"),
        int("seen_by_admin_at", ""),
    ],
    constraints: &["UNIQUE (log_id, size, note)"],
    indexes: &[],
};
