//! A decision that was made before and still holds: what the server does before it answers a client that asks again.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use vetmoot_domain::{Ecosystem, Package, Slug};
use vetmoot_keys::{Keyring, MasterSecret};
use vetmoot_outbound::{Outbound, OutboundConfig};
use vetmoot_storage::{BlobStore, Store, StoreConfig};
use vetmoot_workflows::clock::SystemClock;
use vetmoot_workflows::instance::first_start;
use vetmoot_workflows::registry::judged::{self, Key};
use vetmoot_workflows::registry::upstream::{Upstream, Upstreams};
use vetmoot_workflows::{BaseUrl, Ctx, Parts};

use super::limits::{LOOKUPS, MEMOISED};
use super::row::middle;
use super::stage::POLICY;
use super::upstream::{CRATE, Index};
use super::{Measured, Row, Stage};
use crate::scratch::Scratch;

/// Judges a package through the server's own workflow, then times finding that judgement again: policy, key, clock and all.
pub fn measure(_stage: &mut Stage) -> Measured {
    let index = Index::start();
    let scratch = Scratch::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let took = runtime.block_on(async {
        let ctx = context(&scratch, &index).await?;
        first_start::prepare(&ctx).await?;
        let slug: Slug = POLICY.parse()?;
        let package = Package::new(Ecosystem::Cargo, CRATE.0)?;
        let adopted = ctx.book.newest(&slug).context("a first start adopts the policy")?;
        let first = judged::judged(&ctx, &adopted, &package, adopted.policy.serve_use()).await?;
        ensure!(first.decisions.len() == 60, "{} releases were judged", first.decisions.len());
        let mut times: Vec<Duration> = (0..11).map(|_| look_up(&ctx, &slug, &package)).collect::<Result<_>>()?;
        anyhow::Ok(middle(&mut times))
    })?;
    Ok(vec![
        Row::below("decision made before, found again", took, MEMOISED)
            .beside("policy, key and clock included; 60 decisions at once"),
    ])
}

/// The time of one look-up, from policy and package to the decisions.
fn look_up(ctx: &Ctx, slug: &Slug, package: &Package) -> Result<Duration> {
    let begin = Instant::now();
    for _ in 0..LOOKUPS {
        let adopted = ctx.book.newest(black_box(slug)).context("the policy stays adopted")?;
        let key = Key {
            package: black_box(package).clone(),
            slug: slug.clone(),
            digest: adopted.digest,
            usage: adopted.policy.serve_use(),
        };
        black_box(judged::hot(ctx, &key).context("the judgement still holds")?);
    }
    Ok(begin.elapsed() / LOOKUPS)
}

/// A context as the server makes it, on a database of its own.
async fn context(scratch: &Scratch, index: &Index) -> Result<Ctx> {
    let data = scratch.folder("data");
    let store = Store::open(&StoreConfig::data_dir(&data)).await?;
    let configured = BTreeMap::from([(Ecosystem::Cargo, Upstream::configured(index.cargo_url().parse()?, &[])?)]);
    let parts = Parts {
        blobs: BlobStore::in_folder(&data.join("blobs"), store.clone()).await?,
        store,
        outbound: Outbound::new(OutboundConfig::new("vetmoot-bench"))?,
        keys: Keyring::open(&data, MasterSecret::ensure_in(&data)?)?,
        clock: Arc::new(SystemClock),
        upstreams: Upstreams::new(configured)?,
        listing_fresh: vetmoot_workflows::limits::LISTING_FRESH,
        reserved: Default::default(),
        publishing: vetmoot_workflows::submission::Publishing::default(),
        base_url: BaseUrl::of_listener(([127, 0, 0, 1], 1).into()),
        insecure: false,
        moderation: vetmoot_workflows::moderation::Lists::default(),
        signals: vetmoot_workflows::peer::Signals::default(),
        community: vetmoot_workflows::ctx::Community::default(),
        peers: Arc::new(vetmoot_workflows::peer::NoPeers),
        domain: None,
        book: Default::default(),
        registry: Default::default(),
        metrics: Default::default(),
        world: Default::default(),
    };
    Ok(Ctx::new(parts).await?)
}
