//! Who is there: which of our actors exist, and who a handle means.
//!
//! One handle means one actor: the instance's own first, then members, policies, organisations; a policy or an
//! organisation whose handle means somebody else is no actor. Packages are apart, as their handles alone have dots.

use std::net::IpAddr;

use vetmoot_domain::handle::PackageHandle;
use vetmoot_domain::{Package, Span, UserName};
use vetmoot_storage::federation::service_actors::{self, ServiceKind};
use vetmoot_storage::{Reads, packages, policies, users};

use super::{LocalActor, organisation};
use crate::ctx::Ctx;
use crate::problem::{Kind, Problem};
use crate::registry::listing;

/// Whether the actor exists already; asks no index and makes nothing.
pub async fn exists(ctx: &Ctx, actor: &LocalActor) -> Result<bool, Problem> {
    match actor {
        LocalActor::Community | LocalActor::Instance => Ok(true),
        LocalActor::Person(name) => Ok(is_handle(name.as_str()) && users::by_name(&ctx.store.read(), name).await?.is_some()),
        LocalActor::Organisation(name) => Ok(organisation::named(ctx, name).await?.is_some()),
        LocalActor::Package(handle) => is_known(ctx, handle).await,
        LocalActor::Policy(slug) => Ok(ctx.book.newest(slug).is_some() && policy_owns(ctx, slug.as_str()).await?),
    }
}

/// As [`exists`], but a package that is not known yet is asked for at its index, within the budget of the client.
///
/// # Errors
/// `look-ups-spent` when the client, or all clients together, asked for too many unknown packages; the field holds after
/// how many seconds the next one may be asked for. A failure of the index is passed on.
pub async fn look_up(ctx: &Ctx, actor: &LocalActor, client: Option<IpAddr>) -> Result<bool, Problem> {
    match actor {
        LocalActor::Package(handle) => package(ctx, handle, client).await,
        LocalActor::Policy(slug) => {
            let there = exists(ctx, actor).await?;
            if there {
                remember(ctx, slug.as_str(), ServiceKind::Policy, slug.as_str()).await?;
            }
            Ok(there)
        }
        _ => exists(ctx, actor).await,
    }
}

/// The actor a handle means (`community`, `ada`, `cargo.serde`), in any case; packages as [`look_up`] finds them.
pub async fn by_name(ctx: &Ctx, handle: &str, client: Option<IpAddr>) -> Result<Option<LocalActor>, Problem> {
    let handle = handle.to_ascii_lowercase();
    let candidates = match handle.as_str() {
        "community" => vec![LocalActor::Community],
        "actor" => vec![LocalActor::Instance],
        _ if handle.contains('.') => handle.parse().map(LocalActor::Package).into_iter().collect(),
        _ => {
            let named = |name: &str| name.parse::<UserName>().ok();
            let person = named(&handle).map(LocalActor::Person);
            let policy = handle.parse().ok().map(LocalActor::Policy);
            person.into_iter().chain(policy).chain(named(&handle).map(LocalActor::Organisation)).collect()
        }
    };
    for candidate in candidates {
        if look_up(ctx, &candidate, client).await? {
            return Ok(Some(candidate));
        }
    }
    Ok(None)
}

/// Whether other servers take a text for the name of an account (federation.md 2.1: `[a-z0-9_]+([.-]+[a-z0-9_]+)*`).
pub(crate) fn is_handle(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    let ends = |b: Option<u8>| b.is_some_and(inner);
    ends(text.bytes().next()) && ends(text.bytes().last()) && text.bytes().all(|b| inner(b) || matches!(b, b'.' | b'-'))
}

/// Who wants a handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claimant {
    /// A member.
    Member,
    /// A policy.
    Policy,
}

