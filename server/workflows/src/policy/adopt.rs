//! Adopt a policy: its own tests are reproduced first, then it is the newest revision under its slug.

use vetmoot_domain::event::Topic;
use vetmoot_domain::{Adoption, PolicyDigest, Role, Slug};
use vetmoot_judge::{Policy, PolicyErrors, TestOutcome};
use vetmoot_storage::{events, policies, users};

use super::book::known;
use super::state::{Revision, state};
use crate::actor;
use crate::ctx::{Ctx, Origin};
use crate::problem::{Kind, Problem};
use crate::submission::vet;

/// What is to be adopted.
#[derive(Debug, Clone)]
pub struct Adopt {
    /// Under which slug.
    pub slug: Slug,
    /// The policy's exact bytes.
    pub bytes: Vec<u8>,
    /// Enforced or observed.
    pub mode: Adoption,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptedNow {
    /// The slug.
    pub slug: Slug,
    /// The policy's identity.
    pub digest: PolicyDigest,
    /// The revision's number under the slug.
    pub revision: u32,
    /// Whether stewards should know that one of them decided alone.
    pub decided_alone: bool,
}

/// Why a policy was not adopted.
#[derive(Debug)]
pub enum AdoptError {
    /// The document is not a policy.
    Policy(PolicyErrors),
    /// Its own tests do not come out here as it says.
    Tests(Vec<TestOutcome>),
    /// Anything else.
    Problem(Problem),
}

impl From<Problem> for AdoptError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<vetmoot_storage::StoreError> for AdoptError {
    fn from(error: vetmoot_storage::StoreError) -> Self {
        Self::Problem(error.into())
    }
}

impl AdoptError {
    /// The error as a problem; the field is the document.
    pub fn into_problem(self) -> Problem {
        match self {
            Self::Policy(errors) => Problem::invalid("policy-unreadable", "policy", errors.to_string()),
            Self::Tests(failed) => {
                let failed: Vec<String> =
                    failed.iter().map(|outcome| format!("{}: {}", outcome.name, outcome.failures.join(", "))).collect();
                Problem::invalid(
                    "policy-tests-failed",
                    "policy",
                    format!("its own tests do not come out here: {}", failed.join("; ")),
                )
            }
            Self::Problem(problem) => problem,
        }
    }
}

/// Reads a policy and reproduces its tests, changing nothing.
pub async fn check(ctx: &Ctx, bytes: &[u8]) -> Result<Policy, AdoptError> {
    let known = known(&ctx.store).await?;
    let policy = Policy::parse(bytes, &known).map_err(AdoptError::Policy)?;
    let failed: Vec<TestOutcome> = policy.run_tests().into_iter().filter(|outcome| !outcome.passed()).collect();
    if failed.is_empty() { Ok(policy) } else { Err(AdoptError::Tests(failed)) }
}

/// The bytes of a policy of the shelf.
pub fn from_shelf(name: &str) -> Option<&'static str> {
    vetmoot_judge::shelf().iter().find(|(shelf, _)| *shelf == name).map(|(_, text)| *text)
}

/// Adopts a policy.
pub async fn adopt(ctx: &Ctx, origin: &Origin, wanted: Adopt) -> Result<AdoptedNow, AdoptError> {
    if !origin.has(&[Role::Steward]) {
        return Err(Problem::new(Kind::Forbidden, "stewards-only", "only stewards adopt policies; ask one of them").into());
    }
    if wanted.slug.as_str() == "new" {
        return Err(Problem::invalid(
            "slug-taken",
            "slug",
            "the page of a policy called `new` would be hidden by the form; choose another slug",
        )
        .into());
    }
    let policy = check(ctx, &wanted.bytes).await?;
    let now = ctx.clock.now();
    let tx = ctx.store.begin().await?;
    if policies::by_slug(&tx, &wanted.slug).await?.is_none() {
        actor::free(&tx, wanted.slug.as_str(), actor::Claimant::Policy).await?;
    }
    let digest = policy.digest();
    let revision = policies::adopt(&tx, &wanted.slug, &digest, &wanted.bytes, wanted.mode, &origin.label(), now).await?;
    let stated = Revision {
        slug: &wanted.slug,
        number: revision,
        mode: wanted.mode,
        bytes: &wanted.bytes,
        policy: &policy,
        adopted_at: now,
    };
    state(ctx, &tx, stated).await?;
    let subject = [wanted.slug.to_string(), digest.to_string(), wanted.mode.to_string()];
    events::append(&tx, Topic::PolicyAdopted, &subject, Some(&origin.label()), now).await?;
    let stewards = users::count_with_role(&tx, Role::Steward).await?;
    tx.commit().await?;
    ctx.book.reload(&ctx.store).await?;
    ctx.changed();
    ctx.signals.compose.notify_one();
    // What it asks of candidates may be more than before, or less.
    vet::settle_after_many(ctx, None).await;
    Ok(AdoptedNow { slug: wanted.slug, digest, revision, decided_alone: stewards <= 1 })
}
