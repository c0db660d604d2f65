//! Change what a member may do, or the body they count for: by stewards, without the operator.

use vetmoot_domain::event::Topic;
use vetmoot_domain::{Organisation, Role, Timestamp, UserName};
use vetmoot_storage::users::UserRow;
use vetmoot_storage::{Tx, events, users};

use super::create::unknown;
use crate::actor::LocalActor;
use crate::ctx::{Ctx, Origin};
use crate::problem::{Kind, Problem};
use crate::proposal::{self, Change, Outcome};

/// What a member is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// Who.
    pub name: &'a UserName,
    /// What they may do.
    pub roles: &'a [Role],
    /// The body they count for; none is the community itself.
    pub organisation: Option<&'a Organisation>,
}

/// Gives a member these roles and this organisation in place of those before; where a second steward is there, it waits for
/// them and nothing changes.
///
/// Only admins give or take the role of an admin, who operates the server. Nobody takes the last steward or the last
/// admin away, since nobody could give the role back. What somebody gives up of their own waits for nobody.
pub async fn change(
    ctx: &Ctx,
    origin: &Origin,
    name: &UserName,
    roles: &[Role],
    organisation: Option<&Organisation>,
) -> Result<Outcome<UserRow>, Problem> {
    if !origin.has(&[Role::Steward, Role::Admin]) {
        return Err(Problem::new(Kind::Forbidden, "stewards-only", "only stewards and admins change what members may do"));
    }
    let wanted = Wanted { name, roles, organisation };
    let tx = ctx.store.begin().await?;
    let before = check(&tx, origin, wanted).await?;
    if before.roles == roles && before.organisation.as_ref() == organisation {
        return Ok(Outcome::Now(before));
    }
    if !gives_up(origin, &before, wanted) && proposal::make::waits(&tx, origin).await? {
        let change = Change::Roles { name: name.clone(), roles: roles.to_vec(), organisation: organisation.cloned() };
        let row = proposal::make::make(ctx, &tx, origin, &change).await?;
        tx.commit().await?;
        return Ok(Outcome::Waits(Box::new(row)));
    }
    let after = apply(&tx, &before, wanted, &origin.label(), ctx.clock.now()).await?;
    tx.commit().await?;
    took_effect(ctx);
    Ok(Outcome::Now(after))
}

/// Whether somebody only lays down roles of their own.
fn gives_up(origin: &Origin, before: &UserRow, wanted: Wanted<'_>) -> bool {
    origin.id() == Some(before.id)
        && before.organisation.as_ref() == wanted.organisation
        && wanted.roles.iter().all(|role| before.roles.contains(role))
}

/// Whether the change may be made by this origin as things stand; answers the member as they are.
pub(crate) async fn check(tx: &Tx, origin: &Origin, wanted: Wanted<'_>) -> Result<UserRow, Problem> {
    let Wanted { name, roles, .. } = wanted;
    let before = users::by_name(tx, name).await?.ok_or_else(|| unknown(name))?;
    let had = |role: Role| before.roles.contains(&role);
    if had(Role::Admin) != roles.contains(&Role::Admin) && !origin.has(&[Role::Admin]) {
        let text = "only an admin gives or takes the role of an admin";
        return Err(Problem { field: Some("roles".to_owned()), ..Problem::new(Kind::Forbidden, "admins-only", text) });
    }
    for role in [Role::Steward, Role::Admin] {
        if had(role) && !roles.contains(&role) && users::count_with_role(tx, role).await? <= 1 {
            let text = format!("{name} is the last {role} here; make somebody else one first");
            return Err(Problem { field: Some("roles".to_owned()), ..Problem::new(Kind::Conflict, "last-of-its-kind", text) });
        }
    }
    Ok(before)
}

/// Writes the change with its events.
pub(crate) async fn apply(
    tx: &Tx,
    before: &UserRow,
    wanted: Wanted<'_>,
    actor: &str,
    now: Timestamp,
) -> Result<UserRow, Problem> {
    let name = wanted.name;
    users::set_roles(tx, before.id, wanted.roles).await?;
    users::set_organisation(tx, before.id, wanted.organisation).await?;
    events::append(tx, Topic::UserChanged, &[name.to_string()], Some(actor), now).await?;
    // What the actor says of itself names roles and organisation, and its followers keep a copy.
    let address = LocalActor::Person(name.clone()).to_string();
    events::append(tx, Topic::ActorChanged, &[address], Some(actor), now).await?;
    users::by_id(tx, before.id).await?.ok_or_else(|| unknown(name))
}

/// Says that a member changed, once the transaction is through.
pub(crate) fn took_effect(ctx: &Ctx) {
    ctx.changed();
    ctx.signals.compose.notify_one();
}
