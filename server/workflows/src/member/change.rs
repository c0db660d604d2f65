//! Change what a member may do, or the body they count for: by stewards, without the operator.

use vetmoot_domain::event::Topic;
use vetmoot_domain::{Organisation, Role, UserName};
use vetmoot_storage::users::UserRow;
use vetmoot_storage::{events, users};

use super::create::unknown;
use crate::actor::LocalActor;
use crate::ctx::{Ctx, Origin};
use crate::problem::{Kind, Problem};

/// Gives a member these roles and this organisation in place of those before.
///
/// Only admins give or take the role of an admin, who operates the server. Nobody takes the last steward or the last
/// admin away, since nobody could give the role back.
pub async fn change(
    ctx: &Ctx,
    origin: &Origin,
    name: &UserName,
    roles: &[Role],
    organisation: Option<&Organisation>,
) -> Result<UserRow, Problem> {
    if !origin.has(&[Role::Steward, Role::Admin]) {
        return Err(Problem::new(Kind::Forbidden, "stewards-only", "only stewards and admins change what members may do"));
    }
    let now = ctx.clock.now();
    let tx = ctx.store.begin().await?;
    let before = users::by_name(&tx, name).await?.ok_or_else(|| unknown(name))?;
    let had = |role: Role| before.roles.contains(&role);
    if had(Role::Admin) != roles.contains(&Role::Admin) && !origin.has(&[Role::Admin]) {
        let text = "only an admin gives or takes the role of an admin";
        return Err(Problem { field: Some("roles".to_owned()), ..Problem::new(Kind::Forbidden, "admins-only", text) });
    }
    for role in [Role::Steward, Role::Admin] {
        if had(role) && !roles.contains(&role) && users::count_with_role(&tx, role).await? <= 1 {
            let text = format!("{name} is the last {role} here; make somebody else one first");
            return Err(Problem { field: Some("roles".to_owned()), ..Problem::new(Kind::Conflict, "last-of-its-kind", text) });
        }
    }
    if before.roles == roles && before.organisation.as_ref() == organisation {
        return Ok(before);
    }
    users::set_roles(&tx, before.id, roles).await?;
    users::set_organisation(&tx, before.id, organisation).await?;
    events::append(&tx, Topic::UserChanged, &[name.to_string()], Some(&origin.label()), now).await?;
    // What the actor says of itself names roles and organisation, and its followers keep a copy.
    let actor = LocalActor::Person(name.clone()).to_string();
    events::append(&tx, Topic::ActorChanged, &[actor], Some(&origin.label()), now).await?;
    let after = users::by_id(&tx, before.id).await?.ok_or_else(|| unknown(name))?;
    tx.commit().await?;
    ctx.changed();
    ctx.signals.compose.notify_one();
    Ok(after)
}
