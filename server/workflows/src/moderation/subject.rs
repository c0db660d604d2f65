//! What a decision is about: a host with the names below it, or one actor; each has one spelling.

use std::fmt;

use url::{Host, Url};

use crate::problem::Problem;

/// Longest subject, in bytes.
const SUBJECT_BYTES_MAX: usize = 2_048;

/// A host or an actor, in its one spelling.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A host name: punycode, small letters, no dot at the end; with its port if that is unusual.
    Host(String),
    /// The address of an actor.
    Actor(String),
}

impl Subject {
    /// Reads what a person wrote: `example.org`, `https://example.org`, or the address of an actor.
    pub fn read(text: &str) -> Result<Self, Problem> {
        let wrong = |why: &str| Problem::invalid("bad-subject", "subject", why);
        let text = text.trim();
        if text.is_empty() || text.len() > SUBJECT_BYTES_MAX || text.contains(char::is_whitespace) {
            return Err(wrong("name a host such as example.org, or the address of an actor"));
        }
        let with_scheme = text.starts_with("https://") || text.starts_with("http://");
        let address = if with_scheme { text.to_owned() } else { format!("https://{text}") };
        let url: Url = address.parse().map_err(|_| wrong("this is neither a host name nor an address"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("write an address without a name or password before the host; for a handle write its address"));
        }
        let host = authority(&url).ok_or_else(|| wrong("this address has no host"))?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        match (bare, with_scheme) {
            (true, _) => Ok(Self::Host(host)),
            (false, true) => actor(text).map(Self::Actor).ok_or_else(|| wrong("this is no address of an actor")),
            (false, false) => Err(wrong("write a host name alone, or the whole address of an actor with https://")),
        }
    }

    /// The text form, as rows keep it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Host(text) | Self::Actor(text) => text,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Host and, if it is unusual, port of an address, in one spelling.
pub(super) fn authority(url: &Url) -> Option<String> {
    let host = match url.host()? {
        Host::Domain(name) => name.trim_end_matches('.').to_ascii_lowercase(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => format!("[{address}]"),
    };
    if host.is_empty() {
        return None;
    }
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host,
    })
}

/// The address of an actor in one spelling, without a fragment.
pub(super) fn actor(text: &str) -> Option<String> {
    let mut url: Url = text.parse().ok()?;
    let host = authority(&url)?;
    url.set_fragment(None);
    let path = url.path().to_owned();
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    matches!(url.scheme(), "https" | "http").then(|| format!("{}://{host}{path}{query}", url.scheme()))
}

/// The host itself with its port, then without, then every name above it that still has a dot.
pub(super) fn covering(authority: &str) -> impl Iterator<Item = &str> {
    let bare = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    let with_port = (bare != authority).then_some(authority);
    let is_address = bare.starts_with('[') || bare.parse::<std::net::Ipv4Addr>().is_ok();
    let above = std::iter::successors(Some(bare), move |name| if is_address { None } else { Some(name.split_once('.')?.1) });
    with_port.into_iter().chain(above)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn check(written: &str, read: &str) {
        assert_eq!(Subject::read(written).unwrap().as_str(), read);
    }

    #[test]
    fn a_subject_has_one_spelling() {
        check("Example.ORG.", "example.org");
        check("https://Example.org/", "example.org");
        check("example.org:8443", "example.org:8443");
        check("https://example.org:443", "example.org");
        check("b\u{fc}cher.example", "xn--bcher-kva.example");
        check("127.0.0.1", "127.0.0.1");
        check("https://Example.org:443/users/Ada#main-key", "https://example.org/users/Ada");
    }

    #[test]
    fn what_is_neither_host_nor_address_is_refused() {
        for bad in ["", " ", "ada@example.org", "example.org/users/ada", "https://", "a b.example"] {
            assert!(Subject::read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_host_is_covered_by_the_names_above_it() {
        let all: Vec<&str> = covering("a.b.example:8443").collect();
        assert_eq!(all, ["a.b.example:8443", "a.b.example", "b.example", "example"]);
        assert_eq!(covering("127.0.0.1:80").collect::<Vec<_>>(), ["127.0.0.1:80", "127.0.0.1"]);
    }
}
