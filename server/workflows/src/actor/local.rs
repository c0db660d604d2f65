//! The actors of this instance by their paths (API.md "Federation").

use std::fmt;
use std::str::FromStr;

use vetmoot_domain::handle::PackageHandle;
use vetmoot_domain::{Slug, UserName};
use vetmoot_keys::KeyOwner;

/// An actor of ours. Its text form is its path, which is also how rows keep it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LocalActor {
    /// The community itself: a `Group`.
    Community,
    /// The instance: an `Application`, which signs what the server asks for itself.
    Instance,
    /// A member: a `Person`.
    Person(UserName),
    /// A body that endorses: an `Organization`.
    Organisation(UserName),
    /// A package: a `Service`.
    Package(PackageHandle),
    /// A policy: a `Service`.
    Policy(Slug),
}

/// Text that is no path of an actor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is the path of no actor")]
pub struct NoActor(String);

impl fmt::Display for LocalActor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Community => f.write_str("/community"),
            Self::Instance => f.write_str("/actor"),
            Self::Person(name) => write!(f, "/users/{name}"),
            Self::Organisation(name) => write!(f, "/orgs/{name}"),
            Self::Package(handle) => write!(f, "/packages/{handle}"),
            Self::Policy(slug) => write!(f, "/policies/{slug}"),
        }
    }
}

impl FromStr for LocalActor {
    type Err = NoActor;
    fn from_str(text: &str) -> Result<Self, NoActor> {
        let unknown = || NoActor(text.chars().take(200).collect());
        let found = match text.split_once('/').and_then(|(before, rest)| before.is_empty().then_some(rest)) {
            Some("community") => Some(Self::Community),
            Some("actor") => Some(Self::Instance),
            Some(rest) => match rest.split_once('/') {
                Some(("users", name)) => name.parse().ok().map(Self::Person),
                Some(("orgs", name)) => name.parse().ok().map(Self::Organisation),
                Some(("packages", handle)) => handle.parse().ok().map(Self::Package),
                Some(("policies", slug)) => slug.parse().ok().map(Self::Policy),
                _ => None,
            },
            None => None,
        };
        found.ok_or_else(unknown)
    }
}

impl LocalActor {
    /// Whose keys sign for it; packages and policies share the keys of one owner.
    pub fn key_owner(&self) -> KeyOwner {
        KeyOwner::new(match self {
            Self::Community => "community".to_owned(),
            Self::Instance => "actor".to_owned(),
            Self::Person(name) => format!("users/{name}"),
            Self::Organisation(name) => format!("orgs/{name}"),
            Self::Package(_) | Self::Policy(_) => "services".to_owned(),
        })
    }
}
