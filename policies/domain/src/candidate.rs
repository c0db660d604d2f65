//! Candidates: releases handed to the community, from the first file to the official index.

use std::fmt;
use std::str::FromStr;

use crate::text::BadWord;

/// Where a candidate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CandidateState {
    /// Files are still coming.
    Draft,
    /// Whole, and waiting for somebody to look at it.
    Staged,
    /// Somebody is looking at it.
    InReview,
    /// A reviewer wants something else; the way out is a new upload.
    ChangesAsked,
    /// The policy has all it wants; a lead may release it.
    Approved,
    /// On its way to where it is released.
    Releasing,
    /// There, with the very bytes that were vetted.
    Released,
    /// The way there ended; the reason says where and why.
    Failed,
    /// Taken back.
    Withdrawn,
}

crate::word_enum!(CandidateState, "candidate state", {
    Draft => "draft", Staged => "staged", InReview => "in-review", ChangesAsked => "changes-asked",
    Approved => "approved", Releasing => "releasing", Released => "released", Failed => "failed", Withdrawn => "withdrawn",
});

impl CandidateState {
    /// Whether a candidate may go from here to there; everything else is an illegal move.
    pub fn may_become(self, next: Self) -> bool {
        use CandidateState::{Approved, ChangesAsked, Draft, Failed, InReview, Released, Releasing, Staged, Withdrawn};
        match self {
            Draft => matches!(next, Staged | Withdrawn),
            Staged => matches!(next, InReview | ChangesAsked | Approved | Withdrawn),
            InReview => matches!(next, ChangesAsked | Approved | Withdrawn),
            ChangesAsked => matches!(next, InReview | Withdrawn),
            // What approved it may lapse: an audit is withdrawn, a check fails after all.
            Approved => matches!(next, InReview | ChangesAsked | Releasing | Withdrawn),
            // Back only while nothing of it was sent: what approved it lapsed, or somebody stops it.
            Releasing => matches!(next, Released | Failed | InReview | ChangesAsked | Withdrawn),
            Failed => matches!(next, Releasing | Withdrawn),
            Released | Withdrawn => false,
        }
    }
    /// Whether it occupies its version: the staging door lists it, and another upload of the same version is refused.
    pub fn is_live(self) -> bool {
        !matches!(self, Self::ChangesAsked | Self::Withdrawn)
    }
    /// Whether files may still be added to it.
    pub fn takes_files(self) -> bool {
        self == Self::Draft
    }
    /// Whether what the policy wants is looked at again when something about it changes.
    pub fn is_vetted(self) -> bool {
        matches!(self, Self::Staged | Self::InReview | Self::Approved)
    }
}

/// What a candidate is known by: a version 4 UUID in lower case, as npm's client wants it (RFC 9562 section 5.4).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CandidateId(String);

impl CandidateId {
    /// The id made of 128 random bits, six of which the version takes.
    pub fn from_random(mut bits: [u8; 16]) -> Self {
        bits[6] = bits[6] & 0x0f | 0x40;
        bits[8] = bits[8] & 0x3f | 0x80;
        let hex = data_encoding::HEXLOWER.encode(&bits);
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        Self(format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)))
    }
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CandidateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for CandidateId {
    type Err = BadWord;
    fn from_str(text: &str) -> Result<Self, BadWord> {
        let dashes = [8, 13, 18, 23];
        let fine = text.len() == 36
            && text
                .bytes()
                .enumerate()
                .all(|(at, byte)| if dashes.contains(&at) { byte == b'-' } else { matches!(byte, b'0'..=b'9' | b'a'..=b'f') });
        if fine { Ok(Self(text.to_owned())) } else { Err(BadWord::new("candidate", text, "write its UUID in lower case")) }
    }
}

crate::text_form!(CandidateId);

/// Where a package of this community is released to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Home {
    /// The official index of its ecosystem.
    Official,
    /// This instance's own doors alone, under a reserved name.
    Community,
}

crate::word_enum!(Home, "home", { Official => "official", Community => "community" });

/// What a person may do for one package of this community.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProjectRole {
    /// May hand in releases.
    Maintainer,
    /// May hand in releases, release those of others, and appoint leads and maintainers.
    Lead,
}

crate::word_enum!(ProjectRole, "project role", { Maintainer => "maintainer", Lead => "lead" });

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn nothing_comes_back_from_released_or_withdrawn() {
        for state in CandidateState::ALL {
            assert!(!CandidateState::Released.may_become(*state));
            assert!(!CandidateState::Withdrawn.may_become(*state));
        }
    }

    #[test]
    fn nothing_is_released_that_was_not_approved() {
        let ways: Vec<_> = CandidateState::ALL.iter().filter(|from| from.may_become(CandidateState::Releasing)).collect();
        assert_eq!(ways, [&CandidateState::Approved, &CandidateState::Failed]);
    }

    #[test]
    fn an_id_is_a_version_4_uuid() {
        let id = CandidateId::from_random([0xff; 16]);
        assert_eq!(id.as_str(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(id.as_str().parse::<CandidateId>().unwrap(), id);
        for bad in ["", "FFFFFFFF-ffff-4fff-bfff-ffffffffffff", "ffffffff_ffff-4fff-bfff-ffffffffffff"] {
            assert!(bad.parse::<CandidateId>().is_err(), "{bad}");
        }
    }
}
