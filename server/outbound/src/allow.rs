//! Where a request may go: the origins an operator configured, those an index named, or any public one.

use std::collections::BTreeMap;

use url::Url;

use crate::origin::Origin;

/// The origins one request and its redirects may go to.
///
/// An origin the operator configured may be private, on loopback and plain http. An origin learned from somebody
/// else's document (an index configuration) must be https and resolve to public addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowList {
    origins: BTreeMap<Origin, Trust>,
    any_public: bool,
    anything: bool,
}

/// Who vouches for an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trust {
    /// Somebody else named it: https and public addresses only.
    Learned,
    /// The operator configured it: no further question.
    Operator,
}

/// Why an address is not gone to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The origin is not on the list.
    #[error("{origin} is not an address this may fetch from; an operator can allow it as a trusted origin")]
    HostNotAllowed {
        /// The origin asked for.
        origin: Origin,
    },
    /// The host is, or resolves to, an address that is not public.
    #[error("{host} is not at a public address; an operator can allow it as a trusted origin or network")]
    AddressNotPublic {
        /// The host asked for.
        host: String,
    },
    /// Plain http to an origin the operator did not configure.
    #[error("{origin} is not https; use its https address, or let an operator allow it as a trusted origin")]
    InsecureScheme {
        /// The origin asked for.
        origin: Origin,
    },
    /// Neither https nor http.
    #[error("addresses of the form `{scheme}:` are not fetched; use an https address")]
    UnknownScheme {
        /// The scheme, cut.
        scheme: String,
    },
    /// The address carries a user name or password.
    #[error("the address at {host} carries a user name or password; leave them out")]
    CredentialsInUrl {
        /// The host of the address.
        host: String,
    },
    /// The address names no host.
    #[error("the address names no host; use a full https address")]
    NoHost,
}

impl Refused {
    /// The stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::HostNotAllowed { .. } => "host-not-allowed",
            Self::AddressNotPublic { .. } => "address-not-public",
            Self::InsecureScheme { .. } => "insecure-scheme",
            Self::UnknownScheme { .. } => "unknown-scheme",
            Self::CredentialsInUrl { .. } => "credentials-in-url",
            Self::NoHost => "no-host",
        }
    }
}

impl AllowList {
    /// A list with one origin the operator configured.
    pub fn operator(url: &Url) -> Result<Self, Refused> {
        let mut list = Self::default();
        list.add_operator(url)?;
        Ok(list)
    }
    /// A list that permits every https origin at public addresses: for addresses a steward typed.
    pub fn any_public() -> Self {
        Self { any_public: true, ..Self::default() }
    }
    /// A list that permits everything, loopback and plain http too: for federation in insecure mode.
    pub fn anything() -> Self {
        Self { anything: true, ..Self::default() }
    }
    /// Adds another origin the operator configured.
    pub fn add_operator(&mut self, url: &Url) -> Result<(), Refused> {
        self.origins.insert(Origin::of(url)?, Trust::Operator);
        Ok(())
    }
    /// Adds an origin that a document of an allowed origin named, such as an index configuration's download template.
    ///
    /// An origin the operator configured keeps its standing. Plain http is taken in too and refused when it is used,
    /// unless it is one of the operator's trusted origins, which only the client knows.
    pub fn extend(&mut self, url: &Url) -> Result<(), Refused> {
        self.origins.entry(Origin::of(url)?).or_insert(Trust::Learned);
        Ok(())
    }
    /// Whether this list alone lets a request go to `url`; what its name resolves to is checked when connecting.
    pub fn permits(&self, url: &Url) -> Result<(), Refused> {
        self.trust(&Origin::of(url)?, url, &[], &[]).map(|_| ())
    }
    /// Who vouches for an address, given what the operator trusts everywhere.
    pub(crate) fn trust(
        &self,
        origin: &Origin,
        url: &Url,
        trusted_origins: &[Origin],
        trusted_networks: &[ipnet::IpNet],
    ) -> Result<Trust, Refused> {
        let listed = self.origins.get(origin).copied();
        if self.anything || listed == Some(Trust::Operator) {
            return Ok(Trust::Operator);
        }
        if listed.is_none() && !self.any_public {
            return Err(Refused::HostNotAllowed { origin: origin.clone() });
        }
        if trusted_origins.contains(origin) {
            return Ok(Trust::Operator);
        }
        if !origin.is_https() {
            return Err(Refused::InsecureScheme { origin: origin.clone() });
        }
        match Origin::literal(url) {
            Some(address) if !crate::address::is_reachable(address, trusted_networks) => {
                Err(Refused::AddressNotPublic { host: crate::error::shown(origin.host()) })
            }
            _ => Ok(Trust::Learned),
        }
    }
}
