//! The world a test lives in: a fresh database of either kind, an index, a clock, people, and words for what they do.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::StreamExt as _;
use vetmoot_domain::{Adoption, Artifact, AuditForm, Decision, Ecosystem, Package, Role, Slug, Span, State, Timestamp};
use vetmoot_keys::{Keyring, MasterSecret};
use vetmoot_outbound::{Outbound, OutboundConfig};
use vetmoot_storage::{BlobStore, Store, StoreConfig, events};
use vetmoot_workflows::audit::{AuditRow, record};
use vetmoot_workflows::clock::{Clock, HandClock};
use vetmoot_workflows::member::create;
use vetmoot_workflows::metrics::Metrics;
use vetmoot_workflows::policy::adopt::{self, Adopt, AdoptError, AdoptedNow};
use vetmoot_workflows::policy::book::{Adopted, Book};
use vetmoot_workflows::registry::bytes::{Outcome, Source};
use vetmoot_workflows::registry::upstream::{Upstream, Upstreams};
use vetmoot_workflows::registry::{Registry, bytes, decisions};
use vetmoot_workflows::reserved::Reserved;
use vetmoot_workflows::{BaseUrl, Ctx, Origin, Parts, Problem, limits};

use crate::index::Index;
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

/// The policy most tests are about: a week of waiting.
pub const COOLDOWN: &str = "cooldown";
/// A policy that wants one audit.
pub const AUDITED: &str = "safe-to-deploy";

/// An instance without its doors, the index behind it, and the clock both go by.
pub struct World {
    pub ctx: Ctx,
    pub clock: Arc<HandClock>,
    pub index: Index,
    pub folder: tempfile::TempDir,
    database: StoreConfig,
}

/// What a context has that not every test wants.
#[derive(Default)]
pub struct Setup {
    pub domain: Option<&'static str>,
    pub reserved: Vec<&'static str>,
    /// Another index than the one of the tests for these.
    pub upstreams: Vec<(Ecosystem, String)>,
    /// An index that stands where the official one of these is.
    pub official: Vec<(Ecosystem, String)>,
    /// Where releases of these are uploaded.
    pub targets: Vec<(Ecosystem, String)>,
    /// Whether other servers may be on loopback and speak http.
    pub insecure: bool,
    /// Issuers of identities that stand in for tokens.
    pub issuers: Vec<String>,
    /// Another clock than the one of the tests.
    pub clock: Option<Arc<dyn Clock>>,
    /// The way to other servers; without it there is none.
    pub peers: Option<Arc<dyn vetmoot_workflows::peer::Peers>>,
}

/// Noon of some day; the clock begins here.
pub const START: Timestamp = Timestamp::from_millis(1_700_049_600_000);

impl World {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = StoreConfig::data_dir(folder.path());
        Self::new(folder, config).await
    }

    pub async fn postgresql() -> Option<Self> {
        let server = postgres::url()?;
        let name = format!("vetmoot_workflows_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let psql = Command::new("psql")
            .args(["-X", "-q", "-d", &format!("{server}/postgres"), "-c", &format!("CREATE DATABASE {name}")])
            .output();
        let psql = psql.expect("psql comes with PostgreSQL's server");
        assert!(psql.status.success(), "{}", String::from_utf8_lossy(&psql.stderr));
        Some(Self::new(tempfile::tempdir().unwrap(), StoreConfig::url(&format!("{server}/{name}"))).await)
    }

    async fn new(folder: tempfile::TempDir, database: StoreConfig) -> Self {
        let clock = Arc::new(HandClock::at(START));
        let index = Index::start(START);
        let ctx = open(&folder, &database, &clock, &index, &Setup::default()).await;
        Self { ctx, clock, index, folder, database }
    }

    /// Another process on the same data.
    pub async fn another(&self, setup: &Setup) -> Ctx {
        open(&self.folder, &self.database, &self.clock, &self.index, setup).await
    }

    /// Turns the clock.
    pub fn turn(&self, by: &str) {
        self.clock.turn(by.parse::<Span>().unwrap());
    }

    pub fn write(&self, name: &str, text: &str) -> std::path::PathBuf {
        let path = self.folder.path().join("given").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Adopts a policy of the shelf under its own name.
    pub async fn shelf(&self, name: &str) -> AdoptedNow {
        self.adopt(name, adopt::from_shelf(name).unwrap(), Adoption::Enforce).await.unwrap()
    }

    pub async fn adopt(&self, slug: &str, toml: &str, mode: Adoption) -> Result<AdoptedNow, AdoptError> {
        adopt::adopt(&self.ctx, &Origin::Operator, Adopt { slug: slug.parse().unwrap(), bytes: toml.as_bytes().to_vec(), mode })
            .await?
            .done()
            .map_err(AdoptError::from)
    }

    pub fn adopted(&self, slug: &str) -> Arc<Adopted> {
        self.ctx.book.newest(&slug.parse::<Slug>().unwrap()).unwrap()
    }

    pub async fn member(&self, name: &str, roles: &[Role]) -> Origin {
        let row =
            create::create(&self.ctx, &Origin::Operator, &name.parse().unwrap(), roles, None).await.unwrap().done().unwrap();
        Origin::Member { id: row.id, name: row.name, roles: row.roles }
    }

    pub async fn record(&self, who: &Origin, form: &AuditForm) -> Result<AuditRow, Problem> {
        record::record(&self.ctx, who, form).await
    }

    /// The decision on a release.
    pub async fn decision(&self, slug: &str, purl: &str) -> Decision {
        decision(&self.ctx, slug, purl).await.unwrap()
    }

    pub async fn state(&self, slug: &str, purl: &str) -> State {
        self.decision(slug, purl).await.state
    }

    /// The bytes of a crate's release, or the code of what stands against them.
    pub async fn bytes(&self, slug: &str, name: &str, version: &str) -> Result<Vec<u8>, &'static str> {
        bytes_from(&self.ctx, &self.adopted(slug), name, version).await
    }

    /// The topics of all events so far.
    pub async fn topics(&self) -> Vec<&'static str> {
        let rows = events::after(&self.ctx.store.read(), 0, 1_000).await.unwrap();
        rows.iter().map(|row| row.topic.as_str()).collect()
    }
}

