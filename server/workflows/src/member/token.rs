//! Tokens of programs: scoped, expiring, shown once.

use vetmoot_domain::event::Topic;
use vetmoot_domain::{Package, Span, UserName};
use vetmoot_storage::tokens::{NewToken, Program, TokenRow};
use vetmoot_storage::users::UserRow;
use vetmoot_storage::{events, tokens, users};

use super::secret;
use crate::ctx::{Ctx, Origin};
use crate::problem::{Kind, Problem};
use crate::submission;
use crate::submission::hand_in::Uploader;

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
    // The operator's word opens the project, so that a first token is enough to hand in the first release.
    if let (Origin::Operator, Some(package), true) = (origin, project, scopes.contains(&Scope::Publish)) {
        submission::project::open_for(ctx, &tx, package, &row).await?;
    }
    events::append(&tx, Topic::TokenCreated, &[user.to_string()], Some(&origin.label()), now).await?;
    tx.commit().await?;
    Ok(secret)
}

/// The member behind a token that has the scope. One for publishing that names a project does not speak for others.
pub async fn member(ctx: &Ctx, token: &str, scope: Scope) -> Result<Origin, Problem> {
    let (row, user) = holder(ctx, token, scope).await?;
    match row.project {
        Some(only) if scope == Scope::Publish => Err(other_project(&only)),
        _ => Ok(Origin::Member { id: user.id, name: user.name, roles: user.roles }),
    }
}

/// The member behind a token for publishing, for what is done about this package beside uploads. A token that names a
/// project, and a program's, may not: they hand files in, and nothing else.
pub async fn member_for(ctx: &Ctx, token: &str, package: &Package) -> Result<Origin, Problem> {
    publisher(ctx, token).await?.beyond_uploads(ctx, package)
}

/// Who hands releases in with this token: its member, the packages it is for, and the program it was given to.
///
/// The token gives nothing its member may not do; what they may do is asked when it is done.
pub async fn publisher(ctx: &Ctx, token: &str) -> Result<Uploader, Problem> {
    let (row, user) = holder(ctx, token, Scope::Publish).await?;
    let program = tokens::program(&ctx.store.read(), row.id).await?;
    if let Some(program) = program {
        return of_program(ctx, program, row.id).await;
    }
    let project = row.project.as_deref().map(str::parse).transpose();
    let project = project.map_err(|error| {
        Problem::new(Kind::Internal, "token-unreadable", "what this token is for cannot be read").because(error)
    })?;
    let (user_id, name, roles) = (user.id, user.name, user.roles);
    Ok(Uploader { user_id, name, roles, project, program: None, others: Vec::new(), token: Some(row.id) })
}

/// The uploader behind a program's token: for the first of its packages, with the others beside it.
async fn of_program(ctx: &Ctx, program: Program, token: i64) -> Result<Uploader, Problem> {
    let mut grants = program.grants.into_iter();
    // Every publisher it was given for was removed.
    let first = grants.next().ok_or_else(unknown)?;
    let user = users::by_id(&ctx.store.read(), first.user_id).await?.ok_or_else(unknown)?;
    Ok(Uploader {
        user_id: user.id,
        name: user.name,
        roles: user.roles,
        project: Some(first.package),
        program: Some(program.subject),
        others: grants.collect(),
        token: Some(token),
    })
}

async fn holder(ctx: &Ctx, token: &str, scope: Scope) -> Result<(TokenRow, UserRow), Problem> {
    let now = ctx.clock.now();
    let reader = ctx.store.read();
    let row: TokenRow = tokens::by_hash(&reader, &secret::hash(token), now).await?.ok_or_else(unknown)?;
    if !row.scopes.iter().any(|have| have == scope.as_str()) {
        return Err(Problem::new(
            Kind::Forbidden,
            "scope-missing",
            format!("the token lacks the scope `{scope}`; make one that has it"),
        ));
    }
    let user = users::by_id(&reader, row.user_id).await?.ok_or_else(unknown)?;
    Ok((row, user))
}

/// What is told when a token names another project than the one it is used for.
pub fn other_project(only: impl std::fmt::Display) -> Problem {
    Problem::new(Kind::Forbidden, "other-project", format!("this token is for {only} alone; make one without a project"))
}

fn unknown() -> Problem {
    Problem::new(
        Kind::Unauthenticated,
        "bad-token",
        "the token is unknown or has expired; make a new one on /account or with `admin token create`",
    )
}
