//! What every workflow is handed: store, clock, keys, the door outside, and what is kept in memory.

use std::fmt::Write as _;
use std::ops::Deref;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use vetmoot_domain::{Role, SourceState, Span, UserName};
use vetmoot_keys::Keyring;
use vetmoot_outbound::Outbound;
use vetmoot_storage::{BlobStore, Store, events, imports};

use crate::actor::Budget;
use crate::base_url::BaseUrl;
use crate::clock::Clock;
use crate::inbox::Receiving;
use crate::limits::{
    CHECK_CLIENTS_MAX, CHECK_FAILURES_BURST, CHECK_FAILURES_EACH_MS, UPLOADERS_COUNTED_MAX, UPLOADS_BURST, UPLOADS_EACH_MS,
};
use crate::metrics::Metrics;
use crate::moderation::Lists;
use crate::peer::{Budgets, Peers, Signals};
use crate::policy::book::Book;
use crate::problem::Problem;
use crate::registry::{Registry, upstream::Upstreams};
use crate::reserved::Reserved;
use crate::submission::Publishing;

/// The capabilities of this instance; cloning it is cheap.
#[derive(Clone)]
pub struct Ctx(Arc<Parts>);

/// What a context is made of.
pub struct Parts {
    /// Rows.
    pub store: Store,
    /// Bytes.
    pub blobs: BlobStore,
    /// The only way to foreign addresses.
    pub outbound: Outbound,
    /// Private keys, which never leave it.
    pub keys: Keyring,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The indexes behind the doors.
    pub upstreams: Upstreams,
    /// How long a listing counts as fresh before upstream is asked again.
    pub listing_fresh: Span,
    /// Names that never leave this instance.
    pub reserved: Reserved,
    /// What the operator says about publishing.
    pub publishing: Publishing,
    /// Our own address.
    pub base_url: BaseUrl,
    /// The domain, when one is set; without it the instance is a trial.
    pub domain: Option<String>,
    /// What the community calls itself.
    pub community: Community,
    /// Whether http, ports and loopback peers are allowed in federation.
    pub insecure: bool,
    /// Who is blocked and who is allowed.
    pub moderation: Lists,
    /// Bells for the workers of federation.
    pub signals: Signals,
    /// The way to other servers.
    pub peers: Arc<dyn Peers>,
    /// The policies.
    pub book: Book,
    /// Listings, judgements and answers in memory.
    pub registry: Registry,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// What changes with time: see [`Ctx::generation`].
    pub world: World,
}

/// What the community calls itself, in the operator's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Community {
    /// Its name.
    pub name: String,
    /// What it is, in a sentence; plain text.
    pub about: String,
}

impl Default for Community {
    fn default() -> Self {
        Self { name: "Vetmoot".to_owned(), about: "A community that vets packages together.".to_owned() }
    }
}

/// What this process believes about the state of the database.
#[derive(Default)]
pub struct World {
    pub(crate) look_ups: Budget,
    /// What comes in and is not on disk yet, and who may send how much.
    pub receiving: Receiving,
    /// Results of outside checks that did not verify, by network.
    pub(crate) check_failures: CheckFailures,
    /// What each member uploaded, in thousandths of the largest file.
    pub(crate) uploads: Uploads,
    pub(crate) signed: crate::log::Signed,
    /// The keys of issuers of identities.
    pub(crate) issuers: crate::submission::oidc::Issuers,
    pub(crate) looking: crate::submission::preflight::Looking,
    pub(crate) differences: crate::submission::difference::Differences,
    pub(crate) looks: crate::submission::tend::Looks,
    /// One lane a target of releases.
    pub(crate) lanes: crate::submission::release::Lanes,
    /// What indexes said about where candidates can go.
    pub(crate) ways: crate::submission::release::Ways,
    generation: AtomicU64,
    last_event: AtomicI64,
    sources: RwLock<Arc<Sources>>,
}

/// Who brought how many results that did not verify.
pub(crate) struct CheckFailures(pub(crate) Budgets);

impl Default for CheckFailures {
    fn default() -> Self {
        Self(Budgets::new(CHECK_FAILURES_BURST, CHECK_FAILURES_EACH_MS, CHECK_CLIENTS_MAX))
    }
}

