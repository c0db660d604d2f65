//! What a proposal asks for, as it is kept until somebody agrees, and what it was made upon.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vetmoot_domain::{Adoption, Organisation, Role, Slug, UserName};
use vetmoot_storage::proposals::{ProposalKind, ProposalRow};
use vetmoot_storage::users::UserRow;
use vetmoot_storage::{Reads, policies, users};

use crate::problem::{Kind, Problem};

/// A change that needs two stewards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Change {
    /// A policy gets these words, or is adopted for the first time.
    Policy {
        /// Under which slug.
        slug: Slug,
        /// Enforced or observed.
        mode: Adoption,
        /// The document, byte for byte.
        document: String,
    },
    /// A member gets these roles and this organisation in place of those before.
    Roles {
        /// Who.
        name: UserName,
        /// What they may do.
        roles: Vec<Role>,
        /// The body they count for.
        organisation: Option<Organisation>,
    },
    /// Somebody new, who may do something from the first day.
    Member {
        /// Who.
        name: UserName,
        /// What they may do.
        roles: Vec<Role>,
        /// The body they count for.
        organisation: Option<Organisation>,
    },
}

impl Change {
    /// What kind of change it is.
    pub fn kind(&self) -> ProposalKind {
        match self {
            Self::Policy { .. } => ProposalKind::Policy,
            Self::Roles { .. } => ProposalKind::Roles,
            Self::Member { .. } => ProposalKind::Member,
        }
    }

    /// The slug of the policy, or the member's name.
    pub fn subject(&self) -> String {
        match self {
            Self::Policy { slug, .. } => slug.to_string(),
            Self::Roles { name, .. } | Self::Member { name, .. } => name.to_string(),
        }
    }

    /// The change a proposal asks for.
    ///
    /// # Errors
    /// `proposal-unreadable` when the row cannot be read by this version of the server.
    pub fn of(row: &ProposalRow) -> Result<Self, Problem> {
        serde_json::from_str(&row.payload).map_err(unreadable)
    }

    /// What is in force now of what it changes; a proposal is stale once that is something else.
    pub(super) async fn base(&self, reads: &impl Reads) -> Result<Value, Problem> {
        Ok(match self {
            Self::Policy { slug, .. } => match policies::by_slug(reads, slug).await? {
                Some(row) => json!({ "revision": row.revision, "digest": row.digest, "mode": row.mode }),
                None => Value::Null,
            },
            Self::Roles { name, .. } | Self::Member { name, .. } => {
                users::by_name(reads, name).await?.map_or(Value::Null, |row| of_member(&row))
            }
        })
    }
}

fn of_member(row: &UserRow) -> Value {
    json!({ "roles": row.roles, "organisation": row.organisation })
}

/// What was in force when a proposal was made.
pub fn base_of(row: &ProposalRow) -> Result<Value, Problem> {
    serde_json::from_str(&row.base).map_err(unreadable)
}

fn unreadable(error: serde_json::Error) -> Problem {
    let text = "this proposal cannot be read by this version of the server; take it back and make it again";
    Problem::new(Kind::Internal, "proposal-unreadable", text).because(error)
}
