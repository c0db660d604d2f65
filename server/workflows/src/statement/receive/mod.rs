//! Statements of followed communities, however they arrive: verified against their author's keys, then applied in bulk.
//!
//! One way in for posts, the log and single look-ups, so that a statement that comes by several of them counts once.

mod apply;
mod check;
mod read;
mod room;

use serde_json::Value;
use vetmoot_storage::federation::following::{self, FollowState, FollowingRow};
pub use vetmoot_storage::federation::statements::Via;

use crate::ctx::Ctx;
use crate::inbox::Outcome;
use crate::limits::STATEMENTS_AT_ONCE_MAX;
use crate::problem::{Kind, Problem};

/// A followed community, as its statements are taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Community {
    /// The row of the following.
    pub following_id: i64,
    /// The source under which its statements are evidence.
    pub source_id: i64,
    /// The source's name, which policies use: its host.
    pub name: String,
    /// Scheme, host and port: ids and authors of its statements are there.
    pub origin: String,
    /// The address of its Group actor.
    pub actor: String,
    /// Whether it has a log, so that what is missing can be told.
    pub has_log: bool,
}

impl Community {
    /// The community of a following; none unless it is accepted.
    pub fn of(row: &FollowingRow) -> Option<Self> {
        (row.state == FollowState::Accepted).then(|| Self {
            following_id: row.id,
            source_id: row.source_id,
            name: row.source.clone(),
            origin: row.origin.clone(),
            actor: row.actor_uri.clone(),
            has_log: row.log_url.is_some(),
        })
    }

    /// The followed community on an origin (`https://vet.example.org`), whose statements are taken.
    pub async fn on(ctx: &Ctx, origin: &str) -> Result<Option<Self>, Problem> {
        Ok(following::accepted_on(&ctx.store.read(), origin).await?.as_ref().and_then(Self::of))
    }

    /// The followed community a record says it belongs to, by the origin of its id.
    pub async fn of_record(ctx: &Ctx, record: &Value) -> Result<Option<Self>, Problem> {
        match record.get("id").and_then(Value::as_str).and_then(read::origin_of) {
            Some(origin) => Self::on(ctx, &origin).await,
            None => Ok(None),
        }
    }
}

/// A record as it arrives.
#[derive(Debug, Clone, PartialEq)]
pub struct Arriving {
    /// The record, read by `vetmoot_domain::proof::parse`, so that no member stands in it twice.
    pub record: Value,
    /// Its place in its community's log, when it came from there and is the leaf it is said to be.
    pub leaf: Option<i64>,
    /// How it came.
    pub via: Via,
}

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It is new, and kept.
    New {
        /// Its id.
        uri: String,
        /// Its type.
        kind: String,
    },
    /// It was known.
    Known {
        /// Its id.
        uri: String,
    },
    /// Another record is known under its id: kept beside it as evidence against its author, and not believed.
    Equivocation {
        /// The id.
        uri: String,
    },
    /// It is not believed.
    Refused {
        /// Its id, as far as it has one.
        uri: String,
        /// A stable kebab-case code.
        code: &'static str,
        /// Why.
        text: String,
    },
    /// It could not be verified now.
    Later {
        /// Its id.
        uri: String,
        /// What is missing.
        text: String,
    },
}

impl Taken {
    /// What the inbox makes of it.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::New { .. } => Outcome::Applied,
            Self::Known { .. } => Outcome::AlreadySeen,
            Self::Equivocation { uri } => Outcome::Refused {
                code: "equivocation",
                text: format!("another record is known as {uri}; the first one stays, both are kept"),
            },
            Self::Refused { code, text, .. } => Outcome::Refused { code, text },
            Self::Later { text, .. } => Outcome::Retry { text },
        }
    }
    /// The word for it: `new`, `known`, `equivocation`, `later`, or the code of the refusal.
    pub fn word(&self) -> &'static str {
        match self {
            Self::New { .. } => "new",
            Self::Known { .. } => "known",
            Self::Equivocation { .. } => "equivocation",
            Self::Refused { code, .. } => code,
            Self::Later { .. } => "later",
        }
    }
    fn refused(uri: &str, refusal: Refusal) -> Self {
        Self::Refused { uri: uri.to_owned(), code: refusal.code, text: refusal.text }
    }
}

/// Why a record is not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refusal {
    code: &'static str,
    text: String,
}

impl Refusal {
    fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }
}

/// Verifies records of a community and applies those that stand, in one transaction; answers one outcome a record.
///
/// Keys are asked for outside of the transaction. The same record twice changes nothing. At most
/// [`STATEMENTS_AT_ONCE_MAX`] at once.
pub async fn receive(ctx: &Ctx, community: &Community, arriving: Vec<Arriving>) -> Result<Vec<Taken>, Problem> {
    if ctx.domain.is_none() {
        return Err(Problem::not_found("no-federation", "a trial takes no statements of others; set a domain first"));
    }
    if arriving.len() > STATEMENTS_AT_ONCE_MAX {
        return Err(Problem::new(Kind::TooLarge, "too-many-statements", "at most 10,000 statements are taken at once"));
    }
    let checked = check::all(ctx, community, arriving).await?;
    let taken = apply::apply(ctx, community, checked).await?;
    for one in &taken {
        ctx.metrics.count_statement(one.word());
    }
    Ok(taken)
}