/// Who uploaded how much.
pub(crate) struct Uploads(pub(crate) Budgets);

impl Default for Uploads {
    fn default() -> Self {
        Self(Budgets::new(UPLOADS_BURST, UPLOADS_EACH_MS, UPLOADERS_COUNTED_MAX))
    }
}

/// The advisory sources of this instance.
#[derive(Debug, Default)]
pub struct Sources {
    /// Each with when it was last read.
    pub states: Vec<SourceState>,
    /// Changes when a source appears, goes, or is read again.
    pub tag: String,
}

/// Who does something: a member at a door, or the instance itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A member, by form or API.
    Member {
        /// Their row.
        id: i64,
        /// Their name.
        name: UserName,
        /// What they may do.
        roles: Vec<Role>,
    },
    /// The operator at the command line.
    Operator,
    /// A timer of the instance.
    Timer,
}

impl Origin {
    /// The member's row, for events.
    pub fn id(&self) -> Option<i64> {
        match self {
            Self::Member { id, .. } => Some(*id),
            Self::Operator | Self::Timer => None,
        }
    }
    /// The member's name, or what stands for it in events.
    pub fn label(&self) -> String {
        match self {
            Self::Member { name, .. } => name.to_string(),
            Self::Operator => "operator".to_owned(),
            Self::Timer => "timer".to_owned(),
        }
    }
    /// Whether this origin has one of the roles; the operator has all of them.
    pub fn has(&self, wanted: &[Role]) -> bool {
        match self {
            Self::Member { roles, .. } => roles.iter().any(|role| wanted.contains(role)),
            Self::Operator | Self::Timer => true,
        }
    }
}

impl Deref for Ctx {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Ctx {
    /// A context of its parts, with policies and sources read.
    pub async fn new(parts: Parts) -> Result<Self, Problem> {
        let ctx = Self(Arc::new(parts));
        // Before anything is read: what is written meanwhile is then noticed, at worst twice.
        let last = events::last(&ctx.store.read()).await?;
        ctx.book.reload(&ctx.store).await?;
        ctx.moderation.reload(&ctx.store).await?;
        ctx.reload_sources().await?;
        ctx.world.last_event.store(last, Ordering::Release);
        Ok(ctx)
    }

    /// A number that grows whenever anything was written that a judgement could depend on.
    ///
    /// What is memoised under an older number is checked against the database once before it is used again.
    pub fn generation(&self) -> u64 {
        self.world.generation.load(Ordering::Acquire)
    }

    /// Says that this process wrote something a judgement could depend on.
    pub fn changed(&self) {
        self.world.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// The advisory sources as last read.
    pub fn sources(&self) -> Arc<Sources> {
        self.world.sources.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks for events that another process of this instance wrote (a command beside the server); true when there were.
    pub async fn notice(&self) -> Result<bool, Problem> {
        let last = events::last(&self.store.read()).await?;
        if self.world.last_event.load(Ordering::Acquire) == last {
            return Ok(false);
        }
        self.book.reload(&self.store).await?;
        self.moderation.reload(&self.store).await?;
        self.reload_sources().await?;
        // Only now: had reading failed, the next look would have to find the same news again.
        self.world.last_event.store(last, Ordering::Release);
        self.changed();
        // A command beside the server cannot ring them, and one rung for nothing finds nothing to do.
        let signals = &self.signals;
        for bell in [&signals.compose, &signals.deliver, &signals.apply, &signals.catch_up] {
            bell.notify_one();
        }
        signals.release.notify_one();
        Ok(true)
    }

    /// Reads the advisory sources again.
    pub async fn reload_sources(&self) -> Result<(), Problem> {
        let rows = imports::sources(&self.store.read()).await?;
        let mut sources = Sources::default();
        for row in rows.into_iter().filter(|row| row.kind == imports::SourceKind::Osv) {
            let Some(last_read) = row.last_success_at else { continue };
            // Writing into a string cannot fail.
            let _ = write!(sources.tag, "{:x}-{:x}.", row.id, last_read.millis());
            sources.states.push(SourceState { name: row.name, last_read, malware: row.malware });
        }
        *self.world.sources.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(sources);
        Ok(())
    }
}
