//! Opening the database, and the two ways into it.

use std::time::Duration;

use sea_orm::sqlx::ConnectOptions as _;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use vetmoot_migrations::{Migrator, MigratorTrait};

use crate::config::{Place, StoreConfig};
use crate::error::StoreError;
use crate::limits::{ACQUIRE_TIMEOUT_S, WRITER_CACHE_KIB};
use crate::reads::{Reader, Tx, with_wait};

/// The number under which writers of one PostgreSQL database wait for each other; it spells `vetmoot`.
const WRITER_LOCK: i64 = 0x76_65_74_6d_6f_6f_74;

/// The database: one writer, several readers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    writer: DatabaseConnection,
    readers: Reader,
    config: StoreConfig,
    applied: usize,
}

/// How the database is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// `sqlite` or `postgresql`.
    pub kind: &'static str,
    /// Where it is, without a password.
    pub place: String,
    /// The database program's version.
    pub version: String,
    /// The database's size on disk, in bytes.
    pub size: u64,
}

impl Store {
    /// Opens the database, makes it when it is not there, and brings it to this version's shape.
    pub async fn open(config: &StoreConfig) -> Result<Self, StoreError> {
        let place = config.describe();
        let opening = |error: DbErr| with_wait(StoreError::opening(&place, error), config.busy_timeout_ms);
        let (writer, readers) = match &config.place {
            Place::Sqlite(file) => {
                if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                    std::fs::create_dir_all(folder)
                        .map_err(|error| StoreError::Open { place: place.clone(), cause: Box::new(error) })?;
                }
                let writer = Database::connect(sqlite(config, file, true)).await.map_err(opening)?;
                let readers = Database::connect(sqlite(config, file, false)).await.map_err(opening)?;
                (writer, readers)
            }
            Place::Unknown(url) => return Err(StoreError::BadUrl { url: url.clone() }),
            Place::Postgres(url) => {
                let writer = Database::connect(postgres(config, url, true)).await.map_err(opening)?;
                let readers = Database::connect(postgres(config, url, false)).await.map_err(opening)?;
                (writer, readers)
            }
        };
        let applied = migrate(&writer).await.map_err(|error| with_wait(error, config.busy_timeout_ms))?;
        if applied > 0 {
            tracing::info!(applied, place, "brought the database to this version's shape");
        }
        Ok(Self { writer, readers: Reader { pool: readers }, config: config.clone(), applied })
    }

    /// How many migrations opening it applied.
    pub fn applied_migrations(&self) -> usize {
        self.applied
    }

    /// Begins the one writing transaction; waits for the one before it.
    ///
    /// On SQLite it takes the write lock at once (`BEGIN IMMEDIATE`), so that it can never fail half way because somebody
    /// else wrote in between; on PostgreSQL an advisory lock makes writers wait for each other, so that events get their
    /// numbers in the order in which they become visible.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let waited_ms = self.config.busy_timeout_ms;
        let locked = |error: DbErr| with_wait(StoreError::from(error), waited_ms);
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let options = if self.is_sqlite() { options } else { TransactionOptions::default() };
        let inner = self.writer.begin_with_options(options).await.map_err(locked)?;
        if !self.is_sqlite() {
            let lock = format!("SELECT pg_advisory_xact_lock({WRITER_LOCK})");
            inner.execute_unprepared(&lock).await.map_err(locked)?;
        }
        Ok(Tx { inner, waited_ms })
    }

    /// A reader of what is committed; cheap, take one whenever needed.
    pub fn read(&self) -> Reader {
        self.readers.clone()
    }

    /// Whether the database answers, and what it is.
    pub async fn health(&self) -> Result<Health, StoreError> {
        use crate::reads::sealed::Handled as _;
        let sql = if self.is_sqlite() {
            "SELECT sqlite_version(), (SELECT page_count FROM pragma_page_count()) * (SELECT page_size FROM pragma_page_size())"
        } else {
            "SELECT current_setting('server_version'), pg_database_size(current_database())"
        };
        let row = self.readers.handle().one(sql, Vec::new()).await?.ok_or_else(|| StoreError::missing("answer"))?;
        Ok(Health {
            kind: self.config.kind(),
            place: self.config.describe(),
            version: row.get(0)?,
            size: crate::sql::count(row.get(1)?),
        })
    }

    /// What SQLite finds wrong with its file; nothing on PostgreSQL, which checks for itself.
    pub async fn damage(&self) -> Result<Vec<String>, StoreError> {
        use crate::reads::sealed::Handled as _;
        if !self.is_sqlite() {
            return Ok(Vec::new());
        }
        let rows = self.readers.handle().all("PRAGMA integrity_check(20)", Vec::new()).await?;
        let found = rows.iter().map(|row| row.get::<String>(0)).collect::<Result<Vec<_>, _>>()?;
        Ok(found.into_iter().filter(|line| line != "ok").collect())
    }

    /// Closes every connection; SQLite then folds its write-ahead log into the file.
    pub async fn close(self) -> Result<(), StoreError> {
        self.readers.pool.close().await?;
        Ok(self.writer.close().await?)
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.writer.get_database_backend() == DbBackend::Sqlite
    }
}

async fn migrate(writer: &DatabaseConnection) -> Result<usize, StoreError> {
    let wrong = |error: DbErr| match StoreError::from(error) {
        StoreError::Database { cause } if cause.to_string().contains("is missing") => {
            StoreError::Newer { why: cause.to_string() }
        }
        StoreError::Database { cause } => StoreError::Migration { cause },
        other => other,
    };
    let pending = Migrator::get_pending_migrations(writer).await.map_err(wrong)?.len();
    if pending > 0 {
        Migrator::up(writer, None).await.map_err(wrong)?;
    }
    Ok(pending)
}

fn sqlite(config: &StoreConfig, file: &std::path::Path, writer: bool) -> ConnectOptions {
    let file = file.to_owned();
    let busy = Duration::from_millis(config.busy_timeout_ms);
    // The URL is only what the connector asks for; everything it would say is set below, so that any path will do.
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .max_connections(if writer { 1 } else { config.readers })
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(ACQUIRE_TIMEOUT_S))
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |_| {
            let options = SqliteConnectOptions::new()
                .filename(&file)
                .create_if_missing(writer)
                .foreign_keys(true)
                .busy_timeout(busy)
                .disable_statement_logging();
            if writer {
                // FULL: a commit that was answered is on disk even when the power fails right after.
                let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
                options.pragma("cache_size", format!("-{WRITER_CACHE_KIB}"))
            } else {
                options.pragma("query_only", "ON")
            }
        });
    options
}

fn postgres(config: &StoreConfig, url: &str, writer: bool) -> ConnectOptions {
    let lock_timeout = config.busy_timeout_ms.to_string();
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(if writer { 1 } else { config.readers })
        .acquire_timeout(Duration::from_secs(ACQUIRE_TIMEOUT_S))
        .sqlx_logging(false)
        .map_sqlx_postgres_opts(move |options| {
            // Every statement that is asked often has its index. A plan made while the tables were empty would go without,
            // and would be kept for as long as the connection lives.
            let options = options.options([("lock_timeout", lock_timeout.as_str()), ("enable_seqscan", "off")]);
            if writer {
                // An operator may have turned this off for the whole server; what we acknowledge has to be on disk.
                options.options([("synchronous_commit", "on")])
            } else {
                options.options([("default_transaction_read_only", "on")])
            }
        });
    options
}
