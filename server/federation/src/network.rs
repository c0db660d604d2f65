//! The port `Peers` over HTTP: how workflows reach other servers.

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;
use vetmoot_workflows::peer::{Freshness, Peers, RemoteActor};
use vetmoot_workflows::{Ctx, Kind, Problem};

/// Reaches other servers; see [`Peers`].
#[derive(Debug, Default)]
pub struct Network {}

impl Network {
    /// The way to other servers, under the bounds of [`crate::limits`].
    pub fn new() -> Self {
        Self::default()
    }
}

fn missing() -> Problem {
    Problem::new(Kind::Unavailable, "no-peers", "not built yet")
}

#[async_trait]
impl Peers for Network {
    async fn actor(&self, _: &Ctx, _: &str, _: Freshness) -> Result<RemoteActor, Problem> {
        Err(missing())
    }
    async fn resolve(&self, _: &Ctx, _: &str) -> Result<RemoteActor, Problem> {
        Err(missing())
    }
    async fn document(&self, _: &Ctx, _: &str) -> Result<Value, Problem> {
        Err(missing())
    }
    async fn bytes(&self, _: &Ctx, _: &str, _: u64) -> Result<Bytes, Problem> {
        Err(missing())
    }
}
