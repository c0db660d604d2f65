//! The hashtags of our own that posts carry, and which statements those posts are about.

use std::fmt;
use std::str::FromStr;

use vetmoot_storage::federation::arrived;

use crate::ctx::Ctx;
use crate::follow::ArrivedRow;
use crate::problem::Problem;

/// A hashtag of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hashtag {
    /// On what is said of audits.
    Audits,
    /// On what is said of policies, and of logs that contradict themselves.
    Policies,
    /// On what is said of advisories.
    Advisories,
    /// On what is said of releases that go through this community.
    Releases,
}

impl Hashtag {
    /// Every one of them.
    pub const ALL: [Self; 4] = [Self::Audits, Self::Policies, Self::Advisories, Self::Releases];

    /// Its name, without `#`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Audits => "VetmootAudit",
            Self::Policies => "VetmootPolicy",
            Self::Advisories => "VetmootAdvisory",
            Self::Releases => "VetmootRelease",
        }
    }

    /// The path of the page that lists what carries it.
    pub fn path(self) -> String {
        format!("/tags/{}", self.name())
    }

    /// The kinds of statements whose posts carry it, each with where their ids begin.
    fn kinds(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Audits => &[("Audit", "/audits/"), ("Withdrawal", "/audits/")],
            Self::Policies => &[("PolicyRevision", "/policies/"), ("LogFork", "/forks/")],
            Self::Advisories => &[("Advisory", "/advisories/"), ("Withdrawal", "/advisories/")],
            Self::Releases => &[("Candidate", "/candidates/"), ("Release", "/candidates/"), ("ReleaseAlarm", "/candidates/")],
        }
    }
}

impl fmt::Display for Hashtag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Hashtag {
    type Err = Problem;

    /// Servers write hashtags in whatever case they like.
    fn from_str(text: &str) -> Result<Self, Problem> {
        let found = Self::ALL.into_iter().find(|tag| tag.name().eq_ignore_ascii_case(text));
        found.ok_or_else(|| {
            let names: Vec<String> = Self::ALL.iter().map(|tag| format!("#{tag}")).collect();
            let text = format!("posts of this community carry {}, and the names of packages", names.join(", "));
            Problem::not_found("unknown-tag", text)
        })
    }
}

/// Our statements whose posts carry a hashtag, newest first, at most `limit`; those before a leaf of the log, or the newest.
pub async fn carrying(ctx: &Ctx, tag: Hashtag, before: Option<i64>, limit: u64) -> Result<Vec<ArrivedRow>, Problem> {
    let wanted: Vec<(&str, String)> = tag.kinds().iter().map(|(kind, below)| (*kind, ctx.base_url.join(below))).collect();
    Ok(arrived::own(&ctx.store.read(), &wanted, before.unwrap_or(i64::MAX), limit).await?)
}
