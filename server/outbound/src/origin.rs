//! An origin: scheme, host and port, the unit in which addresses are allowed.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

use crate::allow::Refused;
use crate::error::shown;

/// Scheme, host and port of an address; the host is lower-case, in ASCII form, without a final dot.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    scheme: Scheme,
    host: String,
    port: u16,
}

/// The two schemes a request can go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Scheme {
    Https,
    Http,
}

impl Origin {
    /// The origin of an address.
    ///
    /// # Errors
    /// The scheme is neither https nor http, there is no host, or the address carries a user name or password.
    pub fn of(url: &Url) -> Result<Self, Refused> {
        let scheme = match url.scheme() {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            other => return Err(Refused::UnknownScheme { scheme: shown(other) }),
        };
        let host = url.host_str().map(|host| host.strip_suffix('.').unwrap_or(host)).filter(|host| !host.is_empty());
        let (Some(host), Some(port)) = (host, url.port_or_known_default()) else {
            return Err(Refused::NoHost);
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::CredentialsInUrl { host: shown(host) });
        }
        Ok(Self { scheme, host: host.to_owned(), port })
    }
    /// The host: a name, or an address as URLs write it.
    pub fn host(&self) -> &str {
        &self.host
    }
    /// The port, also when it is the scheme's usual one.
    pub fn port(&self) -> u16 {
        self.port
    }
    /// Whether it is reached by https.
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::Https
    }
    /// The address when the host is written as one; `url` has already turned odd forms (octal, a single number)
    /// into the usual one.
    pub(crate) fn literal(url: &Url) -> Option<IpAddr> {
        match url.host()? {
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
            // A final dot keeps `url` from seeing an address where resolvers see one.
            Host::Domain(name) => name.strip_suffix('.').unwrap_or(name).parse().ok(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, usual) = match self.scheme {
            Scheme::Https => ("https", 443),
            Scheme::Http => ("http", 80),
        };
        write!(f, "{scheme}://{}", shown(&self.host))?;
        if self.port == usual { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
