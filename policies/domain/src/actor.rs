//! Who speaks: members, their organisations, roles and levels.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::limits::WORD_BYTES_MAX;
use crate::text::BadWord;

/// A member's name on this instance: a handle without dots.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserName(String);

/// Handles that belong to the instance itself (DOMAIN "Actors and handles").
const RESERVED: [&str; 5] = ["cargo", "pypi", "npm", "community", "actor"];

impl UserName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for UserName {
    type Err = BadWord;
    fn from_str(text: &str) -> Result<Self, BadWord> {
        let rule = "use 1 to 64 of a-z, 0-9, hyphen and underscore, beginning with a letter; cargo, pypi, npm, community and actor are taken";
        let fine = text.len() <= WORD_BYTES_MAX
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
            && !RESERVED.contains(&text)
            && !text.starts_with("npm_");
        if fine { Ok(Self(text.to_owned())) } else { Err(BadWord::new("user name", text, rule)) }
    }
}

/// The body an auditor counts for; policies may ask for several of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Organisation(String);

impl Organisation {
    /// The community of this instance itself: who has no other organisation counts for it.
    pub fn community() -> Self {
        Self("community".to_owned())
    }
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Organisation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Organisation {
    type Err = BadWord;
    fn from_str(text: &str) -> Result<Self, BadWord> {
        let fine =
            !text.is_empty() && text.len() <= 2 * WORD_BYTES_MAX && text.trim() == text && !text.chars().any(char::is_control);
        let rule = "use 1 to 128 bytes without control characters or outer spaces";
        if fine { Ok(Self(text.to_owned())) } else { Err(BadWord::new("organisation", text, rule)) }
    }
}

/// How far this community trusts an auditor: 0 unknown, 1 newcomer, 2 auditor, 3 senior, 4 steward. Levels never add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Level(u8);

impl Level {
    /// Nobody we know.
    pub const UNKNOWN: Self = Self(0);
    /// The level of role auditor.
    pub const AUDITOR: Self = Self(2);
    /// The level of role lead.
    pub const SENIOR: Self = Self(3);
    /// The level of role steward.
    pub const STEWARD: Self = Self(4);
    /// The level as a number from 0 to 4.
    pub fn number(self) -> u8 {
        self.0
    }
    /// The level of a number from 0 to 4.
    pub fn new(number: u8) -> Option<Self> {
        (number <= 4).then_some(Self(number))
    }
    /// The level in a word.
    pub fn word(self) -> &'static str {
        match self.0 {
            0 => "unknown",
            1 => "newcomer",
            2 => "auditor",
            3 => "senior",
            _ => "steward",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for Level {
    type Err = BadWord;
    fn from_str(text: &str) -> Result<Self, BadWord> {
        text.parse().ok().and_then(Self::new).ok_or_else(|| BadWord::new("level", text, "write a number from 0 to 4"))
    }
}

/// What a member may do on this instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// May sign in.
    Member,
    /// May record audits.
    Auditor,
    /// May release packages of a line.
    Lead,
    /// Decides policies and roles.
    Steward,
    /// Operates the server.
    Admin,
}

crate::word_enum!(Role, "role", {
    Member => "member", Auditor => "auditor", Lead => "lead", Steward => "steward", Admin => "admin",
});

impl Role {
    /// The auditor level this role gives until standing is computed.
    pub fn level(self) -> Level {
        match self {
            Self::Member | Self::Admin => Level::UNKNOWN,
            Self::Auditor => Level::AUDITOR,
            Self::Lead => Level::SENIOR,
            Self::Steward => Level::STEWARD,
        }
    }
}

crate::text_form!(UserName);
crate::text_form!(Organisation);

/// One author of a testimony with the weight this community gives them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Author {
    /// Who it is: a handle here, or the name an import carries (mail addresses already taken off).
    pub name: String,
    /// The body this author counts for.
    pub organisation: Organisation,
    /// The level given to this author, 0 to 4.
    pub level: u8,
}
