//! What other servers run, asked of them by NodeInfo now and then: for people to read, never to decide by.

use serde::Deserialize;
use vetmoot_storage::federation::hosts;

use crate::ctx::Ctx;
use crate::limits::{NODEINFO_BYTES_MAX, NODEINFO_EVERY, NODEINFO_ROUND_MAX, SOFTWARE_CHARS_MAX};
use crate::problem::{Kind, Problem};

#[derive(Deserialize)]
struct Links {
    links: Vec<Link>,
}

#[derive(Deserialize)]
struct Link {
    rel: String,
    href: String,
}

#[derive(Deserialize)]
struct NodeInfo {
    software: Software,
    #[serde(default)]
    metadata: serde_json::Value,
}

#[derive(Deserialize)]
struct Software {
    name: String,
    #[serde(default)]
    version: String,
}

/// Asks a few servers that were not asked within a day, and writes down what they say; answers how many were asked.
pub async fn step(ctx: &Ctx) -> Result<usize, Problem> {
    if ctx.domain.is_none() {
        return Ok(0);
    }
    let now = ctx.clock.now();
    let unasked = hosts::unasked(&ctx.store.read(), now.minus(NODEINFO_EVERY), NODEINFO_ROUND_MAX).await?;
    let mut asked = 0;
    for host in unasked {
        let speaks = host.origin != ctx.base_url.as_str() && ctx.moderation.permits(&host.origin, None);
        // A server that says nothing useful is asked again in a day like any other.
        let said = if speaks { ask(ctx, &host.origin).await.ok() } else { None };
        let tx = ctx.store.begin().await?;
        hosts::set_software(&tx, host.id, said.as_deref(), now).await?;
        tx.commit().await?;
        asked += 1;
    }
    Ok(asked)
}

async fn ask(ctx: &Ctx, origin: &str) -> Result<String, Problem> {
    info(ctx, origin).await.map(|info| info.software)
}

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Info {
    /// Name and version of what it runs.
    pub software: String,
    /// Members who may record audits, where it is one like ours.
    pub auditors: Option<u64>,
}

/// Asks a server by NodeInfo.
pub(crate) async fn info(ctx: &Ctx, origin: &str) -> Result<Info, Problem> {
    let bad = |error: serde_json::Error| Problem::new(Kind::Upstream, "bad-nodeinfo", "no NodeInfo").because(error);
    let bytes = ctx.peers.bytes(ctx, &format!("{origin}/.well-known/nodeinfo"), NODEINFO_BYTES_MAX).await?;
    let links: Links = serde_json::from_slice(&bytes).map_err(bad)?;
    let schema = |link: &&Link| link.rel.starts_with("http://nodeinfo.diaspora.software/ns/schema/2.");
    // Only its own word counts: a link to another server is none.
    let own = |link: &&Link| link.href.strip_prefix(origin).is_some_and(|path| path.starts_with('/'));
    let link = links.links.iter().filter(schema).find(own);
    let link = link.ok_or_else(|| Problem::new(Kind::Upstream, "bad-nodeinfo", "no NodeInfo of its own"))?;
    let bytes = ctx.peers.bytes(ctx, &link.href, NODEINFO_BYTES_MAX).await?;
    let info: NodeInfo = serde_json::from_slice(&bytes).map_err(bad)?;
    let text = format!("{} {}", info.software.name, info.software.version);
    let software = text.trim().chars().filter(|c| !c.is_control()).take(SOFTWARE_CHARS_MAX).collect();
    Ok(Info { software, auditors: info.metadata.get("auditors").and_then(serde_json::Value::as_u64) })
}
