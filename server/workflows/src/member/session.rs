//! Sign in by a one-time link, stay signed in, sign out.

use vetmoot_domain::Span;
use vetmoot_storage::{sessions, settings, sign_in_links, users};

use super::secret;
use crate::ctx::{Ctx, Origin};
use crate::problem::{Kind, Problem};

/// How long a session lasts after it was last used.
pub const SESSION_LASTS: Span = Span::days(30);

/// The setting that says that somebody signed in once.
pub const SIGNED_IN: &str = "signed-in-once";

/// Turns a one-time link into a session; answers the session's secret for the cookie.
pub async fn sign_in(ctx: &Ctx, link: &str) -> Result<String, Problem> {
    let now = ctx.clock.now();
    let secret = secret::new()?;
    let tx = ctx.store.begin().await?;
    let Some(user_id) = sign_in_links::consume(&tx, &secret::hash(link), now).await? else {
        return Err(Problem::new(
            Kind::Unauthenticated,
            "link-used",
            "this link was used already, or is older than a day; ask an admin for a new one (`admin user link NAME`)",
        ));
    };
    sessions::create(&tx, user_id, &secret::hash(&secret), now, now.plus(SESSION_LASTS)).await?;
    users::arrived(&tx, user_id, now).await?;
    settings::set(&tx, SIGNED_IN, &now.to_string()).await?;
    tx.commit().await?;
    Ok(secret)
}

/// The member a session belongs to; none when it ended.
pub async fn member(ctx: &Ctx, session: &str) -> Result<Option<Origin>, Problem> {
    let reader = ctx.store.read();
    let Some(row) = sessions::get(&reader, &secret::hash(session), ctx.clock.now()).await? else { return Ok(None) };
    let user = users::by_id(&reader, row.user_id).await?;
    Ok(user.map(|user| Origin::Member { id: user.id, name: user.name, roles: user.roles }))
}

/// Ends a session.
pub async fn sign_out(ctx: &Ctx, session: &str) -> Result<(), Problem> {
    let tx = ctx.store.begin().await?;
    sessions::delete(&tx, &secret::hash(session)).await?;
    tx.commit().await?;
    Ok(())
}
