//! Create a member, or change what they may do.

use vetmoot_domain::event::Topic;
use vetmoot_domain::{Organisation, Role, Span, Timestamp, UserName};
use vetmoot_storage::users::UserRow;
use vetmoot_storage::{Tx, audits, events, sign_in_links, tokens, users};

use super::change::Wanted;
use super::secret;
use crate::actor;
use crate::ctx::{Ctx, Origin};
use crate::problem::{Kind, Problem};
use crate::proposal::{self, Change, Outcome};

/// How long a one-time link works.
pub const LINK_LASTS: Span = Span::days(1);

/// Makes a member. One who may do something, or counts for a body of their own, waits for a second steward where one is
/// there, and nothing changes.
pub async fn create(
    ctx: &Ctx,
    origin: &Origin,
    name: &UserName,
    roles: &[Role],
    organisation: Option<&Organisation>,
) -> Result<Outcome<UserRow>, Problem> {
    if !origin.has(&[Role::Steward, Role::Admin]) {
        return Err(Problem::new(Kind::Forbidden, "stewards-only", "only stewards and admins make members"));
    }
    let wanted = Wanted { name, roles, organisation };
    let tx = ctx.store.begin().await?;
    check(&tx, origin, wanted).await?;
    let weighs = organisation.is_some() || roles.iter().any(|role| *role != Role::Member);
    if weighs && proposal::make::waits(&tx, origin).await? {
        let change = Change::Member { name: name.clone(), roles: roles.to_vec(), organisation: organisation.cloned() };
        let row = proposal::make::make(ctx, &tx, origin, &change).await?;
        tx.commit().await?;
        return Ok(Outcome::Waits(Box::new(row)));
    }
    let user = apply(&tx, wanted, &origin.label(), ctx.clock.now()).await?;
    tx.commit().await?;
    ctx.changed();
    Ok(Outcome::Now(user))
}

/// Whether the member may be made by this origin as things stand.
pub(crate) async fn check(tx: &Tx, origin: &Origin, wanted: Wanted<'_>) -> Result<(), Problem> {
    let Wanted { name, roles, .. } = wanted;
    if roles.contains(&Role::Admin) && !origin.has(&[Role::Admin]) {
        let text = "only an admin makes another one";
        return Err(Problem { field: Some("roles".to_owned()), ..Problem::new(Kind::Forbidden, "admins-only", text) });
    }
    if users::by_name(tx, name).await?.is_some() {
        return Err(Problem::new(
            Kind::Conflict,
            "user-exists",
            format!("there is a member {name} already; choose another name"),
        ));
    }
    actor::free(tx, name.as_str(), actor::Claimant::Member).await?;
    Ok(())
}

/// Writes the member with their event.
pub(crate) async fn apply(tx: &Tx, wanted: Wanted<'_>, actor: &str, now: Timestamp) -> Result<UserRow, Problem> {
    let user = users::create(tx, wanted.name, wanted.roles, wanted.organisation, now).await?;
    events::append(tx, Topic::UserChanged, &[wanted.name.to_string()], Some(actor), now).await?;
    Ok(user)
}

/// A one-time link that signs a member in.
pub async fn link(ctx: &Ctx, origin: &Origin, name: &UserName) -> Result<String, Problem> {
    if !origin.has(&[Role::Admin, Role::Steward]) {
        return Err(Problem::new(Kind::Forbidden, "stewards-only", "only stewards and admins make sign-in links"));
    }
    let now = ctx.clock.now();
    let secret = secret::new()?;
    let tx = ctx.store.begin().await?;
    let user = users::by_name(&tx, name).await?.ok_or_else(|| unknown(name))?;
    if !origin.has(&[Role::Admin]) && user.roles.iter().any(|role| matches!(role, Role::Admin | Role::Steward)) {
        // A link signs its bearer in: with one, a steward could become the admin or another steward.
        let text = format!("{name} is a steward or an admin; only an admin makes a link for them");
        return Err(Problem::new(Kind::Forbidden, "admins-only", text));
    }
    let spoke = !audits::by_user(&tx, user.id, 1).await?.is_empty() || !tokens::list(&tx, user.id).await?.is_empty();
    let weighs = user.roles.iter().any(|role| *role != Role::Member);
    // Whoever came in and may do something may have done it with nothing but the browser.
    let works = spoke || (weighs && users::has_arrived(&tx, user.id).await?);
    if works && !origin.has(&[Role::Admin]) {
        // And as somebody who works here already, they could speak and release in a second name.
        let text = format!("{name} works here already; only an admin makes another link for them");
        return Err(Problem::new(Kind::Forbidden, "admins-only", text));
    }
    sign_in_links::create(&tx, user.id, &secret::hash(&secret), now, now.plus(LINK_LASTS)).await?;
    let subject = [name.to_string(), "sign-in link made".to_owned()];
    events::append(&tx, Topic::UserChanged, &subject, Some(&origin.label()), now).await?;
    tx.commit().await?;
    Ok(ctx.base_url.join(&format!("/sign-in?link={secret}")))
}

/// There is no such member.
pub fn unknown(name: &UserName) -> Problem {
    Problem::not_found("unknown-user", format!("there is no member {name}; `admin user create {name}` makes one"))
}
