//! From settings to a running context: store, blobs, keys, the door outside.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use vetmoot_domain::event::Topic;
use vetmoot_keys::{Keyring, MasterSecret};
use vetmoot_outbound::{Outbound, OutboundConfig};
use vetmoot_storage::{BlobStore, Store, StoreConfig, events, settings};
use vetmoot_workflows::clock::{Clock, SystemClock};
use vetmoot_workflows::ctx::{Community, World};
use vetmoot_workflows::metrics::Metrics;
use vetmoot_workflows::policy::book::Book;
use vetmoot_workflows::registry::Registry;
use vetmoot_workflows::registry::upstream::{Upstream, Upstreams};
use vetmoot_workflows::{BaseUrl, Ctx, Parts};

use crate::config::Settings;

/// What this server calls itself to indexes; their rules ask for a name and a way to reach somebody.
fn user_agent(settings: &Settings) -> String {
    let contact = settings.domain.as_deref().map_or_else(String::new, |domain| format!(" (+https://{domain}/)"));
    format!("vetmoot/{}{contact}", env!("CARGO_PKG_VERSION"))
}

/// Opens everything the settings name.
pub async fn context(settings: &Settings) -> anyhow::Result<Ctx> {
    std::fs::create_dir_all(&settings.data)
        .with_context(|| format!("the data folder {} cannot be made", settings.data.display()))?;
    let store = store(settings).await?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let domain = domain(&store, settings, clock.as_ref()).await?;
    let base_url = match &domain {
        Some(domain) => BaseUrl::of_domain(domain, settings.federation_insecure),
        None => BaseUrl::of_listener(settings.listen),
    };
    let mut outbound = OutboundConfig::new(user_agent(settings));
    outbound.extra_root_pem.clone_from(&settings.extra_roots);
    let parts = Parts {
        blobs: BlobStore::in_folder(&settings.blobs, store.clone()).await.context("the blob store cannot be opened")?,
        store,
        outbound: Outbound::new(outbound)?,
        keys: keys(&settings.data, settings.master_key_file.as_deref())?,
        clock,
        upstreams: upstreams(settings)?,
        listing_fresh: settings.listing_fresh,
        reserved: settings.reserved.clone(),
        publishing: settings.publishing.clone(),
        base_url,
        domain,
        moderation: vetmoot_workflows::moderation::Lists::default(),
        signals: vetmoot_workflows::peer::Signals::default(),
        community: Community { name: settings.name.clone(), about: settings.about.clone() },
        insecure: settings.federation_insecure,
        peers: Arc::new(vetmoot_federation::Network::new()),
        book: Book::default(),
        registry: Registry::default(),
        metrics: Arc::new(Metrics::default()),
        world: World::default(),
    };
    Ok(Ctx::new(parts).await?)
}

/// Opens the database the settings name.
pub async fn store(settings: &Settings) -> anyhow::Result<Store> {
    let config = store_config(settings);
    Store::open(&config).await.context("the database cannot be opened")
}

/// Where the settings keep the database.
pub fn store_config(settings: &Settings) -> StoreConfig {
    match &settings.database {
        Some(url) => StoreConfig::url(url),
        None => StoreConfig::data_dir(&settings.data),
    }
}

/// The domain is set once and for ever: by the first start that names one.
async fn domain(store: &Store, settings: &Settings, clock: &dyn Clock) -> anyhow::Result<Option<String>> {
    let stored = settings::domain(&store.read()).await?;
    match (stored, &settings.domain) {
        (Some(stored), Some(wanted)) if stored != *wanted => {
            anyhow::bail!(
                "domain: this instance has the domain {stored} for ever, not {wanted}; start another one in an empty folder"
            )
        }
        (None, Some(wanted)) => {
            let tx = store.begin().await?;
            settings::set_domain(&tx, wanted).await?;
            events::append(&tx, Topic::DomainSet, std::slice::from_ref(wanted), Some("operator"), clock.now()).await?;
            tx.commit().await?;
            Ok(Some(wanted.clone()))
        }
        (stored, _) => Ok(stored),
    }
}

fn keys(data: &Path, file: Option<&Path>) -> anyhow::Result<Keyring> {
    let secret = match file {
        Some(file) => MasterSecret::from_file(file)?,
        None => MasterSecret::ensure_in(data)?,
    };
    Keyring::open(data, secret).context("the keys cannot be opened")
}

fn upstreams(settings: &Settings) -> anyhow::Result<Upstreams> {
    let mut configured = BTreeMap::new();
    for (ecosystem, url) in &settings.upstreams {
        configured.insert(*ecosystem, Upstream::configured(url.clone(), &settings.upstream_files)?);
    }
    Ok(Upstreams::new(configured)?)
}
