//! What a member sees of their own account: tokens and the session; and how many share the stewards' duty.

use vetmoot_domain::event::Topic;
use vetmoot_domain::{Role, UserName};
pub use vetmoot_storage::sessions::SessionRow;
pub use vetmoot_storage::tokens::TokenRow;
pub use vetmoot_storage::users::UserRow;
use vetmoot_storage::{events, sessions, tokens, users};

use super::secret;
use crate::ctx::{Ctx, Origin};
use crate::problem::Problem;

/// A member by name.
pub async fn member(ctx: &Ctx, name: &UserName) -> Result<Option<UserRow>, Problem> {
    Ok(users::by_name(&ctx.store.read(), name).await?)
}

/// Every member, by name.
pub async fn members(ctx: &Ctx) -> Result<Vec<UserRow>, Problem> {
    Ok(users::all(&ctx.store.read()).await?)
}

/// The tokens of a member that can still be used, newest first.
pub async fn tokens(ctx: &Ctx, origin: &Origin) -> Result<Vec<TokenRow>, Problem> {
    let Origin::Member { id, .. } = origin else { return Ok(Vec::new()) };
    let now = ctx.clock.now();
    let mut rows = tokens::list(&ctx.store.read(), *id).await?;
    rows.retain(|row| row.revoked_at.is_none() && row.expires_at > now);
    Ok(rows)
}

/// Revokes a token of one's own.
pub async fn revoke(ctx: &Ctx, origin: &Origin, token: i64) -> Result<(), Problem> {
    let own = tokens(ctx, origin).await?.iter().any(|row| row.id == token);
    if !own {
        return Err(Problem::not_found("unknown-token", "you have no such token; it may have ended already"));
    }
    let now = ctx.clock.now();
    let tx = ctx.store.begin().await?;
    tokens::revoke(&tx, token, now).await?;
    let label = origin.label();
    events::append(&tx, Topic::UserChanged, &[label.clone(), format!("token {token} revoked")], Some(&label), now).await?;
    tx.commit().await?;
    Ok(())
}

/// The session a browser's secret belongs to, unless it has ended.
pub async fn session(ctx: &Ctx, session: &str) -> Result<Option<SessionRow>, Problem> {
    Ok(sessions::get(&ctx.store.read(), &secret::hash(session), ctx.clock.now()).await?)
}

/// How many stewards there are who can act; while there is one, what they decide takes effect at once.
pub async fn stewards(ctx: &Ctx) -> Result<u64, Problem> {
    Ok(users::count_present(&ctx.store.read(), Role::Steward, None).await?)
}
