//! Names become addresses here, and those that are not public are dropped before a connection is tried.

use std::net::SocketAddr;
use std::sync::Arc;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::is_reachable;
use crate::config::Names;
use crate::limits::ADDRESSES_MAX;

/// Why a name gives no address to connect to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NameError {
    /// Every address of it is private, loopback or the like.
    #[error("no public address")]
    NotPublic,
    /// The name service knows no address.
    #[error("{0}")]
    Unknown(String),
}

/// A resolver for the client. It is asked for each new connection, and the client connects to what it answered, so a
/// name that changes its address between check and use gains nothing.
#[derive(Debug, Clone)]
pub(crate) struct Resolver {
    names: Arc<Names>,
    /// The networks that count as public beside the public ones; `None` asks no question.
    guard: Option<Arc<[IpNet]>>,
}

impl Resolver {
    /// A resolver for origins the operator configured.
    pub(crate) fn open(names: Arc<Names>) -> Self {
        Self { names, guard: None }
    }
    /// A resolver for everything else.
    pub(crate) fn guarded(names: Arc<Names>, trusted: Arc<[IpNet]>) -> Self {
        Self { names, guard: Some(trusted) }
    }
    async fn addresses(self, name: String) -> Result<Vec<SocketAddr>, NameError> {
        let name = name.strip_suffix('.').unwrap_or(&name);
        let found: Vec<SocketAddr> = match &*self.names {
            Names::Table(table) => table.get(name).cloned().unwrap_or_default(),
            Names::System => tokio::net::lookup_host((name, 0))
                .await
                .map_err(|error| NameError::Unknown(error.to_string()))?
                .take(ADDRESSES_MAX)
                .collect(),
        };
        if found.is_empty() {
            return Err(NameError::Unknown("the name has no address".to_owned()));
        }
        let Some(trusted) = self.guard else { return Ok(found) };
        let reachable: Vec<_> = found.into_iter().filter(|found| is_reachable(found.ip(), &trusted)).collect();
        if reachable.is_empty() { Err(NameError::NotPublic) } else { Ok(reachable) }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = self.clone().addresses(name.as_str().to_owned());
        Box::pin(async move {
            let addresses = lookup.await?;
            let addresses: Addrs = Box::new(addresses.into_iter());
            Ok(addresses)
        })
    }
}