pub async fn decision(ctx: &Ctx, slug: &str, purl: &str) -> Result<Decision, Problem> {
    let artifact: Artifact = purl.parse().unwrap();
    Ok(decisions::decide(ctx, &slug.parse().unwrap(), &artifact, None).await?.decision)
}

pub async fn bytes_from(ctx: &Ctx, adopted: &Arc<Adopted>, name: &str, version: &str) -> Result<Vec<u8>, &'static str> {
    let package = Package::new(Ecosystem::Cargo, name).unwrap();
    let opened = match bytes::open(ctx, adopted, &package, |entry| entry.version.as_str() == version, false).await {
        Ok(Outcome::Open(opened)) => opened,
        Ok(Outcome::Withheld { decision, .. }) => return Err(decision.reasons[0].code),
        Err(problem) => return Err(problem.code),
    };
    match opened.source {
        Source::Memory(bytes) => Ok(bytes.to_vec()),
        Source::File(path) => Ok(std::fs::read(path).unwrap()),
        Source::Coming(download) => {
            let mut whole = Vec::new();
            let mut pieces = Box::pin(download.follow());
            while let Some(piece) = pieces.next().await {
                whole.extend_from_slice(&piece.map_err(|problem| problem.code)?);
            }
            Ok(whole)
        }
    }
}

/// A full audit of a release.
pub fn full(release: &str) -> AuditForm {
    AuditForm {
        kind: "full".to_owned(),
        release: release.to_owned(),
        criteria: vec!["safe-to-deploy".to_owned()],
        depth: Some("read".to_owned()),
        ..AuditForm::default()
    }
}

async fn open(folder: &tempfile::TempDir, database: &StoreConfig, clock: &Arc<HandClock>, index: &Index, setup: &Setup) -> Ctx {
    let store = Store::open(database).await.unwrap();
    // The loopback address stands for every index: what a test does not publish is not there.
    let mut upstreams = BTreeMap::new();
    for (ecosystem, url) in
        [(Ecosystem::Cargo, index.url()), (Ecosystem::Npm, index.server.url()), (Ecosystem::Pypi, index.server.url())]
    {
        let other = setup.upstreams.iter().find(|(other, _)| *other == ecosystem);
        let url = other.map_or(url, |(_, url)| url.clone());
        upstreams.insert(ecosystem, Upstream::configured(url.parse().unwrap(), &[]).unwrap());
    }
    for (ecosystem, url) in &setup.official {
        upstreams.insert(*ecosystem, Upstream::official_at(*ecosystem, url.parse().unwrap()).unwrap());
    }
    let parts = Parts {
        blobs: BlobStore::in_folder(&folder.path().join("blobs"), store.clone()).await.unwrap(),
        store,
        outbound: Outbound::new(OutboundConfig::new("vetmoot-tests")).unwrap(),
        keys: Keyring::open(folder.path(), MasterSecret::ensure_in(folder.path()).unwrap()).unwrap(),
        clock: setup.clock.clone().unwrap_or_else(|| clock.clone()),
        upstreams: Upstreams::new(upstreams).unwrap(),
        listing_fresh: limits::LISTING_FRESH,
        reserved: Reserved::new(setup.reserved.iter().map(|pattern| pattern.parse().unwrap()).collect()),
        publishing: vetmoot_workflows::submission::Publishing {
            issuers: setup.issuers.iter().map(|issuer| issuer.parse().unwrap()).collect(),
            targets: setup.targets.iter().map(|(ecosystem, url)| (*ecosystem, url.parse().unwrap())).collect(),
            ..vetmoot_workflows::submission::Publishing::default()
        },
        base_url: BaseUrl::of_domain(setup.domain.unwrap_or("trial.example"), setup.insecure),
        domain: setup.domain.map(str::to_owned),
        insecure: setup.insecure,
        moderation: vetmoot_workflows::moderation::Lists::default(),
        signals: vetmoot_workflows::peer::Signals::default(),
        community: vetmoot_workflows::ctx::Community::default(),
        peers: setup.peers.clone().unwrap_or_else(|| Arc::new(vetmoot_workflows::peer::NoPeers)),
        book: Book::default(),
        registry: Registry::default(),
        metrics: Arc::new(Metrics::default()),
        world: vetmoot_workflows::ctx::World::default(),
    };
    Ctx::new(parts).await.unwrap()
}
