//! Tokens of programs: scoped, expiring, shown once.

use vetmoot_domain::event::Topic;
use vetmoot_domain::{Package, Span, UserName};
use vetmoot_storage::tokens::{NewToken, TokenRow};
use vetmoot_storage::{events, tokens, users};

use super::secret;
use crate::ctx::{Ctx, Origin};
use crate::problem::{Kind, Problem};

/// What a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Record and withdraw audits.
    Audit,
    /// Run imports.
    Import,
    /// Adopt policies.
    Policy,
    /// Hand releases to the community.
    Publish,
    /// Operate the instance.
    Admin,
}

vetmoot_domain::word_enum!(Scope, "scope", {
    Audit => "audit", Import => "import", Policy => "policy", Publish => "publish", Admin => "admin",
});

/// Days a token lasts unless told otherwise.
pub const DAYS: u32 = 90;
/// Most days a token may last.
pub const DAYS_MAX: u32 = 366;

/// Makes a token for a member; answers it, this once.
pub async fn create(
    ctx: &Ctx,
    origin: &Origin,
    user: &UserName,
    scopes: &[Scope],
    project: Option<&Package>,
    days: Option<u32>,
) -> Result<String, Problem> {
    let own = matches!(origin, Origin::Member { name, .. } if name == user);
    if !own && !origin.has(&[vetmoot_domain::Role::Admin]) {
        return Err(Problem::new(Kind::Forbidden, "not-yours", "only admins make tokens for others"));
    }
    if scopes.is_empty() {
        return Err(Problem::invalid("no-scope", "scope", "name at least one scope: audit, import, policy, publish or admin"));
    }
    let days = days.unwrap_or(DAYS);
    if days == 0 || days > DAYS_MAX {
        return Err(Problem::invalid("bad-days", "days", format!("a token lasts 1 to {DAYS_MAX} days")));
    }
    let now = ctx.clock.now();
    let secret = secret::new()?;
    let tx = ctx.store.begin().await?;
    let row = users::by_name(&tx, user).await?.ok_or_else(|| super::create::unknown(user))?;
    let token = NewToken {
        user_id: row.id,
        hash: secret::hash(&secret),
        scopes: scopes.iter().map(ToString::to_string).collect(),
        project: project.map(ToString::to_string),
        expires_at: now.plus(Span::days(i64::from(days))),
    };
    tokens::create(&tx, &token, now).await?;
    events::append(&tx, Topic::TokenCreated, &[user.to_string()], Some(&origin.label()), now).await?;
    tx.commit().await?;
    Ok(secret)
}

/// The member behind a token that has the scope.
pub async fn member(ctx: &Ctx, token: &str, scope: Scope) -> Result<Origin, Problem> {
    let unknown = || {
        Problem::new(
            Kind::Unauthenticated,
            "bad-token",
            "the token is unknown or has expired; make a new one on /account or with `admin token create`",
        )
    };
    let now = ctx.clock.now();
    let row: TokenRow = tokens::by_hash(&ctx.store.read(), &secret::hash(token), now).await?.ok_or_else(unknown)?;
    if !row.scopes.iter().any(|have| have == scope.as_str()) {
        return Err(Problem::new(
            Kind::Forbidden,
            "scope-missing",
            format!("the token lacks the scope `{scope}`; make one that has it"),
        ));
    }
    let user = users::by_id(&ctx.store.read(), row.user_id).await?.ok_or_else(unknown)?;
    Ok(Origin::Member { id: user.id, name: user.name, roles: user.roles })
}
