//! The world a test lives in: a fresh database of either kind, people, and words for what they say.

use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::{ConnectionTrait as _, Database};
use vetmoot_domain::{Audit, AuditForm, Digest, Package, Role, Timestamp};
use vetmoot_storage::audits::NewAudit;
use vetmoot_storage::users::UserRow;
use vetmoot_storage::{Store, StoreConfig, Tx, users};

use crate::postgres;

/// Runs each named test once on SQLite and once on PostgreSQL.
macro_rules! on_both_databases {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::world::World::sqlite().await).await;
            })*
        }
        mod on_postgresql {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let Some(world) = crate::world::World::postgresql().await else { return };
                super::$name(world).await;
            })*
        }
    };
}
pub(crate) use on_both_databases;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A fresh database, and a folder for what else a test needs.
pub struct World {
    pub store: Store,
    pub config: StoreConfig,
    pub folder: tempfile::TempDir,
    url: String,
}

/// The configuration and URL of an empty SQLite database in this folder.
pub fn empty_sqlite(folder: &std::path::Path) -> (StoreConfig, String) {
    let file = folder.join(format!("{}.db", NEXT.fetch_add(1, Ordering::Relaxed)));
    (StoreConfig::sqlite(&file), format!("sqlite://{}", file.display()))
}

/// The configuration and URL of an empty PostgreSQL database.
pub async fn empty_postgresql() -> Option<(StoreConfig, String)> {
    let server = postgres::url()?;
    let name = format!("vetmoot_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let admin = Database::connect(format!("{server}/postgres")).await.unwrap();
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    admin.close().await.unwrap();
    let url = format!("{server}/{name}");
    Some((StoreConfig::url(&url), url))
}

impl World {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (config, url) = empty_sqlite(folder.path());
        Self { store: Store::open(&config).await.unwrap(), config, folder, url }
    }

    pub async fn postgresql() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let (config, url) = empty_postgresql().await?;
        Some(Self { store: Store::open(&config).await.unwrap(), config, folder, url })
    }

    pub fn is_sqlite(&self) -> bool {
        self.config.kind() == "sqlite"
    }

    /// A statement past the store, for what only an intruder or an operator would do.
    pub async fn behind_its_back(&self, sql: &str) {
        let raw = Database::connect(&self.url).await.unwrap();
        raw.execute_unprepared(sql).await.unwrap();
        raw.close().await.unwrap();
    }

    /// One transaction around `work`, committed.
    pub async fn write<T, F: AsyncFnOnce(&Tx) -> T>(&self, work: F) -> T {
        let tx = self.store.begin().await.unwrap();
        let done = work(&tx).await;
        tx.commit().await.unwrap();
        done
    }

    /// The package's epoch.
    pub async fn epoch(&self, purl: &str) -> i64 {
        let row = vetmoot_storage::packages::find(&self.store.read(), &package(purl)).await.unwrap();
        row.map_or(0, |row| row.epoch)
    }
}

/// A moment `day` days after some beginning.
pub fn day(day: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + day * 86_400_000)
}

pub fn package(purl: &str) -> Package {
    purl.parse().unwrap()
}

/// The SHA-256 of a text, standing for some bytes.
pub fn sha256(text: &str) -> Digest {
    Digest::Sha256(<sha2::Sha256 as sha2::Digest>::digest(text.as_bytes()).into())
}

/// An audit in a line: `full pkg:cargo/serde@1.0.0 safe-to-deploy`, `violation pkg:cargo/serde <1.0.0 safe-to-run`.
pub fn audit(line: &str) -> Audit {
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut form = AuditForm { kind: words[0].to_owned(), release: words[1].to_owned(), ..AuditForm::default() };
    let mut rest = &words[2..];
    match words[0] {
        "violation" => form.range = Some(rest[0].to_owned()),
        "delta" => form.from = Some(rest[0].to_owned()),
        _ => form.depth = Some("read".to_owned()),
    }
    if words[0] != "full" {
        rest = &rest[1..];
    }
    form.criteria = rest.iter().map(|&word| word.to_owned()).collect();
    form.parse().unwrap()
}

/// A member with these roles.
pub async fn member(tx: &Tx, name: &str, roles: &[Role]) -> UserRow {
    users::create(tx, &name.parse().unwrap(), roles, None, day(0)).await.unwrap()
}

/// An audit about to be recorded.
pub fn new_audit(id: &str, author: i64, line: &str, at: Timestamp) -> NewAudit {
    let record = format!(r#"{{"type":"Audit","id":"{id}"}}"#);
    NewAudit { id: id.to_owned(), author, audit: audit(line), record, salt: "c2FsdA".to_owned(), recorded_at: at }
}
