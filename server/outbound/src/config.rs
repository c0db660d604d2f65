//! What an operator can set of the door to the outside.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use ipnet::IpNet;
use url::Url;

use crate::allow::Refused;
use crate::limits;

/// How requests go out; the default trusts nothing beyond the public network.
#[derive(Debug, Clone)]
pub struct OutboundConfig {
    /// What this server calls itself; official indexes ask for a name and a way to reach the operator.
    pub user_agent: String,
    /// Origins the operator vouches for wherever a list permits or learns them: they may be private and plain http.
    pub trusted_origins: Vec<Url>,
    /// Networks whose addresses count as public, such as the one an internal mirror lives in.
    pub trusted_networks: Vec<IpNet>,
    /// Certificates (PEM, several in one text are fine) trusted beside the system's: internal authorities.
    pub extra_root_pem: Vec<String>,
    /// Requests under way at one host at a time.
    pub per_host_concurrency: usize,
    /// How names become addresses.
    pub names: Names,
}

/// How names become addresses.
#[derive(Debug, Clone, Default)]
pub enum Names {
    /// As the machine does it.
    #[default]
    System,
    /// From this table alone; a port other than 0 replaces the scheme's usual one. The addresses are checked as any.
    Table(BTreeMap<String, Vec<SocketAddr>>),
}

impl OutboundConfig {
    /// A configuration with the default bounds.
    pub fn new(user_agent: impl Into<String>) -> Self {
        Self {
            user_agent: user_agent.into(),
            trusted_origins: Vec::new(),
            trusted_networks: Vec::new(),
            extra_root_pem: Vec::new(),
            per_host_concurrency: limits::PER_HOST_CONCURRENCY,
            names: Names::System,
        }
    }
}

/// Why the door could not be built from its configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// A trusted origin is not one.
    #[error("a trusted origin is not usable: {0}")]
    TrustedOrigin(#[from] Refused),
    /// An extra root certificate cannot be read.
    #[error("extra root certificate number {number} cannot be read as PEM: {cause}")]
    ExtraRoot {
        /// Which one, from 1.
        number: usize,
        /// What the reader said.
        cause: String,
    },
    /// The concurrency is zero.
    #[error("requests under way at one host must be at least 1")]
    NoConcurrency,
    /// The TLS library or a setting refused.
    #[error("the HTTP client cannot be built: {cause}")]
    Client {
        /// What it said.
        cause: String,
    },
}

impl BuildError {
    /// The stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TrustedOrigin(_) => "trusted-origin",
            Self::ExtraRoot { .. } => "extra-root",
            Self::NoConcurrency => "no-concurrency",
            Self::Client { .. } => "client",
        }
    }
}
