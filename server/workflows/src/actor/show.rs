//! What an actor says of itself, as plain text; doors put it into their own form.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use vetmoot_domain::{Package, Role, Slug, Timestamp, UserName};
use vetmoot_storage::federation::service_actors::{self, ServiceKind};
use vetmoot_storage::{audits, policies, settings, users};

use super::{LocalActor, find, organisation};
use crate::ctx::Ctx;
use crate::problem::Problem;

/// What an actor says of itself. Texts are plain: whoever puts them into HTML escapes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Who.
    pub actor: LocalActor,
    /// The part of its address before `@`.
    pub handle: String,
    /// What it is called.
    pub name: String,
    /// What it is, a paragraph each.
    pub summary: Vec<String>,
    /// Facts with their labels.
    pub fields: Vec<(&'static str, Value)>,
    /// The path of its page.
    pub page: String,
    /// Since when it is there.
    pub since: Timestamp,
}

/// A fact about an actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A page of ours, by its path, and what the link says.
    Page(String, String),
}

/// How much there is here, for those who list instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Members.
    pub members: u64,
    /// Members who may record audits.
    pub auditors: u64,
    /// Audits recorded here.
    pub audits: u64,
    /// Adopted policies.
    pub policies: u64,
}

/// Counts members, auditors, audits and policies.
pub async fn counts(ctx: &Ctx) -> Result<Counts, Problem> {
    let reader = ctx.store.read();
    let policies = u64::try_from(ctx.book.all().len()).unwrap_or(u64::MAX);
    let auditors = users::count_with_any(&reader, &[Role::Auditor, Role::Lead, Role::Steward]).await?;
    Ok(Counts { members: users::count(&reader).await?, auditors, audits: audits::count(&reader).await?, policies })
}

/// What an actor says of itself; none when it does not exist.
pub async fn about(ctx: &Ctx, actor: &LocalActor) -> Result<Option<About>, Problem> {
    if !find::exists(ctx, actor).await? {
        return Ok(None);
    }
    match actor {
        LocalActor::Community => community(ctx).await.map(Some),
        LocalActor::Instance => instance(ctx).await.map(Some),
        LocalActor::Person(name) => person(ctx, name).await,
        LocalActor::Organisation(handle) => organisation(ctx, handle).await,
        LocalActor::Package(handle) => package(ctx, handle.as_str(), handle.package()).await.map(Some),
        LocalActor::Policy(slug) => policy(ctx, slug).await,
    }
}

fn text(text: impl ToString) -> Value {
    Value::Text(text.to_string())
}

fn page(path: &str, says: impl Into<String>) -> Value {
    Value::Page(path.to_owned(), says.into())
}

fn home(ctx: &Ctx) -> Value {
    page("/community", ctx.community.name.clone())
}

async fn founded(ctx: &Ctx) -> Result<Timestamp, Problem> {
    Ok(settings::created_at(&ctx.store.read()).await?.unwrap_or(Timestamp::from_millis(0)))
}

async fn community(ctx: &Ctx) -> Result<About, Problem> {
    let counts = counts(ctx).await?;
    Ok(About {
        actor: LocalActor::Community,
        handle: "community".to_owned(),
        name: ctx.community.name.clone(),
        summary: vec![
            ctx.community.about.clone(),
            "Follow this account to hear of every audit, policy and withdrawal of this community.".to_owned(),
        ],
        fields: vec![
            ("Site", page("/", ctx.domain.clone().unwrap_or_else(|| ctx.base_url.as_str().to_owned()))),
            ("Policies", page("/policies", counts.policies.to_string())),
            ("Members", text(counts.members)),
            ("Audits", text(counts.audits)),
        ],
        page: "/community".to_owned(),
        since: founded(ctx).await?,
    })
}

async fn instance(ctx: &Ctx) -> Result<About, Problem> {
    Ok(About {
        actor: LocalActor::Instance,
        handle: "actor".to_owned(),
        name: format!("The server of {}", ctx.community.name),
        summary: vec!["This account signs what the server asks of others for itself. It says nothing.".to_owned()],
        fields: vec![("Community", home(ctx)), ("Software", text(format!("Vetmoot {}", env!("CARGO_PKG_VERSION"))))],
        page: "/".to_owned(),
        since: founded(ctx).await?,
    })
}