/// Refuses a handle that no server would take, or that belongs to somebody else already; members and policies ask
/// before they take one, in the transaction that takes it.
pub(crate) async fn free(reads: &impl Reads, handle: &str, claimant: Claimant) -> Result<(), Problem> {
    let field = if claimant == Claimant::Member { "name" } else { "slug" };
    let Some(name) = handle.parse::<UserName>().ok().filter(|_| is_handle(handle)) else {
        let text = format!(
            "`{handle}` cannot be the handle of an account: use a-z, 0-9 and hyphens between them; cargo, pypi, npm, community and actor are taken"
        );
        return Err(Problem::invalid("bad-handle", field, text));
    };
    let taken = if claimant == Claimant::Policy && users::by_name(reads, &name).await?.is_some() {
        Some("a member")
    } else if claimant == Claimant::Member
        && let Ok(slug) = handle.parse()
        && policies::by_slug(reads, &slug).await?.is_some()
    {
        Some("a policy")
    } else {
        let remembered = service_actors::by_handle(reads, handle).await?;
        remembered.filter(|row| row.kind == ServiceKind::Organisation).map(|_| "an organisation")
    };
    let Some(whose) = taken else { return Ok(()) };
    let text = format!("`{handle}` is the handle of {whose} here, and one handle means one actor; choose another");
    Err(Problem { field: Some(field.to_owned()), ..Problem::new(Kind::Conflict, "handle-taken", text) })
}

/// Whether a slug's handle means the policy: it is a legal name, reserved for nobody and no member's.
async fn policy_owns(ctx: &Ctx, slug: &str) -> Result<bool, Problem> {
    // What is no user name is reserved, or nobody's: then the handle would mean the instance itself.
    let Ok(name) = slug.parse::<UserName>() else { return Ok(false) };
    Ok(is_handle(slug) && users::by_name(&ctx.store.read(), &name).await?.is_none())
}

async fn is_known(ctx: &Ctx, handle: &PackageHandle) -> Result<bool, Problem> {
    let wanted = handle.package();
    if ctx.reserved.covers(wanted) {
        return Ok(false);
    }
    let reader = ctx.store.read();
    if service_actors::by_handle(&reader, handle.as_str()).await?.is_some() {
        return Ok(true);
    }
    Ok(packages::find(&reader, wanted).await?.is_some_and(|row| row.first_listed_at.is_some()))
}

async fn package(ctx: &Ctx, handle: &PackageHandle, client: Option<IpAddr>) -> Result<bool, Problem> {
    let wanted: &Package = handle.package();
    if ctx.reserved.covers(wanted) {
        return Ok(false);
    }
    if !is_known(ctx, handle).await? {
        if let Err(wait_ms) = ctx.world.look_ups.take(client, ctx.clock.now()) {
            let seconds = wait_ms.div_euclid(1_000) + 1;
            let text = format!("too many unknown packages were asked for; ask again in {seconds} seconds");
            return Err(Problem::new(Kind::Unavailable, "look-ups-spent", text).after(Span::from_millis(wait_ms)));
        }
        match listing::current(ctx, wanted).await {
            Ok(_) => {}
            Err(problem) if problem.kind == Kind::NotFound => return Ok(false),
            Err(problem) => return Err(problem),
        }
    }
    remember(ctx, handle.as_str(), ServiceKind::Package, &wanted.to_string()).await?;
    Ok(true)
}

/// Remembers that somebody asked for this actor; what is remembered already costs a read alone.
pub(super) async fn remember(ctx: &Ctx, handle: &str, kind: ServiceKind, target: &str) -> Result<(), Problem> {
    if service_actors::by_handle(&ctx.store.read(), handle).await?.is_some() {
        return Ok(());
    }
    let tx = ctx.store.begin().await?;
    service_actors::remember(&tx, handle, kind, target, ctx.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_handle;

    #[test]
    fn a_handle_is_a_name_for_every_server() {
        for fine in ["ada", "a", "cargo.serde", "npm_types.node", "a--b", "x_", "cargo.odd_2d", "9lives"] {
            assert!(is_handle(fine), "{fine}");
        }
        for bad in ["", "-a", "a-", "a.", ".a", "Ada", "a/b", "a@b", "a b", "\u{e4}da"] {
            assert!(!is_handle(bad), "{bad}");
        }
    }
}
