//! The first start in an empty folder: a ready policy, and a link for the first admin.

use vetmoot_domain::{Adoption, Role};
use vetmoot_storage::{imports, settings, users};

use crate::ctx::{Ctx, Origin};
use crate::member::create;
use crate::policy::adopt::{self, Adopt};
use crate::policy::state::state_adopted;
use crate::problem::{Kind, Problem};

/// The policy a first start adopts.
const POLICY: &str = "cooldown";
/// The name of the first admin.
const ADMIN: &str = "admin";

/// What a start prepared.
#[derive(Debug, Default)]
pub struct Prepared {
    /// A one-time sign-in link, while nobody has ever signed in.
    pub link: Option<String>,
}

/// Ends what a killed server left under way, adopts the policy when there is none, makes the first admin when there is nobody.
pub async fn prepare(ctx: &Ctx) -> Result<Prepared, Problem> {
    let tx = ctx.store.begin().await?;
    let left = imports::abandon_unfinished(&tx, ctx.clock.now()).await?;
    tx.commit().await?;
    if left > 0 {
        tracing::warn!(left, "imports were under way when the server ended; run them again");
    }
    if ctx.book.all().is_empty() {
        let text = adopt::from_shelf(POLICY)
            .ok_or_else(|| Problem::new(Kind::Internal, "no-shelf", "the shelf has no policy `cooldown`"))?;
        let slug = POLICY.parse().map_err(|error| Problem::new(Kind::Internal, "no-shelf", format!("{error}")))?;
        let wanted = Adopt { slug, bytes: text.as_bytes().to_vec(), mode: Adoption::Enforce };
        adopt::adopt(ctx, &Origin::Operator, wanted).await.map_err(adopt::AdoptError::into_problem)?.done()?;
    }
    let stated = state_adopted(ctx).await?;
    if stated > 0 {
        tracing::info!(stated, "policies adopted before there was a domain are signed and published now");
    }
    let all = users::all(&ctx.store.read()).await?;
    let name = ADMIN.parse().map_err(|error| Problem::new(Kind::Internal, "first-admin", format!("{error}")))?;
    if all.is_empty() {
        // The first person has to be able to do everything; further members get less.
        let roles = [Role::Member, Role::Auditor, Role::Steward, Role::Admin];
        create::create(ctx, &Origin::Operator, &name, &roles, None).await?.done()?;
    } else if signed_in_before(ctx).await? || all.iter().all(|user| user.name != name) {
        return Ok(Prepared::default());
    }
    Ok(Prepared { link: Some(create::link(ctx, &Origin::Operator, &name).await?) })
}

/// Whether anybody ever used a link: from then on links are made by command alone.
async fn signed_in_before(ctx: &Ctx) -> Result<bool, Problem> {
    Ok(settings::get(&ctx.store.read(), crate::member::session::SIGNED_IN).await?.is_some())
}
