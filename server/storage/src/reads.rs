//! The two hands that reach the database: a reader of the pool, and the one transaction that writes.

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, Statement, Value};

use crate::error::StoreError;
use crate::sql::Row;

/// Anything rows can be read through: [`Reader`] and [`Tx`], and nothing else.
pub trait Reads: sealed::Handled + Sync {}

pub(crate) mod sealed {
    /// What stays inside of [`super::Reads`].
    pub trait Handled {
        /// The connection behind it.
        fn handle(&self) -> super::Handle<'_>;
    }
}

/// Reads what is committed; each statement sees one moment.
#[derive(Debug, Clone)]
pub struct Reader {
    pub(crate) pool: DatabaseConnection,
}

/// The one writing transaction. What is not committed is rolled back when this is dropped.
///
/// While it is open no other one begins, so do not wait for a network inside of it.
#[derive(Debug)]
pub struct Tx {
    pub(crate) inner: DatabaseTransaction,
    pub(crate) waited_ms: u64,
}

impl Tx {
    /// Makes everything of this transaction durable at once; after `Ok` it is on disk.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.inner.commit().await.map_err(|error| with_wait(StoreError::from(error), self.waited_ms))
    }
    /// Gives everything up.
    pub async fn rollback(self) -> Result<(), StoreError> {
        Ok(self.inner.rollback().await?)
    }
    pub(crate) async fn run(&self, sql: &str, values: Vec<Value>) -> Result<u64, StoreError> {
        self.handle().run(sql, values).await
    }
    pub(crate) async fn all(&self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        self.handle().all(sql, values).await
    }
    pub(crate) async fn one(&self, sql: &str, values: Vec<Value>) -> Result<Option<Row>, StoreError> {
        self.handle().one(sql, values).await
    }
    fn handle(&self) -> Handle<'_> {
        Handle::Transaction(&self.inner)
    }
}

/// Puts the time really waited into an error about a lock.
pub fn with_wait(error: StoreError, waited_ms: u64) -> StoreError {
    match error {
        StoreError::Locked { cause, .. } => StoreError::Locked { waited_ms, cause },
        other => other,
    }
}

impl Reads for Reader {}
impl Reads for Tx {}

impl sealed::Handled for Reader {
    fn handle(&self) -> Handle<'_> {
        Handle::Pool(&self.pool)
    }
}

impl sealed::Handled for Tx {
    fn handle(&self) -> Handle<'_> {
        Handle::Transaction(&self.inner)
    }
}

/// A connection that statements go through.
#[derive(Debug, Clone, Copy)]
pub enum Handle<'a> {
    Pool(&'a DatabaseConnection),
    Transaction(&'a DatabaseTransaction),
}

impl Handle<'_> {
    pub fn backend(self) -> DbBackend {
        match self {
            Self::Pool(pool) => pool.get_database_backend(),
            Self::Transaction(transaction) => transaction.get_database_backend(),
        }
    }
    fn statement(self, sql: &str, values: Vec<Value>) -> Statement {
        Statement::from_sql_and_values(self.backend(), sql, values)
    }
    pub async fn all(self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let statement = self.statement(sql, values);
        let rows = match self {
            Self::Pool(pool) => pool.query_all_raw(statement).await?,
            Self::Transaction(transaction) => transaction.query_all_raw(statement).await?,
        };
        Ok(rows.into_iter().map(Row).collect())
    }
    pub async fn one(self, sql: &str, values: Vec<Value>) -> Result<Option<Row>, StoreError> {
        let statement = self.statement(sql, values);
        let row = match self {
            Self::Pool(pool) => pool.query_one_raw(statement).await?,
            Self::Transaction(transaction) => transaction.query_one_raw(statement).await?,
        };
        Ok(row.map(Row))
    }
    pub async fn run(self, sql: &str, values: Vec<Value>) -> Result<u64, StoreError> {
        let statement = self.statement(sql, values);
        let done = match self {
            Self::Pool(pool) => pool.execute_raw(statement).await?,
            Self::Transaction(transaction) => transaction.execute_raw(statement).await?,
        };
        Ok(done.rows_affected())
    }
}
