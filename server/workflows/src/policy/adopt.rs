//! Adopt a policy: its own tests are reproduced first, then it is the newest revision under its slug.

use vetmoot_domain::event::Topic;
use vetmoot_domain::{Adoption, PolicyDigest, Role, Slug};
use vetmoot_judge::{Policy, PolicyErrors, TestOutcome};
use vetmoot_storage::{Tx, events, policies, users};

use super::book::known;
use super::state::{Revision, state};
use crate::actor;
use crate::ctx::{Ctx, Origin};
use crate::limits::STEWARDS_NEEDED;
use crate::problem::{Kind, Problem};
use crate::proposal::{self, Change, Outcome};
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

/// Whose names stand beside a revision.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Who<'a> {
    /// Who adopted it, as its page tells.
    pub adopted_by: &'a str,
    /// Who did it last, as its event tells.
    pub actor: &'a str,
}

/// Adopts a policy; where a second steward is there, it waits for them and nothing changes.
pub async fn adopt(ctx: &Ctx, origin: &Origin, wanted: Adopt) -> Result<Outcome<AdoptedNow>, AdoptError> {
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
    let tx = ctx.store.begin().await?;
    let before = policies::by_slug(&tx, &wanted.slug).await?;
    let news = before.is_none_or(|before| before.digest != policy.digest() || before.mode != wanted.mode);
    if news && proposal::make::waits(&tx, origin).await? {
        free(&tx, &wanted.slug).await?;
        let change = Change::Policy { slug: wanted.slug, mode: wanted.mode, document: text_of(&wanted.bytes)? };
        let row = proposal::make::make(ctx, &tx, origin, &change).await?;
        tx.commit().await?;
        return Ok(Outcome::Waits(Box::new(row)));
    }
    let who = origin.label();
    let adopted = apply(ctx, &tx, &wanted, &policy, Who { adopted_by: &who, actor: &who }).await?;
    tx.commit().await?;
    took_effect(ctx).await?;
    Ok(Outcome::Now(adopted))
}

/// A document that was read as TOML is text.
fn text_of(bytes: &[u8]) -> Result<String, Problem> {
    let text = String::from_utf8(bytes.to_vec());
    text.map_err(|error| Problem::invalid("policy-unreadable", "policy", "the document is not UTF-8").because(error))
}

/// Whether a slug may be given to a policy: it has it already, or nobody else has.
async fn free(tx: &Tx, slug: &Slug) -> Result<(), Problem> {
    if policies::by_slug(tx, slug).await?.is_none() {
        actor::free(tx, slug.as_str(), actor::Claimant::Policy).await?;
    }
    Ok(())
}

/// Makes a policy that was read the newest revision under its slug, with its statement and its event.
pub(crate) async fn apply(ctx: &Ctx, tx: &Tx, wanted: &Adopt, policy: &Policy, who: Who<'_>) -> Result<AdoptedNow, Problem> {
    free(tx, &wanted.slug).await?;
    let now = ctx.clock.now();
    let digest = policy.digest();
    let revision = policies::adopt(tx, &wanted.slug, &digest, &wanted.bytes, wanted.mode, who.adopted_by, now).await?;
    let stated =
        Revision { slug: &wanted.slug, number: revision, mode: wanted.mode, bytes: &wanted.bytes, policy, adopted_at: now };
    state(ctx, tx, stated).await?;
    let subject = [wanted.slug.to_string(), digest.to_string(), wanted.mode.to_string()];
    events::append(tx, Topic::PolicyAdopted, &subject, Some(who.actor), now).await?;
    let stewards = users::count_present(tx, Role::Steward, None).await?;
    Ok(AdoptedNow { slug: wanted.slug.clone(), digest, revision, decided_alone: stewards < STEWARDS_NEEDED })
}

/// Says that a policy was adopted, once its transaction is through.
pub(crate) async fn took_effect(ctx: &Ctx) -> Result<(), Problem> {
    ctx.book.reload(&ctx.store).await?;
    ctx.changed();
    ctx.signals.compose.notify_one();
    // What it asks of candidates may be more than before, or less.
    vet::settle_after_many(ctx, None).await;
    Ok(())
}
