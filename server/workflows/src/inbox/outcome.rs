//! What an item of the inbox is, and what can become of it.

use serde_json::Value;

/// What passes what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Withdrawals, violations and erasures pass everything else.
    Urgent,
    /// Everything else.
    Usual,
}

impl Lane {
    /// The number rows keep.
    pub fn number(self) -> i64 {
        match self {
            Self::Urgent => 0,
            Self::Usual => 1,
        }
    }
}

/// An activity whose signature was verified, to be applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// The row in the inbox.
    pub row: i64,
    /// The activity's id.
    pub uri: String,
    /// Its type.
    pub kind: String,
    /// Who signed the message: the activity's actor.
    pub actor: String,
    /// The actor's origin: scheme, host and port.
    pub origin: String,
    /// The activity.
    pub body: Value,
    /// How often it was tried before.
    pub tries: u32,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It changed something here.
    Applied,
    /// What it says was known.
    AlreadySeen,
    /// It is of a kind, or about an object of a kind, that is not understood here; counted, no error.
    Unknown {
        /// The kind.
        kind: String,
    },
    /// It is not believed, or not allowed.
    Refused {
        /// A stable kebab-case code.
        code: &'static str,
        /// Why, for the admin.
        text: String,
    },
    /// It cannot be applied now.
    Retry {
        /// What is missing.
        text: String,
    },
}

impl Outcome {
    /// The word rows and metrics keep.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::AlreadySeen => "already-seen",
            Self::Unknown { .. } => "unknown",
            Self::Refused { .. } => "refused",
            Self::Retry { .. } => "retry",
        }
    }
}