async fn person(ctx: &Ctx, name: &UserName) -> Result<Option<About>, Problem> {
    let Some(member) = users::by_name(&ctx.store.read(), name).await? else { return Ok(None) };
    let roles: Vec<&str> = member.roles.iter().filter(|role| **role != Role::Member).map(|role| role.as_str()).collect();
    let mut fields = vec![("Community", home(ctx))];
    if !roles.is_empty() {
        fields.push(("Roles", text(roles.join(", "))));
    }
    if let Some(body) = &member.organisation {
        let known = match organisation::handle_of(body) {
            Some(handle) => organisation::named(ctx, &handle).await?.filter(|found| found == body).map(|_| handle),
            None => None,
        };
        let value = known.map_or_else(|| text(body), |handle| page(&format!("/orgs/{handle}"), body.as_str()));
        fields.push(("Organisation", value));
    }
    Ok(Some(About {
        actor: LocalActor::Person(name.clone()),
        handle: name.to_string(),
        name: name.to_string(),
        summary: vec![
            format!("A member of {}.", ctx.community.name),
            // The honest sentence about custody (DOMAIN "Statements").
            format!("This instance keeps {name}'s key: a proof says that this instance says that {name} said it."),
        ],
        fields,
        page: format!("/users/{name}"),
        since: member.created_at,
    }))
}

async fn organisation(ctx: &Ctx, handle: &UserName) -> Result<Option<About>, Problem> {
    let Some(body) = organisation::named(ctx, handle).await? else { return Ok(None) };
    let members = organisation::members_of(ctx, &body).await?;
    let since = members.iter().map(|member| member.created_at).min();
    Ok(Some(About {
        actor: LocalActor::Organisation(handle.clone()),
        handle: handle.to_string(),
        name: body.to_string(),
        summary: vec![format!("A body that members of {} count for.", ctx.community.name)],
        fields: vec![("Community", home(ctx)), ("Members", text(members.len()))],
        page: format!("/orgs/{handle}"),
        since: match since {
            Some(since) => since,
            None => founded(ctx).await?,
        },
    }))
}

async fn package(ctx: &Ctx, handle: &str, package: &Package) -> Result<About, Problem> {
    let remembered = service_actors::of_target(&ctx.store.read(), ServiceKind::Package, &package.to_string()).await?;
    let path = page_of(package);
    Ok(About {
        actor: LocalActor::Package(handle.parse().map_err(|error| {
            Problem::not_found("unknown-actor", format!("{handle} is no handle of a package")).because(error)
        })?),
        handle: handle.to_owned(),
        name: format!("{} ({})", package.name(), package.ecosystem()),
        summary: vec![
            format!("What {} says of the package {}.", ctx.community.name, package.name()),
            "Follow this account to hear of every audit, violation and withdrawal that concerns it.".to_owned(),
        ],
        fields: vec![("Package", page(&path, package.to_string())), ("Community", home(ctx))],
        page: path,
        since: match remembered {
            Some(row) => row.created_at,
            None => founded(ctx).await?,
        },
    })
}

async fn policy(ctx: &Ctx, slug: &Slug) -> Result<Option<About>, Problem> {
    let Some(adopted) = ctx.book.newest(slug) else { return Ok(None) };
    let first = policies::revisions(&ctx.store.read(), slug).await?.last().map_or(adopted.adopted_at, |row| row.adopted_at);
    let title = adopted.policy.title();
    let path = format!("/policies/{slug}");
    let summary = adopted.policy.summary().split_whitespace().collect::<Vec<_>>().join(" ");
    let mut words = vec![format!("A policy of {}.", ctx.community.name)];
    words.extend((!summary.is_empty()).then_some(summary));
    Ok(Some(About {
        actor: LocalActor::Policy(slug.clone()),
        handle: slug.to_string(),
        name: if title.is_empty() { format!("Policy {slug}") } else { title.to_owned() },
        summary: words,
        fields: vec![
            ("Policy", page(&path, slug.as_str())),
            ("Revision", text(adopted.revision)),
            ("Applied", text(adopted.mode)),
            ("Community", home(ctx)),
        ],
        page: path,
        since: first,
    }))
}

/// What stands unescaped in a package's name within a path.
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@').remove(b'/');

/// The path of a package's page.
pub fn page_of(package: &Package) -> String {
    format!("/packages/{}/{}", package.ecosystem(), utf8_percent_encode(package.name().as_str(), NAME))
}
